// What version a file is of, and the way from there to the newest one. The SQL stands in Schema/.

internal import Glibc
internal import SQLiteKit
internal import Schema

/// What the header and the tables of a database say about it.
enum SchemaVersion: Equatable {
  /// No table, no application's mark: a new file.
  case empty
  case warehouse(Int)

  static var known: Int { SchemaSQL.migrations.count }

  /// The oldest whose tables and views answer as this version's do, so that it need not be migrated to be read.
  static let oldestReadable = 7

  /// Gives a connection that reads an older file, and leaves it as it is, the tables and views of this version.
  static func readAsNewest(_ connection: borrowing Connection, _ version: Int) throws {
    guard version < known else { return }
    try connection.execute(SchemaSQL.older(version: version))
    for (_, text) in ownViews { try connection.execute("create temp view " + text) }
  }

  /// Files from this version on are migrated without a copy: their definitions change, their rows stay where they are.
  private static let rowsStayFrom = 7

  /// Throws for databases of other applications and of newer versions.
  static func of(_ connection: borrowing Connection) throws -> SchemaVersion {
    let path = connection.path
    let application = try connection.integer("pragma application_id") ?? 0
    let version = try connection.integer("pragma user_version") ?? 0
    if application == 0, version == 0,
      try connection.integer("select count(*) from sqlite_schema") == 0
    {
      return .empty
    }
    guard
      let found = application == Warehouse.applicationID
        ? version : application == 0 && version == 0 ? try dumped(connection) : nil,
      found > 0
    else { throw WarehouseError.notAWarehouse(path: path) }
    guard found <= known else {
      throw WarehouseError.newerSchema(path: path, found: found, known: known)
    }
    return .warehouse(found)
  }

  /// The version of a file that was made from a dump, which has tables but no header's marks; nil where it is none.
  private static func dumped(_ connection: borrowing Connection) throws -> Int? {
    let tables =
      "select count(*) from sqlite_schema where type = 'table' and name in ('engram_schema', 'run', 'model')"
    guard try connection.integer(tables) == 3 else { return nil }
    return try connection.integer("select version from engram_schema")
  }

  /// Copies a warehouse whose rows a migration would touch to "PATH.v1", or the first such name that is free. A copy that
  /// a migration left which was killed behind it is taken for this one.
  /// - Returns: the copy's path; nil where no row is to change.
  static func backUp(
    _ connection: borrowing Connection, before seen: SchemaVersion
  ) throws -> String? {
    guard case .warehouse(let version) = seen, version < min(known, rowsStayFrom) else {
      return nil
    }
    var copy = "\(connection.path).v\(version)"
    var number = 2
    var earlier: [String] = []
    while access(copy, F_OK) == 0 {
      earlier.append(copy)
      copy = "\(connection.path).v\(version)-\(number)"
      number += 1
    }
    // The name is there only when the copy is whole.
    let partial = copy + ".partial"
    unlink(partial)
    do {
      try connection.run("vacuum into ?", .text(partial))
    } catch {
      unlink(partial)
      throw error
    }
    if let twin = earlier.first(where: { isSame($0, partial) }) {
      unlink(partial)
      return twin
    }
    guard rename(partial, copy) == 0 else { throw WarehouseError.notWritable(path: copy) }
    return copy
  }

  /// Whether two files have the same bytes; false where one cannot be read.
  private static func isSame(_ a: String, _ b: String) -> Bool {
    let files = [open(a, O_RDONLY | O_CLOEXEC), open(b, O_RDONLY | O_CLOEXEC)]
    defer { for file in files where file >= 0 { close(file) } }
    guard files.allSatisfy({ $0 >= 0 }) else { return false }
    var chunks = [[UInt8]](repeating: [UInt8](repeating: 0, count: 1 << 20), count: 2)
    while true {
      let counts = [0, 1].map { filled(&chunks[$0], from: files[$0]) }
      guard counts[0] == counts[1], counts[0] >= 0 else { return false }
      if counts[0] == 0 { return true }
      guard chunks[0][..<counts[0]] == chunks[1][..<counts[0]] else { return false }
    }
  }

