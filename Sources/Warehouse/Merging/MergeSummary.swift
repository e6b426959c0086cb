// What a merge did to a run: what its command tells.

/// What became of one run.
package struct MergeSummary: Sendable, Equatable {
  /// Whether rows of it were written.
  package enum Status: String, Sendable {
    case merged
    case unchanged = "already there"
    /// It was there, and something was brought that it had not.
    case updated
  }

  package var status: Status
  package var run: String
  package var samples: Int
  package var files: Int
  /// Rows that a run which was there already did not have, by table, in the tables' order.
  package var brought: [(table: String, rows: Int)] = []
  /// Remarks, a line each.
  package var notes: [String]

  /// Tuples have no equality of their own.
  package static func == (a: MergeSummary, b: MergeSummary) -> Bool {
    (a.status, a.run, a.samples, a.files) == (b.status, b.run, b.samples, b.files)
      && a.notes == b.notes && a.brought.elementsEqual(b.brought, by: ==)
  }

  mutating func bring(_ rows: Int, of table: String) {
    guard rows > 0 else { return }
    if status == .unchanged { status = .updated }
    // What comes with a new run is not told row by row.
    guard status == .updated else { return }
    if let index = brought.firstIndex(where: { $0.table == table }) {
      brought[index].rows += rows
    } else {
      brought.append((table, rows))
    }
  }
}
