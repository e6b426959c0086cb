// The warehouse file: making, recognising and opening it. What stands in it is read and written by
// the extensions in the other files; bringing its schema up to date is SchemaVersion.swift's.

internal import Analytics
internal import Glibc
package import SQLiteKit
internal import Synchronization

/// One connection to one warehouse file, which is known to be one and of this version.
package struct Warehouse: ~Copyable, Sendable {
  /// "Engr".
  package static let applicationID = 0x456E_6772

  /// What a file is opened for.
  package enum Mode: Sendable {
    case readOnly
    /// The file must exist.
    case write
    /// Made when it is missing.
    case create
  }

  package var connection: Connection
  /// Where the file of an older version was copied before it was migrated; nil when it was not.
  package let backup: String?
  /// Whether opening it brought a file of an older version up to date.
  package let isMigrated: Bool
  /// Where the samples are that a run is measured by and this file does not keep, by the run's id.
  let sampleParts = Mutex<[Int: SampleParts]>([:])
  /// The samples of runs whose predictions stay as they are while they are measured, by the run's id.
  let knownSamples = Mutex<[Int: [SampleRow]]>([:])
  /// Asked by what is under way.
  private(set) var isStopped: @Sendable () -> Bool = { false }
  package var path: String { connection.path }

  /// What is to be said where opening it brought it up to date; nil where it was.
  package var migrationNote: String? {
    guard isMigrated else { return nil }
    let copy = backup.map { "the file as it was is \($0)" } ?? "its rows say what they said"
    return "\(path): brought up to this version's schema; \(copy)"
  }

  /// What tools/bench-storage finds: small pages waste least on the rows of derived runs (1 %, large ones
  /// 2.7 %), large ones are written and read faster, and waste little on long bitsets.
  package enum PageSize: Int, Sendable {
    case small = 2048
    case large = 8192
  }

  /// Opens a warehouse; throws `WarehouseError` for whatever else stands at `path`. Writing modes
  /// migrate an older one first.
  /// - Parameters:
  ///   - pageSize: Of a file that is made.
  ///   - isShared: Whether several threads may use what is opened for reading at a time.
  ///   - readsAhead: Whether what is opened for reading is read in large pieces, by who goes through it in its order.
  package static func open(
    _ path: String, mode: Mode, pageSize: PageSize = .large, isShared: Bool = true,
    readsAhead: Bool = false
  ) throws -> Warehouse {
    if mode != .create, access(path, F_OK) != 0 { throw WarehouseError.missing(path: path) }
    return try WarehouseError.told(of: path) {
      try connect(
        path, mode: mode, pageSize: pageSize, isShared: isShared, readsAhead: readsAhead)
    }
  }

  private static func connect(
    _ path: String, mode: Mode, pageSize: PageSize, isShared: Bool, readsAhead: Bool
  ) throws -> Warehouse {
    let known = SchemaVersion.known
    switch mode {
    case .readOnly:
      let connection = try Connection.open(
        path, mode: .readOnly, isShared: isShared, readsAhead: readsAhead)
      let found = try SchemaVersion.of(connection)
      guard case .warehouse(let version) = found else { throw WarehouseError.empty(path: path) }
      guard version >= SchemaVersion.oldestReadable else {
        throw WarehouseError.olderSchema(path: path, found: version, known: known)
      }
      // A warehouse may come from anywhere: its views may call no function with side effects.
      // Pages that are read once, in pieces, are best copied to where others were in the processor's cache.
      let cache = readsAhead ? 2048 : 16384
      try connection.execute("pragma trusted_schema = off; pragma cache_size = -\(cache)")
      // Views `vector` and `bitset` of version 7, whose x is sparse, stand behind those of today.
      if version < 8 { try connection.execute(derivedSampleViews) }
      try SchemaVersion.readAsNewest(connection, version)
      return Warehouse(connection: connection, backup: nil, isMigrated: false)
    case .write, .create:
      // A migration fills in checksums.
      try registerEngramFunctions()
      let connection = try Connection.open(
        path, mode: mode == .create ? .create : .readWrite, busyTimeoutMilliseconds: 30_000)
      let found = try SchemaVersion.of(connection)
      if found == .empty {
        guard mode == .create else { throw WarehouseError.empty(path: path) }
        // Only a file without pages takes one.
        try connection.execute("pragma page_size = \(pageSize.rawValue)")
      }
      // https://sqlite.org/wal.html: with `normal` a power cut may lose the last batches, never
      // the file; a resumed ingest repeats them.
      try connection.execute(
        """
        pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;
        pragma cache_size = -65536
        """)
      let backup = try SchemaVersion.backUp(connection, before: found)
      try SchemaVersion.migrate(connection, from: found)
      let isMigrated = found != .empty && found != .warehouse(known)
      return Warehouse(connection: connection, backup: backup, isMigrated: isMigrated)
    }
  }

  /// From now on what is under way fails with `WarehouseError.interrupted`, and is undone, when `isRequested` says so.
  package mutating func stop(when isRequested: @escaping @Sendable () -> Bool) {
    isStopped = isRequested
    connection.setProgressHandler { !isRequested() }
  }

  /// Moves what is committed from the log into the file, as far as readers let it. Work that goes on does not
  /// depend on it.
  package func checkpoint() throws { _ = try movesLog(waiting: 1000) }

  /// Moves the log into the file, so that the file alone is the whole warehouse: what is due when work is done.
  /// - Throws: `WarehouseError.unfinished` where a reader holds an older state for ten seconds, `.moved` where the
  ///   file is not the one any more that was opened.
  package func settle() throws {
    guard try movesLog(waiting: 10_000) else {
      var log = stat()
      let bytes = stat(path + "-wal", &log) == 0 ? Int(log.st_size) : 0
      throw WarehouseError.unfinished(path: path, bytes: bytes)
    }
    try checkPlace()
  }

  /// - Throws: `WarehouseError.moved` where another file, or none, has the name under which this one was opened.
  func checkPlace() throws {
    if try told({ try connection.hasMoved }) { throw WarehouseError.moved(path: path) }
  }

  private func movesLog(waiting milliseconds: Int) throws -> Bool {
    connection.setBusyTimeout(milliseconds: milliseconds)
    defer { connection.setBusyTimeout(milliseconds: 30_000) }
    return try told { try connection.integer("pragma wal_checkpoint(truncate)") == 0 }
  }

  /// Makes several records in one transaction, so that none is left over where the last is not made.
  package func together<T>(_ body: () throws -> T) throws -> T {
    try told { try connection.transaction { try body() } }
  }

  func told<T>(_ body: () throws -> T) throws -> T {
    try WarehouseError.told(of: path) {
      do { return try body() } catch let error as SQLiteError {
        // What SQLite finds wrong is then another file's.
        if (try? connection.hasMoved) == true { throw WarehouseError.moved(path: path) }
        throw error
      }
    }
  }
}
