// How much every sample of a run looks like the samples of another run of its model, the reference, by detectors: those of
// patterns in every layer, from the reference's class profiles, and those of the network's last layer (DetectorScores).

import Analytics
internal import Basics
internal import Bits
import SQLiteKit

extension Warehouse {
  /// Writes a score per sample, detector and layer of a run, as the samples of `reference` teach the detectors, in place of
  /// those detectors' earlier ones, all or none. The reference is a whole clean run of the same model over other samples,
  /// with all of the run's layers.
  /// - Parameter detectors: As `ChosenDetector.parse` reads them.
  package func measure(
    run id: Int, detecting reference: Int, detectors: String = "all"
  ) throws -> MeasureSummary {
    let chosen = try ChosenDetector.parse(detectors)
    let (run, other) = (try run(id), try run(reference))
    let layers = try self.layers(run: id)
    LinearAlgebraThreads.useOne()
    return try told {
      try connection.transaction {
        try checkDetectors(run, other)
        try checkLayers(run, other)
        for one in chosen { try takeOut(one, of: run, under: other) }
        var summary = MeasureSummary()
        let ofPatterns = chosen.filter(\.detector.isOfPatterns)
        if !ofPatterns.isEmpty {
          for layer in layers {
            try scorePatterns(of: run, under: other, layer, by: ofPatterns, &summary)
          }
        }
        let ofLast = chosen.filter(\.detector.isOfLastLayer)
        if let last = try self.layers(model: run.modelID).last, !ofLast.isEmpty {
          if layers.contains(last) {
            try scoreLastLayer(of: run, under: other, last, by: ofLast, &summary)
          } else {
            summary.notes.append(
              "no \(listed(ofLast.map(\.description), most: 30)): they are of the network's last layer, "
                + "\(last.name), which the run did not capture")
          }
        }
        try deleteUnusedDetectors()
        return summary
      }
    }
  }

  private func checkLayers(_ run: Stored<RunRecord>, _ reference: Stored<RunRecord>) throws {
    let captured = Set(try layers(run: reference.id).map(\.id))
    let missing = try layers(run: run.id).filter { !captured.contains($0.id) }
    guard missing.isEmpty else {
      throw MeasureError(
        description:
          "\(path): run \"\(reference.name)\" has no layer \(missing.map(\.name).joined(separator: ", ")): "
          + "capture the layers of run \"\(run.name)\"")
    }
  }

  /// Throws unless the reference is a whole clean run of the run's model, over other samples.
  package func checkDetectors(
    _ run: Stored<RunRecord>, _ reference: Stored<RunRecord>
  ) throws {
    func refuse(_ what: String) -> MeasureError { MeasureError(description: "\(path): \(what)") }
    guard run.id != reference.id else {
      throw refuse(
        "run \"\(run.name)\" is given twice: detectors are taught by a run over other samples")
    }
    try checkModels(run, reference, "detectors are")
    guard reference.perturbation == "none" else {
      throw refuse(
        "run \"\(reference.name)\" is perturbed (\(reference.perturbation)): detectors are taught by a clean run"
      )
    }
    for run in [run, reference] where run.completedAt == nil || run.shard != nil {
      throw refuse("run \"\(run.name)\" is not whole: complete its ingest, or merge its parts")
    }
    let shared = try connection.integer(
      """
      select count(*) from prediction as p join prediction as q using (sample_id)
      where p.run_id = ? and q.run_id = ?
      """, .integer(run.id), .integer(reference.id))
    guard shared == 0 else {
      throw refuse(
        "runs \"\(run.name)\" and \"\(reference.name)\" share \(shared ?? 0) samples: "
          + "detectors are taught by a run over other samples")
    }
  }

  /// Detectors that read the reference's class profiles; where it has none of the layer, a note says so.
  private func scorePatterns(
    of run: Stored<RunRecord>, under other: Stored<RunRecord>, _ layer: Stored<LayerRecord>,
    by chosen: [ChosenDetector], _ summary: inout MeasureSummary
  ) throws {
    let source = try counters(run: other, layer: layer, kind: .interaction, groupings: [.true])
    guard !source.classes[0].isEmpty else {
      if try self.samples(run: other.id).allSatisfy({ $0.label == nil }) {
        summary.notes.append(
          "no \(listed(chosen.map(\.description), most: 30)) in layer \(layer.name): run \"\(other.name)\" has no labels, "
            + "and they are taught class by class")
        return
      }
      throw MeasureError(
        description:
          "\(path): run \"\(other.name)\" has no profiles of layer \(layer.name): complete its ingest"
      )
    }
    let samples = try samples(run: run.id)
    let scores = try scores(samples, of: run, under: source)
    let predicted = try predictedClasses(of: run, under: source.profiles)
    let classes = source.classes[0].count
    let interactions = Double(source.layer.interactions)
    var rows = try ScoreRows(connection, run: run.id, reference: other.id)
    for one in chosen {
      let id = try detectorID(one.description)
      for (index, sample) in samples.enumerated() {
        let own = scores[index * 2 * classes..<index * 2 * classes + classes]
        let distances = scores[index * 2 * classes + classes..<(index + 1) * 2 * classes]
        let score = one.detector.ofPattern?(
          PatternScores(
            likelihoods: own.map { $0 / interactions },
            distances: distances.map { $0 / interactions }, predicted: predicted[sample.id]))
        try rows.write(score, layer: layer.id, detector: id, sample: sample.id)
      }
    }
    summary.count("score", samples.count * chosen.count)
  }

  /// Samples × (2 · classes), as LikelihoodMatrix.partialScores has them, over the whole layer.
  private func scores(
    _ samples: [SampleRow], of run: Stored<RunRecord>, under source: CounterSource
  ) throws -> [Double] {
    let width = 2 * source.classes[0].count
    var constants = [Double](repeating: 0, count: width)
    var scores = [Double](repeating: 0, count: samples.count * width)
    var patterns = PatternBatch()
    try forEachMatrix(of: source, scoring: samples.count) { matrix in
      for (index, value) in matrix.scoreConstants.enumerated() { constants[index] += value }
      for start in stride(from: 0, to: samples.count, by: Self.samplesPerPass) {
        let pass = samples[start..<min(start + Self.samplesPerPass, samples.count)]
        try self.patterns(pass, of: run, source, matrix, into: &patterns)
        let parts = Parallel.map(matrix.groups) { [patterns] group in
          matrix.partialScores(group: group.lowerBound, patterns: patterns)
        }
        for part in parts {
          for (index, value) in part.enumerated() { scores[start * width + index] += value }
        }
      }
    }
    for index in scores.indices { scores[index] += constants[index % width] }
    return scores
  }

  /// By sample, which of the source's classes the network predicts: the one that the output stands for over the
  /// source's data set, whatever the run's own calls it. Both runs are of one model.
  func predictedClasses(
    of run: Stored<RunRecord>, under source: MeasuredProfiles
  ) throws -> [Int: Int] {
    let labels = Dictionary(
      uniqueKeysWithValues: source.classes.enumerated().map { ($1.id, $0) })
    let (own, theirs) = (try predictedIDs(of: run), try predictedIDs(of: source.run))
    var classes: [Int: Int] = [:]
    for case (let id, let label?) in zip(own, theirs.map({ labels[$0] })) { classes[id] = label }
    var predicted: [Int: Int] = [:]
    var rows = try connection.prepare(
      "select sample_id, class_id from prediction where run_id = ?")
    try rows.bind(run.id, at: 1)
    while try rows.step() {
      if let label = classes[rows.int(1)] { predicted[rows.int(0)] = label }
    }
    return predicted
  }
}
