// Divergence between the classes of one set of profiles and those of another, or of the same.

import Analytics
import SQLiteKit

extension ProfileSet {
  /// Classes whose blocks are in memory at once on either side (4 MiB each).
  private static let tile = 64

  /// Writes KL(P‖Q) for every class P of this set and Q of the other, in this direction, in place of
  /// what was there between the two runs.
  func measureDivergence(
    to other: ProfileSet, in connection: borrowing Connection, _ summary: inout MeasureSummary
  ) throws {
    try connection.run(
      """
      delete from divergence where layer_id = ? and kind = ? and grouping = ?
        and from_run_id = ? and to_run_id = ?
      """,
      .integer(layer), .text(kind.rawValue), .text(grouping.rawValue), .integer(run),
      .integer(other.run))
    var insert = try connection.prepare(
      """
      insert into divergence (layer_id, kind, grouping, from_run_id, from_class_id, to_run_id,
        to_class_id, alpha, kl, kl_per_interaction)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    for from in stride(from: 0, to: classes.count, by: Self.tile) {
      let rows = classes[from..<min(from + Self.tile, classes.count)]
      for to in stride(from: 0, to: other.classes.count, by: Self.tile) {
        let columns = other.classes[to..<min(to + Self.tile, other.classes.count)]
        let matrix = try divergence(of: rows, to: columns, in: other, connection)
        let interactions = Double(max(matrix.interactions, 1))
        for (i, p) in rows.enumerated() {
          for (j, q) in columns.enumerated() {
            try insert.bind([
              .integer(layer), .text(kind.rawValue), .text(grouping.rawValue), .integer(run),
              .integer(p.id), .integer(other.run), .integer(q.id), .real(matrix.alpha),
              .real(matrix[i, j]), .real(matrix[i, j] / interactions),
            ])
            try insert.run()
            summary.count("divergence")
          }
        }
      }
    }
  }

  private func divergence(
    of rows: ArraySlice<Class>, to columns: ArraySlice<Class>, in other: ProfileSet,
    _ connection: borrowing Connection
  ) throws -> DivergenceMatrix {
    let isSame = run == other.run && rows.map(\.id) == columns.map(\.id)
    var reader = try reader(in: connection)
    var otherReader = try other.reader(in: connection)
    var matrix = DivergenceMatrix(from: rows.map(\.samples), to: columns.map(\.samples))
    guard blocks == other.blocks else {
      throw other.damaged("\(other.blocks) blocks, not \(blocks)")
    }
    for block in 0..<blocks {
      let p = try reader.counters(block: block, of: rows)
      let q = isSame ? p : try otherReader.counters(block: block, of: columns)
      guard p.first?.count == q.first?.count else {
        throw other.damaged("block \(block) has another size than in run \(run)")
      }
      matrix.add(from: p, to: q)
    }
    return matrix
  }
}
