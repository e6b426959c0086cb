// Which runs detectors have scored, and how well each detector tells them apart.

internal import SQLiteKit

extension ReportReader {
  /// Every run that a reference has scored, beside the in-distribution run that it is to be told from; those without
  /// one, and runs without a score beside it, are left out.
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
      let known = runs.filter { ids.contains($0.id) && $0.id != reference.id }
      // Runs of ODIN's step are told from others of the same step alone.
      for base in Set(known.map(\.base)).sorted() {
        let alike = known.filter { $0.base == base }
        let clean = inDistribution(
          alike.filter { $0.perturbation == base }, reference: reference)
        guard let family = clean.first?.family else { continue }
        for other in alike where other.perturbation != base || other.family != family {
          guard let inside = clean.max(by: { $0.likeness(to: other) < $1.likeness(to: other) })
          else { continue }
          comparisons.append(try detection(connection, inside: inside, outside: other, reference))
        }
      }
    }
    comparisons.removeAll { $0.results.isEmpty }
    return try withCurves(connection, comparisons)
  }

  /// Of unperturbed runs those of one data set whose samples have a right answer: the reference's own data where it has such
  /// runs, or else the data the network is most often right about. Never foreign data.
  static func inDistribution(_ runs: [RunInfo], reference: RunInfo) -> [RunInfo] {
    let answered = runs.filter { $0.accuracy != nil }
    let whole = answered.filter { $0.foreign == 0 && $0.unlabelled == 0 }
    let candidates = whole.isEmpty ? answered : whole
    let own = candidates.filter { $0.family == reference.family }
    if !own.isEmpty { return own }
    let likely = candidates.max { ($0.accuracy ?? 0, $1.id) < ($1.accuracy ?? 0, $0.id) }
    return likely.map { likely in candidates.filter { $0.family == likely.family } } ?? []
  }

  private static func detection(
    _ connection: borrowing Connection, inside: RunInfo, outside: RunInfo, _ reference: RunInfo
  ) throws -> DetectorComparison {
    var comparison = DetectorComparison(
      inside: inside.id, outside: outside.id, reference: reference.id)
    // As Queries/detector_benchmark.sql asks it, with its resamplings.
    comparison.results = try rows(
      connection,
      """
      with rated as (
        select layer_id, detector_id, engram_separation(score, run_id = ?1, 200, 0) as measures,
          count(score) filter (where run_id = ?1) as inside,
          count(score) filter (where run_id = ?2) as outside
        from score where run_id in (?1, ?2) and reference_run_id = ?3
        group by layer_id, detector_id)
      select layer.position, layer.name, detector.name, json_extract(measures, '$.auroc') as auroc,
        json_extract(measures, '$.auroc_low'), json_extract(measures, '$.auroc_high'),
        json_extract(measures, '$.fpr_at_95_tpr'), json_extract(measures, '$.aupr_in'), inside, outside
      from rated join layer using (layer_id) join detector using (detector_id)
      where measures is not null
      order by auroc desc, layer.position, detector.name
      """, .integer(inside.id), .integer(outside.id), .integer(reference.id)
    ) { row in
      DetectorResult(
        layerPosition: row.int(0), layer: row.text(1), detector: row.text(2),
        auroc: row.double(3), interval: (row.double(4), row.double(5)),
        falsePositives: row.double(6), aupr: row.double(7), samples: (row.int(8), row.int(9)))
    }
    return comparison
  }

  /// `comparisons` with the curves of those results that charts draw: of the others no score is read again.
  private static func withCurves(
    _ connection: borrowing Connection, _ comparisons: [DetectorComparison]
  ) throws -> [DetectorComparison] {
    var comparisons = comparisons
    for benchmark in DetectorBenchmark.all(of: comparisons) {
      for (place, one) in benchmark.comparisons.enumerated() {
        guard
          let index = comparisons.firstIndex(where: {
            ($0.inside, $0.outside, $0.reference) == (one.inside, one.outside, one.reference)
          })
        else { continue }
        for drawn in benchmark.drawn(place) {
          for position in comparisons[index].results.indices
          where comparisons[index].results[position].detector == drawn.detector
            && comparisons[index].results[position].layerPosition == drawn.layerPosition
          {
            let scores = try rows(
              connection,
              """
              select score, run_id = ?1 from score
              join layer using (layer_id) join detector using (detector_id)
              where run_id in (?1, ?2) and reference_run_id = ?3 and layer.position = ?4
                and detector.name = ?5 and score is not null
              order by score desc
              """, .integer(one.inside), .integer(one.outside), .integer(one.reference),
              .integer(drawn.layerPosition), .text(drawn.detector)
            ) { (score: $0.double(0), isInside: $0.int(1) != 0) }
            comparisons[index].results[position].curve = DetectorResult.curve(scores)
          }
        }
      }
    }
    return comparisons
  }
}

extension RunInfo {
  /// The perturbation that in-distribution runs beside it have: ODIN's step, or none.
  fileprivate var base: String { PerturbationKind(perturbation) == .step ? perturbation : "none" }

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
