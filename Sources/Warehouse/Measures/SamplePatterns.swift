// What scoring samples under class profiles reads: the profiles some rows at a time, and the bits of some samples of the
// same rows. Likelihoods and detectors stand on it.

import Analytics
import Bits
import SQLiteKit

extension Warehouse {
  /// Samples that are scored together; PatternBatch takes as many in one piece.
  static var samplesPerPass: Int { PatternBatch.mostScored }

  /// Calls `body` with the true labels' profiles of a source, some rows at a time: every sample is read once for all rows
  /// that are scored together.
  /// - Parameter samples: How many are to be scored: the bits of a pass of them stay below 256 MiB, and of fewer than a
  ///   thousand below their share of it.
  func forEachMatrix(
    of source: CounterSource, scoring samples: Int, _ body: (LikelihoodMatrix) throws -> Void
  ) throws {
    let mostScored = (256 << 23) / max(1024, min(samples, Self.samplesPerPass))
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
      if interactions > mostScored || interactions * classes.count > CounterSource.mostCounters {
        try flush()
      }
      for label in classes.indices { pending[label] += slab[label] }
    }
    try flush()
  }

  /// The bits of some samples of a run, in order, of the outputs that a matrix scores, in place of what the batch held.
  func patterns(
    _ samples: ArraySlice<SampleRow>, of run: Stored<RunRecord>, _ source: CounterSource,
    _ matrix: LikelihoodMatrix, into batch: inout PatternBatch
  ) throws {
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
    batch.removeAll(
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
      try forEachPreactivation(
        run: run.id, layer: layer, in: positions, where: isWanted
      ) { sample, z in
        let blob = NeuronCounts.patterns(z: z.span, outputs: layer.outputs, count: 1)[0]
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
  }

  /// The bits of the same samples in the run that the profiles are of; those of a sample that is not in it are
  /// never looked at.
  func twins(
    _ samples: ArraySlice<SampleRow>, _ learned: Set<Int>, _ patterns: PatternBatch,
    _ source: CounterSource, _ matrix: LikelihoodMatrix
  ) throws -> PatternBatch {
    let shared = samples.filter { learned.contains($0.id) }
    guard !shared.isEmpty else { return patterns }
    var found = PatternBatch()
    try self.patterns(shared[...], of: source.run, source, matrix, into: &found)
    guard found.count < samples.count else { return found }
    var next = 0
    return found.choosing(
      samples.map { sample in
        guard learned.contains(sample.id) else { return nil }
        defer { next += 1 }
        return next
      })
  }
}
