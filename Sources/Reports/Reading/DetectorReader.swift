// Which runs detectors have scored, and how well each detector tells them apart.

internal import SQLiteKit

extension ReportReader {
  /// Every run that a reference has scored, beside the clean run of the reference's data that is most like it.
  static func detections(_ connection: borrowing Connection, _ runs: [RunInfo]) throws
    -> [DetectorComparison]
  {
    let scored = try rows(
      connection,
      """
      select reference.run_id, run.run_id from run as reference join run using (model_id)
      where exists (
        select 1 from score
        where score.run_id = run.run_id and reference_run_id = reference.run_id)
      order by reference.run_id, run.run_id
      """
    ) { (reference: $0.int(0), run: $0.int(1)) }
    var comparisons: [DetectorComparison] = []
    for reference in runs {
      let ids = Set(scored.filter { $0.reference == reference.id }.map(\.run))
      let known = runs.filter { ids.contains($0.id) }
      let clean = known.filter {
        $0.perturbation == "none" && $0.family == reference.family && $0.id != reference.id
      }
      for other in known where other.perturbation != "none" || other.family != reference.family {
        guard let inside = clean.max(by: { $0.likeness(to: other) < $1.likeness(to: other) })
        else { continue }
        comparisons.append(
          try detection(connection, inside: inside, outside: other, reference: reference))
      }
    }
    return comparisons.filter { !$0.results.isEmpty }
  }

  private static let scores = """
    with scored as (
      select layer_position, layer, detector, score, 1 as is_in from detector_scores
      where run_id = ?1 and reference_run = ?3
      union all
      select layer_position, layer, detector, score, 0 from detector_scores
      where run_id = ?2 and reference_run = ?3)

    """

  private static func detection(
    _ connection: borrowing Connection, inside: RunInfo, outside: RunInfo, reference: RunInfo
  ) throws -> DetectorComparison {
    let values: [Value] = [
      .integer(inside.id), .integer(outside.id), .text(reference.name),
    ]
    var comparison = DetectorComparison(
      inside: inside.id, outside: outside.id, reference: reference.id)
    comparison.results = try rows(
      connection,
      scores + """
        select layer_position, layer, detector, engram_auroc(score, is_in) as auroc,
          engram_fpr_at_tpr(score, is_in, 0.95), engram_aupr(score, is_in),
          sum(is_in) as n_in, sum(1 - is_in) as n_out
        from scored group by layer_position, layer, detector having n_in > 0 and n_out > 0
        order by auroc desc, layer_position, detector
        """, values[0], values[1], values[2]
    ) { row in
      DetectorResult(
        layerPosition: row.int(0), layer: row.text(1), detector: row.text(2),
        auroc: row.double(3), falsePositives: row.double(4), aupr: row.double(5),
        samples: (row.int(6), row.int(7)))
    }
    var curves: [String: [(score: Double, isInside: Bool)]] = [:]
    try each(
      connection,
      scores + "select layer_position, detector, score, is_in from scored order by score desc",
      values[0], values[1], values[2]
    ) { row in
      curves["\(row.int(0)) \(row.text(1))", default: []].append(
        (score: row.double(2), isInside: row.int(3) != 0))
    }
    for (index, result) in comparison.results.enumerated() {
      comparison.results[index].curve = DetectorResult.curve(
        curves["\(result.layerPosition) \(result.detector)"] ?? [])
    }
    return comparison
  }
}

extension RunInfo {
  /// The data set without its part: cifar-10 of cifar-10:test. Folders of arrays or images have no parts, and may have
  /// the same name.
  var family: String {
    ["npy:", "folder:"].contains(where: dataset.hasPrefix)
      ? "\(dataset)#\(datasetID)" : String(dataset.prefix { $0 != ":" })
  }

  /// How much speaks for comparing this run with `other`: the same samples first, then many samples.
  fileprivate func likeness(to other: RunInfo) -> (Int, Int, Int) {
    let same = datasetID == other.datasetID
    return (same && samples == other.samples ? 1 : 0, same ? 1 : 0, samples)
  }
}
