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
    // Many runs are scored under one clean run: its own means are read once.
    var own: [Int: ClassMeans] = [:]
    var found: [LikelihoodComparison] = []
    for pair in pairs where runs.contains(pair.clean) && runs.contains(pair.other) {
      let clean = try own[pair.clean] ?? means(connection, of: pair.clean, under: pair.clean)
      own[pair.clean] = clean
      found += try likelihoods(connection, clean, under: pair.clean, of: pair.other)
    }
    return found
  }

  /// One class in one layer, of a kind.
  private struct ClassPlace: Hashable {
    let layerPosition: Int
    let kind: String
    let key: ByteText
  }

  /// Of a run's classes, in the order of layers, kinds and classes.
  private struct ClassMeans {
    var order: [(place: ClassPlace, layer: String, position: Int, name: String)] = []
    /// How many samples have a likelihood under their class, and the mean of theirs.
    var means: [ClassPlace: (samples: Int, own: Double)] = [:]
  }

  private static func means(
    _ connection: borrowing Connection, of run: Int, under profiles: Int
  ) throws -> ClassMeans {
    var found = ClassMeans()
    try each(
      connection,
      """
      select unit.layer_position, unit.layer, unit.kind, class.key, class.position, class.name, n, own / n_units
      from (
        select layer_id, kind, class_id, count(own) as n, avg(own) as own
        from likelihood join sample using (sample_id)
        where run_id = ?1 and profile_run_id = ?2 and grouping = 'true'
        group by layer_id, kind, class_id) as scored
      join class using (class_id)
      join unit_counts as unit on unit.run_id = ?2 and unit.layer_id = scored.layer_id and unit.kind = scored.kind
      where n > 0
      order by unit.layer_position, unit.kind, class.position
      """, .integer(run), .integer(profiles)
    ) { row in
      let place = ClassPlace(
        layerPosition: row.int(0), kind: row.text(2), key: ByteText(row.text(3)))
      found.order.append((place, row.text(1), row.int(4), row.text(5)))
      found.means[place] = (row.int(6), row.double(7))
    }
    return found
  }

  /// Classes of two data sets pair by their key. Samples of both runs pair with themselves.
  private static func likelihoods(
    _ connection: borrowing Connection, _ own: ClassMeans, under clean: Int, of other: Int
  ) throws -> [LikelihoodComparison] {
    var fell: [ClassPlace: Double] = [:]
    try each(
      connection,
      """
      select layer.position, b.kind, class.key, avg(b.own < a.own)
      from likelihood as b
      cross join likelihood as a on a.run_id = ?1 and a.profile_run_id = ?1 and a.grouping = 'true'
        and a.layer_id = b.layer_id and a.kind = b.kind and a.sample_id = b.sample_id
      join sample on sample.sample_id = b.sample_id
      join class using (class_id)
      join layer on layer.layer_id = b.layer_id
      where b.run_id = ?2 and b.profile_run_id = ?1 and b.grouping = 'true'
      group by b.layer_id, b.kind, class.class_id
      """, .integer(clean), .integer(other)
    ) { row in
      let place = ClassPlace(
        layerPosition: row.int(0), kind: row.text(1), key: ByteText(row.text(2)))
      fell[place] = real(row, 3)
    }
    let others = try means(connection, of: other, under: clean).means
    var comparisons: [LikelihoodComparison] = []
    for (place, layer, position, name) in own.order {
      guard let mean = own.means[place], let scored = others[place] else { continue }
      if comparisons.last?.layerPosition != place.layerPosition
        || comparisons.last?.kind != place.kind
      {
        comparisons.append(
          LikelihoodComparison(
            clean: clean, other: other, layerPosition: place.layerPosition, layer: layer,
            kind: place.kind))
      }
      comparisons[comparisons.count - 1].classes.append(
        ClassLikelihood(
          position: position, name: name, samples: scored.samples, clean: mean.own,
          other: scored.own, fell: fell[place]))
    }
    return comparisons
  }
}
