// Rank and entanglement of the classes in front of a network's last fully connected layer.

import Analytics
internal import Basics
import Bits
import SQLiteKit

extension Warehouse {
  /// Writes a rank row per class and rule and an entanglement row per pair of classes and rule. The
  /// numbers that no rule changes (participation ratios, mean squared cosine) stand in every row.
  func measureManifolds(
    run: Int, layer: Stored<LayerRecord>, _ summary: inout MeasureSummary
  ) throws {
    var manifolds: [(id: Int, manifold: Manifold)] = []
    let classes = try samples(run: run, layer: layer)
    let results = Parallel.map(classes.count) { range in
      Result { () throws(AnalyticsError) in try Manifold(classes[range.lowerBound].value) }
    }
    for (id, result) in zip(classes.map(\.key), results) {
      do {
        manifolds.append((id, try result.get()))
      } catch {
        summary.notes.append("layer \(layer.name), class \(id): \(error)")
      }
    }
    for (id, manifold) in manifolds {
      for rule in RankRule.allCases {
        try write(manifold, by: rule, of: id, run: run, layer: layer)
        summary.count("rank")
      }
    }
    for (index, a) in manifolds.enumerated() {
      let others = manifolds[(index + 1)...]
      let pairs = Parallel.map(others.count) { [manifolds] range in
        let pair = ManifoldPair(a.manifold, manifolds[index + 1 + range.lowerBound].manifold)
        return (
          Result { () throws(AnalyticsError) in try pair.entanglement() }, pair.meanSquaredCosine
        )
      }
      for (b, (measures, cosine)) in zip(others, pairs) {
        for measure in try measures.get() {
          try write(
            measure, cosine: cosine, of: (a.id, b.id), run: run, layer: layer)
          summary.count("entanglement")
        }
      }
    }
  }

  /// The inputs of every class with samples, those without a label left out, by ascending class id, each in the order of the data set.
  private func samples(
    run: Int, layer: Stored<LayerRecord>
  ) throws -> [(key: Int, value: SampleMatrix)] {
    var classes: [Int: SampleMatrix] = [:]
    try forEachActivation(run: run, layer: layer.id) { sample, x, _ in
      guard let label = sample.classID else { return }
      let input: [Float]
      do {
        input = try SparseVector.decode(x, count: layer.inputs)
      } catch {
        throw WarehouseError.corrupt(
          path: path,
          message: "input of layer \(layer.name), sample \(sample.position): \(error)")
      }
      classes[label, default: SampleMatrix(columns: layer.inputs)].append(input.span)
    }
    return classes.sorted { $0.key < $1.key }
  }

  private func write(
    _ manifold: Manifold, by rule: RankRule, of id: Int, run: Int, layer: Stored<LayerRecord>
  ) throws {
    let measure = manifold.rank(by: rule)
    try connection.run(
      """
      insert into rank (run_id, layer_id, class_id, rule, n_samples, dimension, sigma_max,
        tolerance, rank, limited_by_samples, participation_ratio, participation_ratio_centred)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      .integer(run), .integer(layer.id), .integer(id), .text(rule.rawValue),
      .integer(measure.samples), .integer(measure.dimension), .real(measure.sigmaMax),
      Value(measure.tolerance), .integer(measure.rank), Value(measure.isLimitedBySamples),
      Value(manifold.participationRatio), Value(manifold.participationRatioCentred))
  }

  private func write(
    _ measure: EntanglementMeasure, cosine: Double?, of pair: (Int, Int), run: Int,
    layer: Stored<LayerRecord>
  ) throws {
    try connection.run(
      """
      insert into entanglement (run_id, layer_id, a_class_id, b_class_id, rule, n_samples_a,
        n_samples_b, dimension, sigma_max, tolerance, rank_a, rank_b, rank_union, entanglement,
        limited_by_samples, mean_squared_cosine)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """,
      .integer(run), .integer(layer.id), .integer(pair.0), .integer(pair.1),
      .text(measure.rule.rawValue), .integer(measure.samplesA), .integer(measure.samplesB),
      .integer(measure.dimension), .real(measure.sigmaMax), Value(measure.tolerance),
      .integer(measure.rankA), .integer(measure.rankB), .integer(measure.rankUnion),
      .integer(measure.entanglement), Value(measure.isLimitedBySamples), Value(cosine))
  }
}
