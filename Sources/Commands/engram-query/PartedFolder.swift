// A folder of files, TABLE/RUN/LAYER/part-….parquet or pictures, that is there whole or not at all. What stands in the files is
// others' to say.

import Basics
import CommandLineTool
import Glibc
import Parquet

/// Files gather under a name that nobody can foresee, until `finish` gives the folder its own.
final class PartedFolder {
  /// What a table has become.
  struct Table {
    let name: String
    var files = 0
    var rows = 0
    var bytes = 0
  }

  /// A file ends behind the row group with which it has so many bytes.
  static let partBytes = 256 << 20

  private let path: String
  private let temporary: String
  private let compression: ParquetCompression
  /// Below `temporary`, in the order in which they were made.
  private var folders: [String] = []
  private var files: [String] = []
  private(set) var tables: [Table] = []
  private var isFinished = false

  /// - Throws: `UsageError` where the path is taken by anything but an empty folder.
  init(_ path: String, _ compression: ParquetCompression) throws {
    let own = Self.withoutSlash(path)
    (self.path, self.compression) = (own, compression)
    try Self.checkFree(own)
    temporary = ReplacedFile.freeName(in: ReplacedFile.folder(of: own))
    guard unsafe mkdir(temporary, 0o777) == 0 else {
      throw OutputError.failed(path: path, reason: systemReason())
    }
  }

  deinit { abandon() }

  private static func withoutSlash(_ path: String) -> String {
    var own = Substring(path)
    while own.utf8.count > 1, own.utf8.last == UInt8(ascii: "/") { own = own.dropLast() }
    return String(own)
  }

  private static func checkFree(_ path: String) throws {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      let found = status.st_mode & S_IFMT == S_IFLNK ? "a symbolic link" : "a file"
      throw RequestError(
        description: "\(path): expected no file of this name or an empty folder, found \(found)")
    }
    guard let folder = unsafe opendir(path) else {
      throw OutputError.failed(path: path, reason: systemReason())
    }
    defer { unsafe closedir(folder) }
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      guard [".", ".."].contains(name) else {
        throw RequestError(
          description: "\(path): expected an empty folder or none, found \(name.shown(200)) in it; "
            + "name another folder")
      }
    }
  }

  /// Files of one folder, which is made with the first row.
  /// - Parameters:
  ///   - partitions: The columns whose values the folder's path says.
  ///   - tag: Stands in the names of files, so that those of others do not collide.
  func parts(
    _ table: String, _ partitions: [(name: String, value: String)], tag: String,
    _ columns: [(name: String, type: ParquetType?)]
  ) throws -> Parts {
    let own = try [table] + partitions.map { try HivePartition.folder($0.name, $0.value) }
    return Parts(self, table, own, tag, columns)
  }

  /// Rows of one folder.
  struct Parts {
    private let folder: PartedFolder
    private let table: String
    private let names: [String]
    private let tag: String
    private let columns: [(name: String, type: ParquetType?)]
    private var writer: ParquetWriter?
    private var output: Output?
    private var number = 0
    private var rows = 0

    fileprivate init(
      _ folder: PartedFolder, _ table: String, _ names: [String], _ tag: String,
      _ columns: [(name: String, type: ParquetType?)]
    ) {
      (self.folder, self.table, self.names, self.tag) = (folder, table, names, tag)
      self.columns = columns
    }

    mutating func append(_ row: [ParquetValue]) throws {
      if writer == nil { try begin() }
      try writer?.append(row)
      rows += 1
      guard writer?.offset ?? 0 >= PartedFolder.partBytes else { return }
      try end()
    }

    private mutating func begin() throws {
      if Interrupt.isRequested { throw Interrupted("interrupted") }
      let digits = String(number)
      let name =
        "part-" + tag + String(repeating: "0", count: max(0, 5 - digits.utf8.count)) + digits
        + ".parquet"
      let output = try folder.output(names, name)
      self.output = output
      writer = try ParquetWriter(
        columns: columns, compression: folder.compression, sink: output.write)
      number += 1
    }

    /// Ends the last file.
    mutating func end() throws {
      guard var last = writer else { return }
      try last.finish()
      try output?.finish()
      folder.add(table, rows: rows, bytes: last.offset)
      (writer, output, rows) = (nil, nil, 0)
    }
  }

  /// A file of the folder, below others that are made where they are missing.
  func output(_ names: [String], _ name: String) throws -> Output {
    for count in names.indices.map({ $0 + 1 }) {
      let own = temporary + "/" + names.prefix(count).joined(separator: "/")
      guard !folders.contains(own) else { continue }
      guard unsafe mkdir(own, 0o777) == 0 else {
        throw OutputError.failed(path: path, reason: systemReason())
      }
      folders.append(own)
    }
    let own = temporary + "/" + (names + [name]).joined(separator: "/")
    files.append(own)
    return try Output(path: own, shownAs: path)
  }

  private func add(_ table: String, rows: Int, bytes: Int) {
    let place = tables.firstIndex { $0.name == table } ?? tables.count
    if place == tables.count { tables.append(Table(name: table)) }
    tables[place].files += 1
    tables[place].rows += rows
    tables[place].bytes += bytes
  }

  /// Gives the folder its name.
  func finish() throws {
    do {
      for folder in folders.reversed() { try ReplacedFile.flush(folder: folder) }
      try ReplacedFile.flush(folder: temporary)
      // An empty folder gives way.
      guard unsafe rename(temporary, path) == 0 else { throw SystemError(errno) }
      isFinished = true
      try ReplacedFile.flush(folder: ReplacedFile.folder(of: path))
    } catch let error as SystemError {
      throw OutputError.failed(path: path, reason: "\(error)")
    }
  }

  /// Takes away what was written.
  func abandon() {
    guard !isFinished else { return }
    isFinished = true
    for file in files { unsafe unlink(file) }
    for folder in folders.reversed() { unsafe rmdir(folder) }
    unsafe rmdir(temporary)
  }
}
