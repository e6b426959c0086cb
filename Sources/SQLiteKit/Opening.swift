// Opening a database file in one of three modes, and the one case where a read-only open needs help.

internal import CSQLite
internal import Glibc

extension Connection {
  package enum Mode: Sendable {
    /// Cannot write, by construction.
    case readOnly
    /// The file must exist and be writable.
    case readWrite
    /// Made when it is missing.
    case create
  }

  /// Opens a file, or ":memory:", and reads its header, so that a file that is no database is
  /// refused here (`SQLiteCode.notADatabase`).
  /// - Parameter isShared: Whether several threads may use it at a time. Of one that is used by one after the other SQLite
  ///   takes no lock with every call and column, which are a fifth of the time of reading many rows.
  /// - Parameter readsAhead: Whether a file that is read only is read in large pieces where its pages follow each other: for who goes
  ///   through it in its order.
  package static func open(
    _ path: String, mode: Mode, busyTimeoutMilliseconds: Int = 5000, isShared: Bool = true,
    readsAhead: Bool = false
  ) throws(SQLiteError) -> Connection {
    let access =
      switch mode {
      case .readOnly: SQLITE_OPEN_READONLY
      case .readWrite: SQLITE_OPEN_READWRITE
      case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      }
    do throws(SQLiteError) {
      let connection = try opened(
        path, flags: access, shownPath: path, isShared: isShared,
        readsAhead: readsAhead && mode == .readOnly)
      connection.setBusyTimeout(milliseconds: busyTimeoutMilliseconds)
      // SQLite falls back to reading when a file may not be written.
      if mode != .readOnly, connection.isReadOnly {
        throw SQLiteError(extendedCode: SQLITE_READONLY, message: "the file is not writable")
      }
      try connection.readHeader()
      return connection
    } catch {
      guard mode == .readOnly, [SQLITE_CANTOPEN, SQLITE_READONLY].contains(error.code),
        isFile(path), !hasLog(path)
      else { throw error }
      // A file in WAL mode wants its -shm beside it even for reading. Where the directory cannot
      // be written and there is no log, the file alone is the whole database:
      // https://sqlite.org/wal.html#read_only_databases
      return try openUnlocked(path, isShared: isShared, readsAhead: readsAhead)
    }
  }

  /// Opens a file for reading without taking part in SQLite's locks, as long as nobody changes it: whatever is read
  /// after another program has written to it fails with `SQLiteCode.busy`.
  /// - Throws: `SQLiteCode.cannotOpen` where there is a log beside it, which may hold a part of it.
  package static func openUnlocked(
    _ path: String, isShared: Bool = true, readsAhead: Bool = false
  ) throws(SQLiteError) -> Connection {
    let file = try UnchangedFile(path)
    // One that comes later belongs to a writer who has not touched the file yet, or the file's check fails.
    guard !hasLog(path) else {
      throw SQLiteError(extendedCode: SQLITE_CANTOPEN, message: "unable to open database file")
    }
    var connection = try opened(
      immutableURI(path), flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, shownPath: path,
      isShared: isShared, readsAhead: readsAhead)
    connection.file = file
    try connection.readHeader()
    return connection
  }

  private static func opened(
    _ name: String, flags: Int32, shownPath: String, isShared: Bool, readsAhead: Bool
  ) throws(SQLiteError) -> Connection {
    var handle: OpaquePointer?
    let threads = isShared ? SQLITE_OPEN_FULLMUTEX : SQLITE_OPEN_NOMUTEX
    let code = unsafe sqlite3_open_v2(
      name, &handle, flags | threads | SQLITE_OPEN_EXRESCODE, readsAhead ? ReadAhead.name : nil)
    guard let handle = unsafe handle else {
      throw SQLiteError(extendedCode: code, message: "out of memory")
    }
    let connection = unsafe Connection(owning: handle, path: shownPath)
    guard code == SQLITE_OK else { throw connection.error(code) }
    return connection
  }

  private func readHeader() throws(SQLiteError) {
    _ = try first("pragma schema_version")
  }

  private static func isFile(_ path: String) -> Bool {
    unsafe access(path, R_OK) == 0
  }

  private static func hasLog(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path + "-wal", &status) == 0 && status.st_size > 0
  }

  private static func immutableURI(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var uri = "file:"
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "_"):
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default: uri += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return uri + "?immutable=1"
  }
}
