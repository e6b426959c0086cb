// The rows of the table score: what detectors of the network's last layer say of every sample, what was scored elsewhere,
// and the insert statement.

package import Analytics
internal import Basics
internal import Bits
import SQLiteKit

/// Writes scores of one run under one reference, in place of what was there.
struct ScoreRows: ~Copyable {
  private let run: Int
  private let reference: Int
  private var insert: Statement

  init(_ connection: borrowing Connection, run: Int, reference: Int) throws {
    insert = try connection.prepare(
      """
      insert into score (run_id, reference_run_id, layer_id, detector_id, sample_id, score)
      values (?, ?, ?, ?, ?, ?)
      """)
    (self.run, self.reference) = (run, reference)
  }

  mutating func write(_ score: Double?, layer: Int, detector: Int, sample: Int) throws {
    try insert.bind([
      .integer(run), .integer(reference), .integer(layer), .integer(detector), .integer(sample),
      Value(score),
    ])
    try insert.run()
  }
}

/// What a detector says of a run's samples.
package struct DetectorColumn: Sendable {
  package let detector: ChosenDetector
  /// Parallel to the run's samples, in their order; nil where there is none.
  package let scores: [Double?]

  package init(_ detector: ChosenDetector, scores: [Double?]) {
    (self.detector, self.scores) = (detector, scores)
  }
}

extension Warehouse {
  /// Writes scores that the network was run again for, in place of those detectors' earlier ones, all or none. They stand
  /// at the network's last layer, whichever the run captured.
  package func store(
    _ columns: [DetectorColumn], of run: Stored<RunRecord>, under reference: Stored<RunRecord>
  ) throws -> MeasureSummary {
    try told {
      try connection.transaction {
        try checkDetectors(run, reference)
        var summary = MeasureSummary()
        guard let layer = try layers(model: run.modelID).last else { return summary }
        let samples = try samples(run: run.id)
        for column in columns {
          precondition(column.scores.count == samples.count, "a score for every sample, or nil")
          try takeOut(column.detector, of: run, under: reference)
          let id = try detectorID(column.detector.description)
          var rows = try ScoreRows(connection, run: run.id, reference: reference.id)
          for (sample, score) in zip(samples, column.scores) {
            try rows.write(score, layer: layer.id, detector: id, sample: sample.id)
          }
          summary.count("score", samples.count)
        }
        try deleteUnusedDetectors()
        return summary
      }
    }
  }

  /// Takes out what a detector said of the run.
  func takeOut(
    _ one: ChosenDetector, of run: Stored<RunRecord>, under reference: Stored<RunRecord>
  ) throws {
    try connection.takeOut(
      from: .score, run: run.id, against: reference.id,
      where: ["detector_id": .integer(try detectorID(one.description))])
  }

  /// Part of a transaction.
  func deleteUnusedDetectors() throws {
    try connection.run(
      "delete from detector where detector_id not in (select detector_id from score)")
  }

  /// Samples whose vectors are in memory at once.
  private static var vectorsAtATime: Int { 1024 }

  /// Every detector that has scores, by its id.
  func detectors() throws -> [Int: String] {
    try told {
      var rows = try connection.prepare("select detector_id, name from detector")
      var names: [Int: String] = [:]
      while try rows.step() { names[rows.int(0)] = rows.text(1) }
      return names
    }
  }

  /// Finds or makes it; part of a transaction.
  func detectorID(_ name: String) throws -> Int {
    let find = "select detector_id from detector where name = ?"
    if let id = try connection.integer(find, .text(name)) { return id }
    try connection.run("insert into detector (name) values (?)", .text(name))
    return connection.lastInsertRowID
  }

  /// Has the reference teach detectors of the last layer, and scores the run by them.
  func scoreLastLayer(
    of run: Stored<RunRecord>, under reference: Stored<RunRecord>, _ layer: Stored<LayerRecord>,
    by chosen: [ChosenDetector], _ summary: inout MeasureSummary
  ) throws {
    let hasWeights = try hasWeights(of: layer)
    let known = chosen.filter { hasWeights || !$0.detector.needs.contains(.weights) }
    if known.count < chosen.count {
      summary.notes.append(
        "no \(listed(chosen.filter { one in !known.contains { "\($0)" == "\(one)" } }.map(\.description), most: 30)): "
          + "the file does not hold the weights of layer \(layer.name)")
    }
    guard !known.isEmpty else { return }
    let own = hasWeights ? try weights(of: layer) : nil
    let last: LastLayer
    do {
      // Without weights nothing is scored that reads them.
      last = try LastLayer(
        inputs: layer.inputs, outputs: layer.outputs,
        weights: own?.weight ?? [Float](repeating: 0, count: layer.inputs * layer.outputs),
        bias: own?.bias)
    } catch {
      summary.notes.append("no detectors of layer \(layer.name): \(error)")
      return
    }
    let taught = try taught(known, last, by: reference, layer, &summary)
    let ids = try taught.detectors.map { try detectorID($0.description) }
    var rows = try ScoreRows(connection, run: run.id, reference: reference.id)
    var count = 0
    try forEachVectors(run: run.id, layer: layer, count: Self.vectorsAtATime) { samples, x, z in
      let scores = taught.scores(of: SampleBlock(last, x: x, z: z))
      for (id, scores) in zip(ids, scores) {
        for (sample, score) in zip(samples, scores) {
          try rows.write(score, layer: layer.id, detector: id, sample: sample.id)
        }
      }
      count += samples.count * ids.count
    }
    summary.count("score", count)
  }

  private func taught(
    _ chosen: [ChosenDetector], _ last: LastLayer, by reference: Stored<RunRecord>,
    _ layer: Stored<LayerRecord>, _ summary: inout MeasureSummary
  ) throws -> TaughtDetectors {
    let outputs = try outputsOfClasses(reference, last.outputs)
    var teaching = DetectorTeaching(
      chosen, layer: last, samples: try predictions(run: reference.id))
    for _ in 0..<teaching.passes {
      try forEachVectors(
        run: reference.id, layer: layer, count: Self.vectorsAtATime
      ) { samples, x, z in
        let labels = samples.map { $0.classPosition.map { outputs[$0] ?? last.outputs + $0 } }
        teaching.add(SampleBlock(last, x: x, z: z, labels: labels))
      }
      teaching.endPass()
    }
    if teaching.leftOut > 0 {
      summary.notes.append(
        "\(teaching.leftOut) samples of run \"\(reference.name)\" are not finite and teach nothing")
    }
    let taught = teaching.taught()
    summary.notes += taught.failures.map {
      "no \($0.detector) in layer \(layer.name): \($0.reason)"
    }
    summary.notes += taught.notes
    return taught
  }

  /// By the positions of a data set's classes, the output that says each.
  private func outputsOfClasses(
    _ run: Stored<RunRecord>, _ outputs: Int
  ) throws -> [Int: Int] {
    var positions: [Int: Int] = [:]
    for case (let output, let position?) in try pairing(model: run.modelID, dataSet: run.dataSetID)
      .enumerated()
    { positions[position] = output }
    return positions
  }
}
