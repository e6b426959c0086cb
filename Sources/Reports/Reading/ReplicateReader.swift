// The replicates of runs, and what shifts did to classes.

internal import Basics
internal import SQLiteKit
internal import Warehouse

extension ReportReader {
  /// By run. Classes are told by their positions.
  static func replicates(
    _ connection: borrowing Connection, _ measured: MeasuredRows
  ) throws -> [Int: [ReplicateKey: Replicates]] {
    /// A row's key as the file has it: texts by their place in `texts`.
    struct Key: Hashable {
      let run: Int
      let layer: Int
      let kind: Int
      let measure: Int
      let rule: Int?
      let classID: Int?
    }
    var found = SampleValuesByKey<Key>()
    var origins: [Key: (seed: Int, method: Int)] = [:]
    var texts: [String] = []
    var places: [ByteText: Int] = [:]
    func place(_ text: String) -> Int {
      if let known = places[ByteText(text)] { return known }
      texts.append(text)
      places[ByteText(text)] = texts.count - 1
      return texts.count - 1
    }
    try measured.each(
      connection, .replicate,
      [
        "run_id", "layer_id", "kind", "measure", "rule", "class_id", "value", "seed", "method",
        "replicate",
      ]
    ) { rows in
      let own = rows.texts.map(place)
      for row in 0..<rows.count {
        guard let kind = rows.text(2, row), let measure = rows.text(3, row),
          let method = rows.text(8, row), rows.isNull(4, row) || rows.text(4, row) != nil
        else {
          throw ReportError(
            "\(measured.path): replicates have more kinds, measures, rules and methods than are known"
          )
        }
        let key = Key(
          run: rows.int(0, row), layer: rows.int(1, row), kind: own[kind], measure: own[measure],
          rule: rows.text(4, row).map { own[$0] },
          classID: rows.isNull(5, row) ? nil : rows.int(5, row))
        if found.add(key, rows.int(9, row), rows.number(6, row) ?? 0) {
          origins[key] = (rows.int(7, row), own[method])
        }
      }
    }
    let layers = try positions(connection, "select layer_id, position from layer")
    let classes = try positions(connection, "select class_id, position from class")
    var replicates: [Int: [ReplicateKey: Replicates]] = [:]
    for (key, values) in found.finished() {
      guard let layer = layers[key.layer], let origin = origins[key] else { continue }
      let shown = ReplicateKey(
        layer: layer, kind: texts[key.kind], measure: texts[key.measure],
        rule: key.rule.map { texts[$0] }, classPosition: key.classID.flatMap { classes[$0] })
      replicates[key.run, default: [:]][shown] = Replicates(
        seed: origin.seed, method: texts[origin.method], values: values.values)
    }
    return replicates
  }

  private static func positions(
    _ connection: borrowing Connection, _ sql: String
  ) throws -> [Int: Int] {
    Dictionary(
      try rows(connection, sql) { ($0.int(0), $0.int(1)) }, uniquingKeysWith: { first, _ in first })
  }

  static func kind(_ name: String) throws -> MeasuredKind {
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
}
