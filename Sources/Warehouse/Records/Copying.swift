// A warehouse, or some runs of it, copied into a file that needs nothing beside it, while others read and write the
// original. Leaves out: parts and runs of several files (Merging/).

internal import Basics
internal import Glibc
internal import SQLiteKit

/// Why there is no copy: one line. Nothing has the copy's name then, and the warehouse is as it was.
package struct CopyError: Error, Equatable, CustomStringConvertible {
  package let description: String

  fileprivate init(_ target: String, _ reason: String) { description = "\(target): \(reason)" }

  fileprivate init(_ target: String, _ error: SystemError) {
    self =
      [ENOSPC, EDQUOT].contains(error.number)
      ? .full(target) : CopyError(target, "cannot be written: \(error); no copy was made")
  }

  fileprivate static func full(_ target: String) -> CopyError {
    CopyError(
      target,
      "the disk is full; no copy was made; free some space or name a file on another disk")
  }

  fileprivate static func interrupted(_ target: String) -> CopyError {
    CopyError(target, "interrupted; no copy was made")
  }
}

/// What a copy can be made without. What was measured of it stays.
package enum Omission: String, Sendable, CaseIterable {
  /// Every sample's x and z, and bits that are derived from them.
  case activations
  /// Bits that are stored: from then on they are derived, or, without activations, gone.
  case bitsets
  /// The pictures of samples.
  case thumbnails
}

extension Warehouse {
  /// Writes one committed state of this warehouse to a new file: without a log, without free pages, on the disk before
  /// it has its name, with the permissions of the original. Waits for nobody and keeps nobody waiting.
  /// - Parameters:
  ///   - target: A name that is free.
  ///   - runs: Names of the runs that are kept, with what they stand on; nil keeps all.
  ///   - omissions: What is left out, activations and bitsets of whole and complete runs alone. A copy of all runs without any has the version of the schema.
  ///   - isCancelled: Asked all the while.
  /// - Returns: the copy's bytes.
  /// - Throws: `CopyError`, or `WarehouseError` where this warehouse cannot be read.
  package func copy(
    to target: String, runs kept: [String]? = nil, without omissions: Set<Omission> = [],
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> Int {
    try Self.checkFree(target)
    let copy = try PartialFile(for: target)
    let whole = try PartialFile(for: target)
    var isCompact = false
    do {
      do {
        try connection.backUp(into: try Self.unjournaled(whole.path), isCancelled: isCancelled)
        if kept != nil || !omissions.isEmpty {
          try Self.write(whole.path, runs: kept, without: omissions, to: copy.path, isCancelled)
        } else {
          var connection = try Self.unjournaled(whole.path)
          connection.setProgressHandler { !isCancelled() }
          isCompact = try connection.integer("pragma freelist_count") == 0
          if !isCompact { try connection.run("vacuum into ?", .text(copy.path)) }
        }
      } catch let error as SQLiteError {
        throw WarehouseError(error, path: path)
      }
    } catch let error as WarehouseError {
      switch error {
      case .diskFull: throw CopyError.full(target)
      case .interrupted: throw CopyError.interrupted(target)
      case .referredTo(_, let run, let tables):
        throw WarehouseError.referredTo(path: path, run: run, tables: tables)
      case .incomplete(_, let run, let stored, let expected):
        throw CopyError(
          target,
          "run \(run): expected a whole and complete run to leave something out of, found \(stored) of \(expected) "
            + "samples; no copy was made; finish its ingest, merge its parts, or choose others with --runs"
        )
      case .sqlite(_, let error)
      where error.code == SQLiteCode.inputOutput
        && !SQLiteCode.failedReads.contains(error.extendedCode):
        throw CopyError(target, "cannot be written: \(error.message); no copy was made")
      default:
        throw CopyError(
          target, "no copy was made: " + "\(error)".replacing(whole.path, with: path))
      }
    }
    return try (isCompact ? whole : copy).take(target, permissionsOf: path)
  }

  /// Opens a file that nobody reads if this fails.
  private static func unjournaled(_ path: String) throws(SQLiteError) -> Connection {
    let connection = try Connection.open(path, mode: .readWrite)
    try connection.execute("pragma journal_mode = off; pragma synchronous = off")
    return connection
  }

  /// Writes runs to the empty file `target`; the one at `path` is spent for it.
  private static func write(
    _ path: String, runs names: [String]?, without omissions: Set<Omission>, to target: String,
    _ isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    var warehouse = try Warehouse.open(path, mode: .write)
    warehouse.stop(when: isCancelled)
    try warehouse.connection.execute("pragma synchronous = off")
    let runs = try warehouse.runs()
    if let names {
      // The original is not locked: a run that was there a moment ago may not be in its state that was copied.
      for name in names where !runs.contains(where: { $0.name.hasBytes(of: name) }) {
        throw WarehouseError.unknown(path: path, what: "run '\(name)'")
      }
      for run in runs where !names.contains(where: run.name.hasBytes(of:)) {
        try warehouse.delete(run: run.id)
      }
    }
    try warehouse.leaveOut(omissions)
    try warehouse.connection.run("vacuum into ?", .text(target))
  }

  /// Takes something out of every run.
  private func leaveOut(_ omissions: Set<Omission>) throws {
    guard !omissions.isEmpty else { return }
    let ofSamples = omissions.subtracting([.thumbnails])
    for run in try runs() where !ofSamples.isEmpty {
      guard run.completedAt != nil, run.shard == nil else {
        throw WarehouseError.incomplete(
          path: path, run: run.name, stored: try committedSamples(run: run.id),
          expected: run.sampleCount)
      }
      guard ofSamples == [.bitsets], run.bitsets == .stored else { continue }
      guard run.activations == .stored, let layer = try layerWithoutWeights(of: run) else {
        continue
      }
      throw WarehouseError.unknown(
        path: path,
        what:
          "weights of layer \(layer) to derive the bits of run \(run.name) from; copy it with its bitsets"
      )
    }
    try told {
      try connection.execute("pragma secure_delete = off")
      try connection.transaction(.immediate) {
        if omissions.contains(.bitsets) {
          try connection.execute(
            """
            update significance set bits = null, checksum = null where bits is not null;
            update run set bitsets = 'derived'
            """)
        }
        if omissions.contains(.thumbnails) {
          try connection.execute("delete from thumbnail; delete from run_thumbnail")
        }
        if omissions.contains(.activations) {
          for table in RunTable.all where table.isOfActivations {
            try connection.execute("delete from \(table.name)")
          }
          try connection.execute("update run set activations = 'omitted'")
        }
      }
    }
  }

  /// The first captured layer whose weights the file does not hold.
  private func layerWithoutWeights(of run: Stored<RunRecord>) throws -> String? {
    try layers(run: run.id).first { try !hasWeights(of: $0) }?.name
  }

  /// What SQLite finds beside a database of that name it takes for a part of it.
  private static func checkFree(_ target: String) throws {
    var status = stat()
    if lstat(target, &status) == 0 {
      throw CopyError(target, "expected a free name, found a file; name another one, or delete it")
    }
    for ending in ["-wal", "-shm", "-journal"] where lstat(target + ending, &status) == 0 {
      throw CopyError(
        target + ending,
        "expected nothing of this name, which SQLite would take for a part of the copy; delete it, "
          + "or name another file")
    }
  }
}

/// A file that has a name nobody can foresee until it takes its own, and goes where it does not.
private final class PartialFile {
  let path: String

