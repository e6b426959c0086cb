// The warehouse file: making, recognising and opening it. What stands in it is read and written by
// the extensions in the other files; bringing its schema up to date is SchemaVersion.swift's.

internal import Glibc
package import SQLiteKit

/// One connection to one warehouse file, which is known to be one and of this version.
package struct Warehouse: ~Copyable, Sendable {
  /// "Engr".
  package static let applicationID = 0x456E_6772

  package enum Mode: Sendable {
    case readOnly
    /// The file must exist.
    case write
    /// Made when it is missing.
    case create
  }

  package var connection: Connection
  package var path: String { connection.path }

  /// Opens a warehouse; throws `WarehouseError` for whatever else stands at `path`. Writing modes
  /// migrate an older one first.
  package static func open(_ path: String, mode: Mode) throws -> Warehouse {
    if mode != .create, access(path, F_OK) != 0 { throw WarehouseError.missing(path: path) }
    let connection = try WarehouseError.told(of: path) { try connect(path, mode: mode) }
    return Warehouse(connection: connection)
  }

  private static func connect(_ path: String, mode: Mode) throws -> Connection {
    let known = SchemaVersion.known
    switch mode {
    case .readOnly:
      let connection = try Connection.open(path, mode: .readOnly)
      let found = try SchemaVersion.of(connection)
      guard case .warehouse(let version) = found else {
        throw WarehouseError.notAWarehouse(path: path)
      }
      guard version == known else {
        throw WarehouseError.olderSchema(path: path, found: version, known: known)
      }
      // A warehouse may come from anywhere: its views may call no function with side effects.
      try connection.execute("pragma trusted_schema = off; pragma cache_size = -65536")
      return connection
    case .write, .create:
      // A migration fills in checksums.
      try registerEngramFunctions()
      let connection = try Connection.open(
        path, mode: mode == .create ? .create : .readWrite, busyTimeoutMilliseconds: 30_000)
      let found = try SchemaVersion.of(connection)
      if found == .empty {
        guard mode == .create else { throw WarehouseError.notAWarehouse(path: path) }
        // Only a file without pages takes a page size. Of 4 to 64 KiB this one wastes least on
        // rows of 2.5 to 100 kB: a row between half a page and a page has that page to itself.
        try connection.execute("pragma page_size = 8192")
      }
      // https://sqlite.org/wal.html: with `normal` a power cut may lose the last batches, never
      // the file; a resumed ingest repeats them.
      try connection.execute(
        """
        pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;
        pragma cache_size = -65536
        """)
      try SchemaVersion.migrate(connection, from: found)
      return connection
    }
  }

  /// Moves the log into the file, so that the file alone is the whole warehouse. Left for later
  /// when a reader stands in the way.
  package func checkpoint() throws {
    connection.setBusyTimeout(milliseconds: 1000)
    defer { connection.setBusyTimeout(milliseconds: 30_000) }
    try told { try connection.execute("pragma wal_checkpoint(truncate)") }
  }

  func told<T>(_ body: () throws -> T) throws -> T {
    try WarehouseError.told(of: path, body)
  }
}
