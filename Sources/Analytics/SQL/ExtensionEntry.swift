// Where SQLite enters: `.load libengram0`, and the same function in process through
// sqlite3_auto_extension.

package import CSQLite

/// Registers every function on a connection. Named as SQLite derives it from libengram0.
@c(sqlite3_engram_init)
package func engramExtensionEntry(
  _ database: OpaquePointer?, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ routines: UnsafePointer<sqlite3_api_routines>?
) -> Int32 {
  guard let routines = unsafe routines else { return SQLITE_ERROR }
  unsafe SQLHost.adopt(routines)
  for index in SQLFunction.all.indices {
    let code = unsafe SQLFunction.register(index, on: database)
    if code != SQLITE_OK { return code }
  }
  for index in SQLTable.all.indices {
    let code = unsafe SQLTable.register(index, on: database)
    if code != SQLITE_OK { return code }
  }
  return SQLITE_OK
}
