// What the rows of a run take, table by table: the bytes of texts and blobs, 8 for every number. Leaves out indexes
// and what pages are not filled with.

internal import SQLiteKit

/// Bytes by table.
package struct RunSizes: Sendable, Equatable {
  package internal(set) var tables: [String: Int] = [:]
  package var total: Int { tables.values.reduce(0, +) }

  /// Of measure tables together.
  package var measures: Int { RunTable.measured.reduce(0) { $0 + (tables[$1.name] ?? 0) } }
}

extension Warehouse {
  /// Lengths are read from the rows; blobs are not.
  package func sizes(run id: Int) throws -> RunSizes {
    try told {
      var sizes = RunSizes()
      for table in RunTable.all {
        sizes.tables[table.name] = try connection.integer(
          "select ifnull(sum(\(try rowBytes(table.name))), 0) from \(table.name) where \(table.run) = ?",
          .integer(id))
      }
      return sizes
    }
  }

  /// What the weights in the file take; runs of one model share them.
  package func weightBytes() throws -> Int {
    try told {
      try connection.integer(
        "select ifnull(sum(\(try rowBytes("layer_weight"))), 0) from layer_weight") ?? 0
    }
  }

  /// What the pictures of samples in the file take that runs over one data set share.
  package func thumbnailBytes() throws -> Int {
    try told {
      try connection.integer("select ifnull(sum(\(try rowBytes("thumbnail"))), 0) from thumbnail")
        ?? 0
    }
  }

  /// The whole file, and those of its bytes that hold nothing.
  package func fileBytes() throws -> (all: Int, free: Int) {
    try told {
      let size = try connection.integer("pragma page_size") ?? 0
      return (
        size * (try connection.integer("pragma page_count") ?? 0),
        size * (try connection.integer("pragma freelist_count") ?? 0)
      )
    }
  }

  /// An expression for the bytes of a row's values.
  private func rowBytes(_ table: String) throws -> String {
    var columns = try connection.prepare("select name, type from pragma_table_info(?)")
    try columns.bind(table, at: 1)
    var terms: [String] = []
    while try columns.step() {
      let isLong = ["BLOB", "TEXT"].contains(columns.text(1).uppercased())
      terms.append(isLong ? "ifnull(length(\(columns.text(0))), 0)" : "8")
    }
    return terms.joined(separator: " + ")
  }
}
