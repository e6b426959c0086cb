// How well every sample's pattern fits the profiles of the classes: of its own run, or of another run of the network.

import Analytics
internal import Basics
import Bits
import SQLiteKit

extension Warehouse {
  /// Samples that are scored together; PatternBatch takes as many in one piece.
  static var samplesPerPass: Int { PatternBatch.mostScored }

  /// Interactions that are scored together, at most: the bits of a pass's samples stay below 256 MiB.
  private static var mostScored: Int { (256 << 23) / samplesPerPass }

  /// Interactions × samples × classes that a measure scores unasked: about half a minute on two cores.
  private static var mostUnasked: Double { 1e12 }

  /// Writes a likelihood row per sample under the true labels' profiles of `profiles`, in place of what was there.
  /// A sample that is one of those the profiles were learned from is left out of its own class's.
  /// - Parameter isAsked: otherwise layers that would take minutes are left out, with a note.
  func measureLikelihoods(
    run: Stored<RunRecord>, under profiles: CounterSource, isAsked: Bool,
    _ summary: inout MeasureSummary
  ) throws {
    let source = profiles
    let classes = source.classes[0]
    guard !classes.isEmpty else { return }
    try connection.run(
      """
      delete from likelihood where run_id = ? and profile_run_id = ? and layer_id = ? and kind = ?
        and grouping = ?
      """,
      .integer(run.id), .integer(source.run.id), .integer(source.layer.id),
      .text(source.kind.rawValue), .text(ProfileGrouping.true.rawValue))
    let samples = try samples(run: run.id)
    let work =
      Double(source.rows * source.columns) * Double(samples.count) * Double(classes.count)
    if work > Self.mostUnasked, !isAsked {
      summary.notes.append(
        "no likelihoods of layer \(source.layer.name): \(samples.count) samples under \(classes.count) classes take "
          + "minutes; engram-ingest measure --run \(run.name) --under \(source.run.name) computes them"
      )
      return
    }
    let scores = try scores(samples, of: run, under: source)
    try write(scores, of: run, under: source, &summary)
  }

  /// One sample and what its pattern scores.
  private struct Score {
    let sample: SampleRow
    let isLeftOut: Bool
    /// Of every class, with the sample left out of its own.
    let values: [Double]
  }

