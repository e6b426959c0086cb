// The warehouse's SQL, compiled in from the files beside this one.

/// The numbered migrations, oldest first, and the views that stand on the newest version.
package enum SchemaSQL {
  /// `migrations[n]` takes a warehouse from version n to version n + 1: the files V001, V002 and so on.
  package static let migrations = embeddedSQL.filter { $0.name.hasPrefix("V") }.map(\.text)

  /// Of older.sql.
  package static let older = embeddedSQL.filter { $0.name == "older" }.map(\.text).joined()

  /// Of views.sql.
  package static let views = embeddedSQL.filter { $0.name == "views" }.map(\.text).joined()
}
