// The warehouse's SQL, compiled in from the files beside this one.

/// The numbered migrations, oldest first, and the views that stand on the newest version.
package enum SchemaSQL {
  /// `migrations[n]` takes a warehouse from version n to version n + 1: the files V001, V002 and so on.
  package static let migrations = embeddedTexts.filter { $0.name.hasPrefix("V") }.map(\.text)

  /// What a file of an earlier version takes to be read as one of the newest.
  package static func older(version: Int) -> String {
    // The oldest first: what it puts in a table's place stays.
    (9...15).filter { version <= $0 }.map { file("older\($0)") }.joined()
  }

  /// Of views.sql.
  package static let views = file("views")

  private static func file(_ name: String) -> String {
    embeddedTexts.filter { $0.name == name }.map(\.text).joined()
  }
}