  private func scores(
    _ samples: [SampleRow], of run: Stored<RunRecord>, under source: CounterSource
  ) throws -> [Score] {
    let classes = source.classes[0]
    let width = classes.count + 1
    let keys = Dictionary(
      uniqueKeysWithValues: try self.classes(dataSet: run.dataSetID).map { ($0.id, $0.key) })
    let positions = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.key, $0) })
    let labels = samples.map { keys[$0.classID].flatMap { positions[$0] } }
    // Samples of one data set have one id in every run.
    let learned: Set<Int> =
      source.run.id == run.id
      ? Set(samples.map(\.id)) : Set(try self.samples(run: source.run.id).map(\.id))
    let own = zip(samples, labels).map { learned.contains($0.id) ? $1 : nil }
    var sums = [Double](repeating: 0, count: samples.count * width)
    var (all, leftOut) = (
      [Double](repeating: 0, count: classes.count), [Double](repeating: 0, count: classes.count)
    )
    try forEachMatrix(of: source) { matrix in
      let constants = matrix.constants
      for label in classes.indices {
        all[label] += constants.all[label]
        leftOut[label] += constants.leftOut[label]
      }
      for start in stride(from: 0, to: samples.count, by: Self.samplesPerPass) {
        let pass = start..<min(start + Self.samplesPerPass, samples.count)
        let patterns = try patterns(samples[pass], of: run, source, matrix)
        let out: LikelihoodMatrix.LeftOut =
          source.run.id == run.id
          ? .itself : .twins(try twins(samples[pass], learned, patterns, source, matrix))
        let parts = Parallel.map(matrix.groups) { [own] group in
          matrix.partialSums(
            group: group.lowerBound, patterns: patterns, leaving: out, own: Array(own[pass]))
        }
        for part in parts {
          for (index, value) in part.enumerated() { sums[start * width + index] += value }
        }
      }
    }
    return samples.indices.map { index in
      let row = sums[index * width..<(index + 1) * width]
      var values = zip(row, all).map { $0 + $1 }
      if let label = own[index] { values[label] = row[row.endIndex - 1] + leftOut[label] }
      return Score(sample: samples[index], isLeftOut: own[index] != nil, values: values)
    }
  }

  /// Calls `body` with the true labels' profiles of a source, some rows at a time: every sample is read once for all rows
  /// that are scored together.
  func forEachMatrix(of source: CounterSource, _ body: (LikelihoodMatrix) throws -> Void) throws {
    let classes = source.classes[0]
    var first = 0
    var pending = classes.map { _ in [UInt32]() }
    func flush() throws {
      guard let count = pending.first?.count, count > 0 else { return }
      let rows = first..<first + count / source.columns
      let matrix = LikelihoodMatrix(
        counters: pending, samples: classes.map(\.samples), rows: rows, columns: source.columns)
      first = rows.upperBound
      pending = classes.map { _ in [] }
      try body(matrix)
    }
    try forEachSlab([source]) { counters in
      let slab = counters[0][0]
      let interactions = pending[0].count + slab[0].count
      if interactions > Self.mostScored || interactions * classes.count > CounterSource.mostCounters
      {
        try flush()
      }
      for label in classes.indices { pending[label] += slab[label] }
    }
    try flush()
  }

  /// The bits of some samples of a run, in order, of the outputs that a matrix scores.
  func patterns(
    _ samples: ArraySlice<SampleRow>, of run: Stored<RunRecord>, _ source: CounterSource,
    _ matrix: LikelihoodMatrix
  ) throws -> PatternBatch {
    let layer = source.layer
    guard let first = samples.first, let last = samples.last else {
      preconditionFailure("a pass has samples")
    }
    let wanted = Set(samples.map(\.id))
    let positions = first.position...last.position
    func isWanted(_ sample: SampleRow) -> Bool { wanted.contains(sample.id) }
    let outputs = matrix.outputs
    let inputs = source.kind == .interaction ? layer.inputs : 1
    let hasBias = source.kind == .interaction && layer.hasBias
    var batch = PatternBatch(
      shape: LayerShape(outputs: outputs.count, inputs: inputs, hasBias: hasBias))
    func append(_ sample: SampleRow, _ blob: RawSpan, bytes: Range<Int>, of count: Int) throws {
      do {
        try batch.append(blob, bytes: bytes, of: count)
      } catch {
        throw WarehouseError.corrupt(
          path: path, message: "layer \(layer.name), sample \(sample.position): \(error)")
      }
    }
    switch source.kind {
    case .interaction where run.bitsets == .stored:
      try forEachSignificance(run: run.id, layer: layer.id, in: positions, where: isWanted) {
        try append($0, $1, bytes: matrix.bytes, of: layer.outputs)
      }
    case .interaction:
      let encoder = try weights(of: layer, rows: outputs).encoder
      let own = 0..<matrix.bytes.count
      try forEachVectors(
        run: run.id, layer: layer, count: 256, in: positions, where: isWanted
      ) { samples, x, z in
        var slice: [Float] = []
        slice.reserveCapacity(samples.count * outputs.count)
        for sample in samples.indices {
          let own = z[sample * layer.outputs..<(sample + 1) * layer.outputs]
          slice += own.dropFirst(outputs.lowerBound).prefix(outputs.count)
        }
        let blobs = derive(encoder, x: x, z: slice, count: samples.count)
        for (sample, blob) in zip(samples, blobs) {
          try append(sample, blob.span.bytes, bytes: own, of: outputs.count)
        }
      }
    case .neuron:
      try forEachActivation(
        run: run.id, layer: layer.id, in: positions, where: isWanted
      ) { sample, _, z in
        let values = try FloatVector.decode(z, count: layer.outputs)
        let blob = NeuronCounts.patterns(z: values.span, outputs: layer.outputs, count: 1)[0]
        try append(sample, blob.span.bytes, bytes: matrix.bytes, of: layer.outputs)
      }
    }
    guard batch.count == samples.count else {
      throw WarehouseError.corrupt(
        path: path,
        message:
          "run \(run.name), layer \(layer.name): \(batch.count) of \(samples.count) samples have patterns"
      )
    }
    return batch
  }

  /// The bits of the same samples in the run that the profiles are of; those of a sample that is not in it are
  /// never looked at.
  private func twins(
    _ samples: ArraySlice<SampleRow>, _ learned: Set<Int>, _ patterns: PatternBatch,
    _ source: CounterSource, _ matrix: LikelihoodMatrix
  ) throws -> PatternBatch {
    let shared = samples.filter { learned.contains($0.id) }
    guard !shared.isEmpty else { return patterns }
    let found = try self.patterns(shared[...], of: source.run, source, matrix)
    guard found.count < samples.count else { return found }
    var next = 0
    return found.choosing(
      samples.map { sample in
        guard learned.contains(sample.id) else { return nil }
        defer { next += 1 }
        return next
      })
  }

  private func write(
    _ scores: [Score], of run: Stored<RunRecord>, under source: CounterSource,
    _ summary: inout MeasureSummary
  ) throws {
    let classes = source.classes[0]
    let keys = Dictionary(
      uniqueKeysWithValues: try self.classes(dataSet: run.dataSetID).map { ($0.id, $0.key) })
    let positions = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.key, $0) })
    func position(_ classID: Int?) -> Int? {
      classID.flatMap { keys[$0] }.flatMap { positions[$0] }
    }
    var predictions: [Int: Int] = [:]
    var rows = try connection.prepare(
      "select sample_id, class_id from prediction where run_id = ?")
    try rows.bind(run.id, at: 1)
    while try rows.step() { predictions[rows.int(0)] = rows.int(1) }
    var insert = try connection.prepare(
      """
      insert into likelihood (run_id, profile_run_id, layer_id, kind, grouping, sample_id,
        is_left_out, alpha, own, predicted, other, fit_class_id, fit)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    for score in scores {
      let predicted = position(predictions[score.sample.id])
      var best = 0
      var other: Double?
      for (label, value) in score.values.enumerated() {
        if value > score.values[best] { best = label }
        if label != predicted { other = max(other ?? value, value) }
      }
      try insert.bind([
        .integer(run.id), .integer(source.run.id), .integer(source.layer.id),
        .text(source.kind.rawValue), .text(ProfileGrouping.true.rawValue),
        .integer(score.sample.id), Value(score.isLeftOut), .real(Divergence.jeffreys),
        Value(position(score.sample.classID).map { score.values[$0] }),
        Value(predicted.map { score.values[$0] }), Value(other),
        .integer(classes[best].id), .real(score.values[best]),
      ])
      try insert.run()
      summary.count("likelihood")
    }
  }
}
