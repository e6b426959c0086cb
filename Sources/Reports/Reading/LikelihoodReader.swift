// Likelihoods of runs under another run's class profiles, beside that run's own.

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
    return try pairs.filter { runs.contains($0.clean) && runs.contains($0.other) }.flatMap {
      try likelihoods(connection, under: $0.clean, of: $0.other)
    }
  }

  /// Classes of two data sets pair by their key. Samples of both runs pair with themselves.
  private static func likelihoods(
    _ connection: borrowing Connection, under clean: Int, of other: Int
  ) throws -> [LikelihoodComparison] {
    var comparisons: [LikelihoodComparison] = []
    try each(
      connection,
      """
      with scored as (
        select likelihood.run_id, layer_id, kind, class.key, class.position, class.name,
          count(own) as n, avg(own) as own
        from likelihood join sample using (sample_id) join class using (class_id)
        where likelihood.run_id in (?1, ?2) and profile_run_id = ?1 and grouping = 'true'
        group by likelihood.run_id, layer_id, kind, class.class_id),
      paired as (
        select a.layer_id, a.kind, class.key, avg(b.own < a.own) as fell
        from likelihood as a
        join likelihood as b on b.run_id = ?2 and b.profile_run_id = ?1 and b.grouping = 'true'
          and b.layer_id = a.layer_id and b.kind = a.kind and b.sample_id = a.sample_id
        join sample on sample.sample_id = a.sample_id join class using (class_id)
        where a.run_id = ?1 and a.profile_run_id = ?1 and a.grouping = 'true'
        group by a.layer_id, a.kind, class.class_id)
      select layer.position, layer.name, a.kind, a.position, a.name, b.n,
        a.own / n_units, b.own / n_units, fell
      from scored as a
      join scored as b on b.run_id = ?2 and b.layer_id = a.layer_id and b.kind = a.kind
        and b.key = a.key
      join layer on layer.layer_id = a.layer_id
      join unit_counts on unit_counts.run_id = ?1 and unit_counts.layer_id = a.layer_id
        and unit_counts.kind = a.kind
      left join paired on paired.layer_id = a.layer_id and paired.kind = a.kind
        and paired.key = a.key
      where a.run_id = ?1 and a.own is not null and b.own is not null
      order by layer.position, a.kind, a.position
      """, .integer(clean), .integer(other)
    ) { row in
      let (position, kind) = (row.int(0), row.text(2))
      if comparisons.last?.layerPosition != position || comparisons.last?.kind != kind {
        comparisons.append(
          LikelihoodComparison(
            clean: clean, other: other, layerPosition: position, layer: row.text(1), kind: kind))
      }
      comparisons[comparisons.count - 1].classes.append(
        ClassLikelihood(
          position: row.int(3), name: row.text(4), samples: row.int(5), clean: row.double(6),
          other: row.double(7), fell: real(row, 8)))
    }
    return comparisons
  }
}
