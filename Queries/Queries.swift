// The saved queries, compiled in from the files beside this one.

/// A saved query's file: its name is the file's, its text the whole file with the head comment.
package struct SavedQueryFile: Sendable {
  package let name: String
  package let text: String

  package static let all = [
    SavedQueryFile("kl_matrix", PackageResources.kl_matrix_sql)
  ]

  private init(_ name: String, _ bytes: [UInt8]) {
    self.name = name
    text = String(decoding: bytes, as: UTF8.self)
  }
}