  init(for target: String) throws {
    path = ReplacedFile.freeName(in: ReplacedFile.folder(of: target))
    // Nobody else reads it before it has the permissions of the original.
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CopyError(target, SystemError(errno)) }
    close(descriptor)
  }

  deinit {
    for ending in ["", "-wal", "-shm", "-journal"] { unlink(path + ending) }
  }

  /// Takes the name once everything is on the disk; another file that has it keeps it.
  /// - Returns: the file's bytes.
  func take(_ target: String, permissionsOf original: String) throws -> Int {
    func check(_ isDone: Bool) throws {
      guard isDone else { throw CopyError(target, SystemError(errno)) }
    }
    var (own, status) = (stat(), stat())
    let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
    try check(descriptor >= 0)
    defer { close(descriptor) }
    try check(stat(original, &status) == 0)
    try check(fchmod(descriptor, status.st_mode & 0o666) == 0)
    try check(fsync(descriptor) == 0 && fstat(descriptor, &own) == 0)
    if link(path, target) != 0 {
      // File systems without links have no better way.
      try check([EPERM, EOPNOTSUPP, ENOSYS].contains(errno) && lstat(target, &status) != 0)
      try check(rename(path, target) == 0)
    }
    do { try ReplacedFile.flush(folder: ReplacedFile.folder(of: target)) } catch {
      unlink(target)
      throw CopyError(target, error)
    }
    return Int(own.st_size)
  }
}
