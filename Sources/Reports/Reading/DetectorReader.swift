// Which runs detectors have scored, and how well each detector tells them apart.

internal import Basics
internal import SQLiteKit
internal import Warehouse

extension ReportReader {
  /// Every run that a reference has scored, beside the in-distribution run that it is to be told from; those without
  /// one, and runs without a score beside it, are left out. What scores are worth is computed while more is read.
  static func detections(
    _ connection: borrowing Connection, _ runs: [RunInfo], _ measured: MeasuredRows
  ) throws -> Later<[DetectorComparison]> {
    let scored = try rows(
      connection,
      """
      select reference.run_id, run.run_id from run as reference join run using (model_id)
      where exists (
        select 1 from score
        where score.run_id = run.run_id and reference_run_id = reference.run_id)
      order by reference.run_id, run.run_id
      """
    ) { Scoring(run: $0.int(1), reference: $0.int(0)) }
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
          comparisons.append(
            DetectorComparison(inside: inside.id, outside: other.id, reference: reference.id))
        }
      }
    }
    let scores = try DetectorScoreReader(connection, comparisons, measured)
    return Later { [comparisons] in
      let rating = DetectorRating(scores)
      return rating.withCurves(rating.rated(comparisons).filter { !$0.results.isEmpty })
    }
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
