// Extensions compiled into the program, offered to every connection it opens.

package import CSQLite

/// The entry point of a loadable extension: https://sqlite.org/loadext.html.
package typealias ExtensionEntry =
  @convention(c) (
    OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    UnsafePointer<sqlite3_api_routines>?
  ) -> Int32

/// Runs `entry` on every connection opened from now on in this process. Once is enough; again is harmless.
package func registerAutomaticExtension(_ entry: ExtensionEntry) throws(SQLiteError) {
  // Declared `void (*)(void)` in C: https://sqlite.org/c3ref/auto_extension.html.
  let code = unsafe sqlite3_auto_extension(
    unsafeBitCast(entry, to: (@convention(c) () -> Void).self))
  guard code == SQLITE_OK else {
    throw SQLiteError(extendedCode: code, message: "the extension could not be registered")
  }
}
