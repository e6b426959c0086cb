// The likelihoods of runs' samples under runs' class profiles, read once for all that is made of them, and the classes of the
// samples. Leaves out what is made of them (LikelihoodReader, AttackReader).

internal import Basics
internal import SQLiteKit
internal import Warehouse

/// ln L of samples under the profile of their own class, NaN where there is none, by the true classes' profiles.
struct LikelihoodRows {
  /// Whose samples, under whose profiles, and where.
  struct Place: Hashable {
    let run: Int
    let profiles: Int
    let layer: Int
    let kind: MeasuredKind
  }

  let likelihoods: [Place: SampleValues]

  init(_ connection: borrowing Connection, _ measured: MeasuredRows) throws {
    var found = SampleValuesByKey<Place>()
    try measured.each(
      connection, .likelihood,
      ["run_id", "profile_run_id", "layer_id", "sample_id", "own", "kind", "grouping"]
    ) { rows in
      let kinds = rows.texts.map { MeasuredKind(rawValue: $0) }
      let areTrue = rows.texts.map { $0.hasBytes(of: "true") }
      for row in 0..<rows.count {
        guard let grouping = rows.text(6, row), areTrue[grouping], let name = rows.text(5, row),
          let kind = kinds[name]
        else { continue }
        found.add(
          Place(
            run: rows.int(0, row), profiles: rows.int(1, row), layer: rows.int(2, row), kind: kind),
          rows.int(3, row), rows.number(4, row) ?? .nan)
      }
    }
    likelihoods = found.finished()
  }

  /// Pairs of a run and another one whose samples were scored under its profiles, in the order of their ids.
  func pairs(_ connection: borrowing Connection) throws -> [(clean: Int, other: Int)] {
    let known = Set(likelihoods.keys.map { [$0.profiles, $0.run] })
    return try ReportReader.rows(
      connection,
      """
      select clean.run_id, other.run_id from run as clean join run as other using (model_id)
      where clean.run_id <> other.run_id order by clean.run_id, other.run_id
      """
    ) { (clean: $0.int(0), other: $0.int(1)) }.filter { known.contains([$0.clean, $0.other]) }
  }
}

/// One layer of a run, in one kind.
struct LikelihoodUnit: Hashable {
  let layer: Int
  let position: Int
  let name: String
  let kind: MeasuredKind
  /// What likelihoods are divided by.
  let size: Double

  /// Of a run, in the order of layers and of the kinds' names.
  static func all(_ connection: borrowing Connection, of run: Int) throws -> [LikelihoodUnit] {
    try ReportReader.rows(
      connection,
      """
      select layer_id, layer_position, layer, kind, n_units from unit_counts where run_id = ?
      order by layer_position, kind
      """, .integer(run)
    ) { row in
      LikelihoodUnit(
        layer: row.int(0), position: row.int(1), name: row.text(2),
        kind: try ReportReader.kind(row.text(3)), size: row.double(4))
    }
  }
}
