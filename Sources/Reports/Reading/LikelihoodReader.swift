// Likelihoods of runs under another run's class profiles, beside that run's own.

internal import Basics
internal import SQLiteKit

extension ReportReader {
  /// Comparisons among `runs`, in the order of clean runs, other runs, layers, kinds.
  static func likelihoods(_ connection: borrowing Connection, _ runs: Set<Int>) throws
    -> [LikelihoodComparison]
  {
    let pairs = try rows(
      connection,
      """
      select clean.run_id, other.run_id from run as clean join run as other using (model_id)
      where clean.run_id <> other.run_id and exists (
        select 1 from likelihood
        where likelihood.run_id = other.run_id and profile_run_id = clean.run_id)
      order by clean.run_id, other.run_id
      """
    ) { (clean: $0.int(0), other: $0.int(1)) }
    // Many runs are scored under one clean run: its own rows are read once.
    var own: [Int: OwnLikelihoods] = [:]
    var found: [LikelihoodComparison] = []
    let classes = pairs.isEmpty ? SampleClasses() : try SampleClasses(connection)
    for pair in pairs where runs.contains(pair.clean) && runs.contains(pair.other) {
      let clean = try own[pair.clean] ?? OwnLikelihoods(connection, pair.clean)
      own[pair.clean] = clean
      for unit in clean.units {
        let scored = try scores(connection, of: pair.other, under: pair.clean, unit)
        let comparison = comparison(clean, unit, with: scored, of: pair.other, classes)
        if !comparison.classes.isEmpty { found.append(comparison) }
      }
    }
    return found
  }

  /// One layer of a run, in one kind.
  private struct LikelihoodUnit: Hashable {
    let layer: Int
    let position: Int
    let name: String
    let kind: String
    /// What likelihoods are divided by.
    let size: Double
  }

  /// Samples in the order of their ids, and their log-likelihoods, where there are any.
  private typealias Scores = [(sample: Int, own: Double?)]

  /// Of a clean run's samples under its own profiles.
  private struct OwnLikelihoods {
    let run: Int
    /// In the order of layers and kinds.
    let units: [LikelihoodUnit]
    private(set) var scores: [LikelihoodUnit: Scores] = [:]

    init(_ connection: borrowing Connection, _ run: Int) throws {
      self.run = run
      units = try rows(
        connection,
        """
        select layer_id, layer_position, layer, kind, n_units from unit_counts where run_id = ?
        order by layer_position, kind
        """, .integer(run)
      ) { row in
        LikelihoodUnit(
          layer: row.int(0), position: row.int(1), name: row.text(2), kind: row.text(3),
          size: row.double(4))
      }
      for unit in units {
        scores[unit] = try ReportReader.scores(connection, of: run, under: run, unit)
      }
    }
  }

  private static func scores(
    _ connection: borrowing Connection, of run: Int, under profiles: Int, _ unit: LikelihoodUnit
  ) throws -> Scores {
    try rows(
      connection,
      """
      select sample_id, own from likelihood
      where run_id = ? and profile_run_id = ? and layer_id = ? and kind = ? and grouping = 'true' order by sample_id
      """, .integer(run), .integer(profiles), .integer(unit.layer), .text(unit.kind)
    ) { ($0.int(0), real($0, 1)) }
  }

  /// Classes of two data sets pair by their key. Samples of both runs pair with themselves.
  private static func comparison(
    _ clean: OwnLikelihoods, _ unit: LikelihoodUnit, with others: Scores, of other: Int,
    _ classes: SampleClasses
  ) -> LikelihoodComparison {
    var comparison = LikelihoodComparison(
      clean: clean.run, other: other, layerPosition: unit.position, layer: unit.name,
      kind: unit.kind)
    guard let own = clean.scores[unit], !others.isEmpty else { return comparison }
    let (ownMeans, otherMeans) = (classes.means(own), classes.means(others))
    let scored = Dictionary(
      otherMeans.map { (ByteText($0.key.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    let fell = classes.fell(from: own, to: others)
    for (found, mean) in ownMeans.sorted(by: { $0.key < $1.key }) {
      guard let matched = scored[ByteText(found.key)] else { continue }
      comparison.classes.append(
        ClassLikelihood(
          position: found.position, name: found.name, samples: matched.samples,
          clean: mean.own / unit.size, other: matched.own / unit.size,
          fell: fell[ByteText(found.key)]))
    }
    return comparison
  }

  /// Which class every sample of the file has.
  private struct SampleClasses {
    private var classes: [LabelledClass] = []
    /// Samples that have one, ascending, and beside each the class's place among `classes`.
    private var samples: [Int] = []
    private var places: [Int] = []

    init() {}

    init(_ connection: borrowing Connection) throws {
      classes = try rows(connection, "select class_id, key, position, name from class") { row in
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

    /// Calls `body` with the class's place and the likelihood of every sample that has both.
    private func each(_ scores: Scores, _ body: (_ index: Int, _ place: Int, Double) -> Void) {
      var next = scores.first.map { place(of: $0.sample) } ?? 0
      for (index, (sample, own)) in scores.enumerated() {
        while next < samples.count, samples[next] < sample { next += 1 }
        guard let own, next < samples.count, samples[next] == sample else { continue }
        body(index, places[next], own)
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

    /// How many samples of each class have a likelihood, and the mean of theirs.
    func means(_ scores: Scores) -> [LabelledClass: (samples: Int, own: Double)] {
      var (counts, sums) = (
        [Int](repeating: 0, count: classes.count), [Double](repeating: 0, count: classes.count)
      )
      each(scores) { _, place, own in
        counts[place] += 1
        sums[place] += own
      }
      var means: [LabelledClass: (samples: Int, own: Double)] = [:]
      for (place, count) in counts.enumerated() where count > 0 {
        means[classes[place]] = (count, sums[place] / Double(count))
      }
      return means
    }

    /// By class, the share of samples that have both and whose likelihood is lower in `after`.
    func fell(from before: Scores, to after: Scores) -> [ByteText: Double] {
      var (counts, lower) = (
        [Int](repeating: 0, count: classes.count), [Int](repeating: 0, count: classes.count)
      )
      var next = 0
      each(after) { index, place, own in
        let sample = after[index].sample
        while next < before.count, before[next].sample < sample { next += 1 }
        guard next < before.count, before[next].sample == sample, let clean = before[next].own
        else { return }
        counts[place] += 1
        if own < clean { lower[place] += 1 }
      }
      var shares: [ByteText: Double] = [:]
      for (place, count) in counts.enumerated() where count > 0 {
        shares[ByteText(classes[place].key)] = Double(lower[place]) / Double(count)
      }
      return shares
    }
  }
}

/// In the order of positions.
private struct LabelledClass: Hashable, Comparable {
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
