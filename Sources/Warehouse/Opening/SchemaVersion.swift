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
    guard application == Warehouse.applicationID, version > 0 else {
      throw WarehouseError.notAWarehouse(path: path)
    }
    guard version <= known else {
      throw WarehouseError.newerSchema(path: path, found: version, known: known)
    }
    return .warehouse(version)
  }

  /// Copies a warehouse of an older version to "PATH.v1", or the first such name that is free.
  /// - Returns: the copy's path; nil where there is nothing to migrate.
  static func backUp(
    _ connection: borrowing Connection, before seen: SchemaVersion
  ) throws -> String? {
    guard case .warehouse(let version) = seen, version < known else { return nil }
    var copy = "\(connection.path).v\(version)"
    var number = 2
    while access(copy, F_OK) == 0 {
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
    guard rename(partial, copy) == 0 else { throw WarehouseError.notWritable(path: copy) }
    return copy
  }

  /// Takes the file to the known version, all or nothing, and makes its views this version's.
  static func migrate(_ connection: borrowing Connection, from seen: SchemaVersion) throws {
    if seen == .warehouse(known) {
      let stored = try storedViews(connection)
      if ownViews.allSatisfy({ stored[$0.key] == $0.value }) { return }
    }
    try connection.transaction {
      // Another program may have migrated it since it was looked at.
      let start = if case .warehouse(let version) = try of(connection) { version } else { 0 }
      for name in try storedViews(connection).keys where start < known || ownViews[name] != nil {
        try connection.execute("drop view \"\(name)\"")
      }
      for migration in SchemaSQL.migrations[start...] { try connection.execute(migration) }
      for (_, text) in ownViews.sorted(by: { $0.key < $1.key }) {
        try connection.execute("create view " + text)
      }
      try connection.execute(
        """
        pragma application_id = \(Warehouse.applicationID); pragma user_version = \(known)
        """)
    }
    // Versions 2 and 5 made tables anew, which left their old pages behind.
    if case .warehouse(let version) = seen, version < 5 { try connection.execute("vacuum") }
  }

  /// What this version's tables, indexes and views are made with, by name.
  static let definitions = Result {
    let fresh = try Connection.open(":memory:", mode: .create)
    try migrate(fresh, from: .empty)
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
