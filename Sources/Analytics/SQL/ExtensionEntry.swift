// Where SQLite enters: `.load libengram0`, and in process through sqlite3_auto_extension.

package import CSQLite

/// SQLITE_OK_LOAD_PERMANENTLY, a macro that Swift does not see.
private let loadPermanently = SQLITE_OK | 1 << 8

/// `.load libengram0` calls it, by the name that SQLite derives from the file's: registers everything, and where the
/// connection has a file of version 7 or less open, puts temporary views before its own `vector` and `bitset`, whose x is
/// sparse. The library stays loaded: work that was abandoned may go on in it when the connection is closed.
@c(sqlite3_engram_init)
package func engramLoadableEntry(
  _ database: OpaquePointer?, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ routines: UnsafePointer<sqlite3_api_routines>?
) -> Int32 {
  let code = unsafe engramExtensionEntry(database, message, routines)
  guard code == SQLITE_OK else { return code }
  let api = unsafe SQLHost.routines
  var statement: OpaquePointer?
  defer { _ = unsafe api.pointee.finalize(statement) }
  let own = """
    select 1 from main.sqlite_schema where type = 'view' and name = 'vector' and sql like '%engram~_%' escape '~'
    """
  // What is no database, or cannot be read now, is for the statement to tell that asks it something.
  guard unsafe api.pointee.prepare_v2(database, own, -1, &statement, nil) == SQLITE_OK,
    unsafe api.pointee.step(statement) == SQLITE_ROW
  else { return loadPermanently }
  let views = unsafe api.pointee.exec(database, derivedSampleViews, nil, nil, nil)
  return views == SQLITE_OK ? loadPermanently : views
}

/// Registers every function and table on a connection.
package func engramExtensionEntry(
  _ database: OpaquePointer?, _ message: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
  _ routines: UnsafePointer<sqlite3_api_routines>?
) -> Int32 {
  guard let routines = unsafe routines else { return SQLITE_ERROR }
  unsafe SQLHost.adopt(routines)
  KnownLayers.forget(UInt(bitPattern: database))
  for index in SQLFunction.all.indices {
    let code = unsafe SQLFunction.register(index, on: database)
    if code != SQLITE_OK { return code }
  }
  for index in SQLTable.all.indices {
    let code = unsafe SQLTable.register(index, on: database)
    if code != SQLITE_OK { return code }
  }
  for index in SampleTable.all.indices {
    let code = unsafe SampleTable.register(index, on: database)
    if code != SQLITE_OK { return code }
  }
  return SQLITE_OK
}
