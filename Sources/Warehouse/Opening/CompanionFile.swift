// The log and its index beside a warehouse (-wal, -shm), as another user may have left them: SQLite then blames the database
// or its folder. Leaves out: making them usable, for another program may have them open.

internal import Glibc
internal import SQLiteKit

/// A file beside a warehouse that SQLite needs and this user may not read or write.
package struct CompanionFile: Sendable, Equatable, CustomStringConvertible {
  /// Its own.
  package let path: String
  /// The user's name, or "user 1001" where the system knows none.
  package let owner: String
  /// As chmod takes it: "0644".
  package let mode: String
  /// What is missing: reading or writing.
  package let isReadable: Bool
  /// Whether rows may stand in it that the warehouse's own file does not have.
  package let holdsRows: Bool

  /// The one that a failure of SQLite is about; nil where each that is there can be used.
  init?(beside path: String, after error: SQLiteError) {
    guard [SQLiteCode.readOnly, SQLiteCode.cannotOpen].contains(error.code) else { return nil }
    // Where the file itself is not to be written, nor need these be, unless the index has to be made first.
    let mustWrite =
      Self.may(W_OK, path) || SQLiteCode.indexNotMade.contains(error.extendedCode)
    for suffix in ["-shm", "-wal"] {
      var status = stat()
      guard stat(path + suffix, &status) == 0 else { continue }
      let isReadable = Self.may(R_OK, path + suffix)
      if isReadable, !mustWrite || Self.may(W_OK, path + suffix) { continue }
      self.path = path + suffix
      self.isReadable = isReadable
      owner = Self.name(of: status.st_uid)
      let digits = String(status.st_mode & 0o7777, radix: 8)
      mode = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      holdsRows = suffix == "-wal" && status.st_size > 0
      return
    }
    return nil
  }

  private static func may(_ access: Int32, _ path: String) -> Bool {
    faccessat(AT_FDCWD, path, access, AT_EACCESS) == 0
  }

  private static func name(of user: uid_t) -> String {
    var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return "user \(user)" }
    return String(cString: name)
  }

  package var description: String {
    let fault =
      "expected \(path) to be \(isReadable ? "writable" : "readable"), found it to be \(owner)'s with mode \(mode): "
    return fault
      + (holdsRows
        ? "rows stand in it, so keep it, and have \(owner) make it so (chmod)"
        : "end the program that has the warehouse open; where none has, remove it and run the same command again")
  }
}
