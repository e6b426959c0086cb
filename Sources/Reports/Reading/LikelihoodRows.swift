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

/// In the order of positions.
struct LabelledClass: Hashable, Comparable {
  let id: Int
  let key: String
  let position: Int
  let name: String

  static func == (a: LabelledClass, b: LabelledClass) -> Bool { a.id == b.id }
  static func < (a: LabelledClass, b: LabelledClass) -> Bool {
    (a.position, a.id) < (b.position, b.id)
  }
  func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// Which class every sample of the file has.
struct SampleClasses {
  let classes: [LabelledClass]
  /// Samples that have one, ascending, and beside each the class's place among `classes`.
  private var samples: [Int] = []
  private var places: [Int] = []

  init(_ connection: borrowing Connection) throws {
    classes = try ReportReader.rows(
      connection, "select class_id, key, position, name from class"
    ) { row in
      LabelledClass(id: row.int(0), key: row.text(1), position: row.int(2), name: row.text(3))
    }
    let own = classes.enumerated().map { ($1.id, $0) }
    let byID = Dictionary(own, uniquingKeysWith: { first, _ in first })
    try ReportReader.each(
      connection,
      "select sample_id, class_id from sample where class_id is not null order by sample_id"
    ) { row in
      guard let place = byID[row.int(1)] else { return }
      samples.append(row.int(0))
      places.append(place)
    }
  }

  /// Calls `body` with the place of the class and the likelihood of every sample that has both.
  func each(
    _ scores: SampleValues, _ body: (_ index: Int, _ place: Int, Double) -> Void
  ) {
    var next = scores.samples.first.map { place(of: $0) } ?? 0
    for (index, sample) in scores.samples.enumerated() {
      while next < samples.count, samples[next] < sample { next += 1 }
      guard next < samples.count, samples[next] == sample, !scores.values[index].isNaN else {
        continue
      }
      body(index, places[next], scores.values[index])
    }
  }

  /// The same of samples that have a likelihood in `before`, too.
  func eachPair(
    _ before: SampleValues, _ after: SampleValues,
    _ body: (_ place: Int, _ before: Double, _ after: Double) -> Void
  ) {
    var next = 0
    each(after) { index, place, own in
      let sample = after.samples[index]
      while next < before.samples.count, before.samples[next] < sample { next += 1 }
      guard next < before.samples.count, before.samples[next] == sample, !before.values[next].isNaN
      else { return }
      body(place, before.values[next], own)
    }
  }

  /// Where among `samples` a sample stands, or would.
  private func place(of sample: Int) -> Int {
    var (low, high) = (0, samples.count)
    while low < high {
      let middle = (low + high) / 2
      if samples[middle] < sample { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
