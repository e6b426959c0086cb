// The rows of the table detector: what the network's last layer adds to them, and the insert statement.

import Analytics
internal import Basics
import Glibc
import SQLiteKit

/// What the detectors say of one sample in one layer; nil where they say nothing.
struct DetectorRow {
  let sample: Int
  let hamming: Double
  var likelihood: Double?
  var likelihoodRatio: Double?
  var energy: Double?
  var mahalanobis: Double?
}

extension Warehouse {
  /// Samples whose vectors are in memory at once.
  private static var vectorsAtATime: Int { 256 }

  /// Adds energies and Mahalanobis distances to the rows, which are in the order of the samples.
  func scoreLastLayer(
    of run: Stored<RunRecord>, under source: CounterSource, _ rows: inout [DetectorRow],
    _ summary: inout MeasureSummary
  ) throws {
    let layer = source.layer
    let places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.sample, $0) })
    var distances: MahalanobisDistances?
    do {
      distances = try mahalanobis(of: source.run, layer)
    } catch let error as AnalyticsError {
      summary.notes.append("no mahalanobis in layer \(layer.name): \(error)")
    }
    try forEachVectors(run: run.id, layer: layer, count: Self.vectorsAtATime) { samples, x, z in
      let parts = Parallel.map(samples.count, atATime: 32) { [distances] range in
        let own = range.lowerBound * layer.inputs..<range.upperBound * layer.inputs
        return distances?.smallest(of: Array(x[own]), count: range.count)
      }
      let smallest = parts.flatMap { $0 ?? [] }
      for (index, sample) in samples.enumerated() {
        guard let place = places[sample.id] else {
          throw try disagreement(run: run.id, layer: layer.id)
        }
        rows[place].energy = energy(z[index * layer.outputs..<(index + 1) * layer.outputs])
        if distances != nil { rows[place].mahalanobis = smallest[index] }
      }
    }
    guard rows.allSatisfy({ $0.energy != nil }) else {
      throw try disagreement(run: run.id, layer: layer.id)
    }
  }

  /// What a run's inputs to a layer teach, by their true classes; samples without a label teach nothing.
  private func mahalanobis(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>
  ) throws -> MahalanobisDistances {
    var means = ClassMeans(columns: layer.inputs)
    try forEachInput(run, layer) { sample, x in
      if let label = sample.classID { means.add(x, to: label) }
    }
    var covariance = TiedCovariance(means)
    try forEachInput(run, layer) { sample, x in
      if let label = sample.classID { covariance.add(x, to: label) }
    }
    return try covariance.distances()
  }

  private func forEachInput(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>,
    _ body: (SampleRow, ArraySlice<Float>) -> Void
  ) throws {
    try forEachVectors(run: run.id, layer: layer, count: Self.vectorsAtATime) { samples, x, _ in
      for (index, sample) in samples.enumerated() {
        body(sample, x[index * layer.inputs..<(index + 1) * layer.inputs])
      }
    }
  }

  /// ln Σ exp(z).
  private func energy(_ z: ArraySlice<Float>) -> Double {
    let largest = Double(z.max() ?? 0)
    guard largest.isFinite else { return largest }
    return largest + log(z.reduce(0) { $0 + exp(Double($1) - largest) })
  }

  /// In place of what was there.
  func write(
    _ rows: [DetectorRow], of run: Stored<RunRecord>, under source: CounterSource,
    _ summary: inout MeasureSummary
  ) throws {
    try connection.takeOut(
      from: .detector, run: run.id, against: source.run.id,
      where: ["layer_id": .integer(source.layer.id)])
    var insert = try connection.prepare(
      """
      insert into detector (run_id, reference_run_id, layer_id, sample_id, alpha, likelihood,
        likelihood_ratio, hamming, energy, mahalanobis, mahalanobis_cutoff)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    for row in rows {
      try insert.bind([
        .integer(run.id), .integer(source.run.id), .integer(source.layer.id), .integer(row.sample),
        .real(Divergence.jeffreys), Value(row.likelihood), Value(row.likelihoodRatio),
        .real(row.hamming), Value(row.energy), Value(row.mahalanobis),
        Value(row.mahalanobis.map { _ in MahalanobisDistances.cutoff }),
      ])
      try insert.run()
      summary.count("detector")
    }
  }
}