  /// Reads until the buffer is full or the file ends.
  /// - Returns: the number of bytes, negative after an error.
  private static func filled(_ buffer: inout [UInt8], from file: Int32) -> Int {
    var count = 0
    while count < buffer.count {
      let size = buffer.count - count
      let got = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress! + count, size) }
      if got < 0 { return got }
      if got == 0 { break }
      count += got
    }
    return count
  }

  /// Takes the file to the known version, all or nothing, and makes its views this version's. Views, triggers and
  /// indexes of the user's own are there afterwards as before.
  static func migrate(_ connection: borrowing Connection, from seen: SchemaVersion) throws {
    if seen == .warehouse(known), try isMarked(connection) {
      let stored = try storedViews(connection)
      if ownViews.allSatisfy({ stored[$0.key] == $0.value }) { return }
    }
    try connection.transaction {
      // Another program may have migrated it since it was looked at.
      let start = if case .warehouse(let version) = try of(connection) { version } else { 0 }
      let before = try additions(connection)
      for name in try storedViews(connection).keys where start < known || ownViews[name] != nil {
        try connection.execute("drop view \(quoted(name))")
      }
      for migration in SchemaSQL.migrations[start...] { try connection.execute(migration) }
      for (_, text) in ownViews.sorted(by: { $0.key < $1.key }) {
        try connection.execute("create view " + text)
      }
      let present = Set(try additions(connection).map(\.name))
      // Indexes of ours that a later version has no more are none of the user's.
      let earlier = try definitions(of: start)
      for (name, sql) in before
      where !present.contains(name) && earlier[name] != sql
        && !(start < 8 && retiredViews.contains(name))
      {
        try connection.execute(sql)
      }
      try connection.execute(
        """
        pragma application_id = \(Warehouse.applicationID); pragma user_version = \(known);
        update engram_schema set version = \(known)
        """)
    }
    // Versions 2 and 5 made tables anew, which left their old pages behind.
    if case .warehouse(let version) = seen, version < 5 { try connection.execute("vacuum") }
  }

  /// Views of ours up to version 7, which Engram's functions bring along since.
  private static let retiredViews = ["vector", "bitset"]

  private static func isMarked(_ connection: borrowing Connection) throws -> Bool {
    try connection.integer("pragma application_id") == Warehouse.applicationID
      && connection.integer("pragma user_version") == known
  }

  /// What stands beside the tables: views, indexes and triggers with what makes them, in the order they were made in.
  private static func additions(
    _ connection: borrowing Connection
  ) throws -> [(name: String, sql: String)] {
    var additions: [(String, String)] = []
    var rows = try connection.prepare(
      "select name, sql from sqlite_schema where type <> 'table' and sql is not null order by rowid"
    )
    while try rows.step() { additions.append((rows.text(0), rows.text(1))) }
    return additions
  }

  private static func quoted(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }

  /// What a version's tables and indexes, and the newest one's views, are made with, by name.
  static func definitions(of version: Int) throws -> [String: String] {
    version == known ? try newest.get() : try made(of: version)
  }

  private static let newest = Result { try made(of: known) }

  private static func made(of version: Int) throws -> [String: String] {
    let fresh = try Connection.open(":memory:", mode: .create)
    if version == known {
      try migrate(fresh, from: .empty)
    } else {
      for migration in SchemaSQL.migrations[..<version] { try fresh.execute(migration) }
    }
    return try definitions(in: fresh)
  }

  static func definitions(in connection: borrowing Connection) throws -> [String: String] {
    var definitions: [String: String] = [:]
    var rows = try connection.prepare(
      "select name, sql from sqlite_schema where sql is not null and name not like 'sqlite_%'")
    while try rows.step() { definitions[rows.text(0)] = rows.text(1) }
    return definitions
  }

  /// View name → its definition from the name on, as SQLite keeps it.
  private static func storedViews(
    _ connection: borrowing Connection
  ) throws -> [String: String] {
    var views: [String: String] = [:]
    var rows = try connection.prepare("select name, sql from sqlite_schema where type = 'view'")
    while try rows.step() {
      // SQLite keeps the statement's text after "CREATE VIEW ".
      views[rows.text(0)] = String(rows.text(1).dropFirst("create view ".count))
    }
    return views
  }

  /// The same for this version, from views.sql: statements without semicolons in them, comments on
  /// lines of their own.
  private static let ownViews: [String: String] = {
    let code = SchemaSQL.views.split(separator: "\n").filter { !$0.hasPrefix("--") }
      .joined(separator: "\n")
    var views: [String: String] = [:]
    for statement in code.split(separator: ";") {
      let text = statement.drop { $0.isWhitespace }
      guard text.hasPrefix("create view ") else { continue }
      let definition = text.dropFirst("create view ".count)
      views[String(definition.prefix { $0 != " " })] = String(definition)
    }
    return views
  }()
}
