// The replicates of a run, what shifts did to classes, and what attacks did to the likelihoods of samples.

internal import Basics
internal import SQLiteKit
internal import Warehouse

extension ReportReader {
  static func replicates(
    _ connection: borrowing Connection, _ run: Int
  ) throws -> [ReplicateKey: Replicates] {
    var found: [ReplicateKey: (replicates: Replicates, last: Int)] = [:]
    var isOrdered = true
    // Their index has the replicates of one measure in order, which sorting all would make of them once more.
    func read(_ order: String) throws {
      try each(
        connection,
        """
        select layer_position, kind, measure, rule, class_position, value, seed, method, replicate from replicates
        where run_id = ? \(order)
        """, .integer(run)
      ) { row in
        let key = ReplicateKey(
          layer: row.int(0), kind: row.text(1), measure: row.text(2),
          rule: row.isNull(3) ? nil : row.text(3), classPosition: row.isNull(4) ? nil : row.int(4)
        )
        let (value, replicate) = (row.double(5), row.int(8))
        guard let position = found.index(forKey: key) else {
          let method = row.text(7)
          found[key] = (Replicates(seed: row.int(6), method: method, values: [value]), replicate)
          return
        }
        if replicate < found.values[position].last { isOrdered = false }
        found.values[position].last = replicate
        found.values[position].replicates.values.append(value)
      }
    }
    try read("")
    if !isOrdered {
      found = [:]
      try read("order by replicate")
    }
    return found.mapValues(\.replicates)
  }

  private static func kind(_ name: String) throws -> MeasuredKind {
    guard let kind = MeasuredKind(rawValue: name) else {
      throw ReportError(
        "a measure is of the kind '\(name)'; known are \(MeasuredKind.allCases.map(\.rawValue))")
    }
    return kind
  }

  /// Divergences of classes from themselves between two of `runs`.
  static func sameClass(
    _ connection: borrowing Connection, _ runs: Set<Int>
  ) throws -> [SameClassDivergence] {
    var found: [SameClassDivergence] = []
    try each(
      connection,
      """
      select divergence.from_run_id, divergence.to_run_id, layer.position, a.key, divergence.kl_per_interaction,
        divergence.kind
      from divergence
      join layer using (layer_id)
      join class as a on a.class_id = divergence.from_class_id
      join class as b on b.class_id = divergence.to_class_id
      where divergence.from_run_id <> divergence.to_run_id and divergence.grouping = 'true' and a.key = b.key
      order by divergence.from_run_id, divergence.to_run_id, divergence.kind, layer.position
      """
    ) { row in
      guard runs.contains(row.int(0)), runs.contains(row.int(1)) else { return }
      let next = SameClassDivergence(
        from: row.int(0), to: row.int(1), kind: try kind(row.text(5)), layerPosition: row.int(2))
      if found.last.map({
        ($0.from, $0.to, $0.kind, $0.layerPosition)
          != (next.from, next.to, next.kind, next.layerPosition)
      }) ?? true {
        found.append(next)
      }
      found[found.count - 1].values[ByteText(row.text(3))] = row.double(4)
    }
    return found
  }

  /// Of attacked runs among `runs` and the clean runs whose profiles scored both: every sample's clean twin was left
  /// out of them. Layers first to last, classes by position. Attacked runs have the fewer samples: they lead the join.
  static func attacks(
    _ connection: borrowing Connection, _ runs: Set<Int>
  ) throws -> [AttackEffect] {
    var effects: [AttackEffect] = []
    try each(
      connection,
      """
      with effect as (select attacked.run_id, attacked.profile_run_id, attacked.layer_id, attacked.kind,
        class.position as class_position, class.name as class, count(*) as n, sum(attacked.own < clean.own) as fell,
        avg(attacked.own) as attacked, avg(clean.own) as clean, avg(attacked.own - clean.own) as difference,
        avg((attacked.own - clean.own) * (attacked.own - clean.own)) as square
      from run cross join likelihood as attacked using (run_id)
      cross join run as profile on profile.run_id = attacked.profile_run_id
      cross join likelihood as clean on clean.run_id = profile.run_id and clean.profile_run_id = profile.run_id
        and clean.layer_id = attacked.layer_id and clean.kind = attacked.kind
        and clean.grouping = attacked.grouping and clean.sample_id = attacked.sample_id
      join sample on sample.sample_id = attacked.sample_id
      join class on class.class_id = sample.class_id
      where attacked.grouping = 'true' and profile.perturbation = 'none'
        and (run.perturbation like 'pgd:%' or run.perturbation like 'fgsm:%')
        and attacked.own is not null and clean.own is not null
      group by attacked.run_id, attacked.profile_run_id, attacked.kind, attacked.layer_id, class.class_id)
      select effect.run_id, profile_run_id, unit.layer_position, unit.layer, class, n, fell, attacked / n_units,
        clean / n_units, difference / n_units, square / n_units / n_units, effect.kind
      from effect join unit_counts as unit on unit.run_id = profile_run_id and unit.layer_id = effect.layer_id
        and unit.kind = effect.kind
      order by effect.run_id, profile_run_id, effect.kind, unit.layer_position, class_position
      """
    ) { row in
      guard runs.contains(row.int(0)), runs.contains(row.int(1)) else { return }
      let next = AttackEffect(
        attacked: row.int(0), clean: row.int(1), kind: try kind(row.text(11)))
      if effects.last.map({
        ($0.attacked, $0.clean, $0.kind) != (next.attacked, next.clean, next.kind)
      }) ?? true {
        effects.append(next)
      }
      effects[effects.count - 1].add(
        AttackedClass(
          name: row.text(4), samples: row.int(5), fell: row.int(6), attacked: row.double(7),
          clean: row.double(8), difference: row.double(9), square: row.double(10)),
        layer: row.int(2), name: row.text(3))
    }
    return effects
  }
}
