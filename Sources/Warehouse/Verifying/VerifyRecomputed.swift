// Samples chosen by seed, computed once more: z from x, W and b, and the bits from x, z, W and b.

internal import Basics
internal import Bits
internal import SQLiteKit

extension Warehouse {
  func checkRecomputed(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ options: VerifyOptions,
    _ problems: inout Problems
  ) throws -> String {
    let chosen = try chosenSamples(of: run, layer, options)
    let weights = try weights(of: layer)
    let encoder = weights.encoder
    var stored = try connection.prepare(
      """
      select n_significant, bits, sample.key from significance join sample using (sample_id)
      where run_id = ? and layer_id = ? and sample_id = ?
      """)
    try stored.bind([.integer(run.id), .integer(layer.id)])
    func isChosen(_ sample: SampleRow) -> Bool { chosen.contains(sample.id) }
    // What a recording brings was computed by other programs, in other numbers.
    let isRecorded = try connection.integer(
      "select json_type(selection, '$.recording') is not null from run where run_id = ?",
      .integer(run.id))
    let share = isRecorded == 1 ? Self.mostRecordedDeviation : 0
    try forEachVectors(run: run.id, layer: layer, count: 64, where: isChosen) { samples, x, z in
      let blobs = derive(encoder, x: x, z: z, count: samples.count)
      let strays = Parallel.map(samples.count) { index in
        let (i, o) = (index.lowerBound * layer.inputs, index.lowerBound * layer.outputs)
        return weights.stray(
          x: x.span.extracting(i..<i + layer.inputs), z: z.span.extracting(o..<o + layer.outputs),
          share: share)
      }
      for (index, sample) in samples.enumerated() {
        try stored.bind(sample.id, at: 3)
        guard try stored.step() else { continue }
        defer { stored.reset() }
        let key = stored.text(2)
        if let output = strays[index] {
          problems.add("sample \(key): z of output \(output) is not x·W + b")
        }
        let count = Significance.popcount(valid: blobs[index], of: weights.shape)
        if run.bitsets == .stored, stored.bytes(1) != blobs[index] {
          problems.add("sample \(key): its bits are not those of x, z, W and b")
        } else if count != stored.int(0) {
          problems.add(
            "sample \(key): n_significant is \(stored.int(0)), x, z, W and b give \(count)")
        }
      }
    }
    return "\(chosen.count) samples"
  }

  /// How far a recorded z may be from W x + b, as a share of the sum of its terms' magnitudes.
  package static let mostRecordedDeviation = 1e-3

  /// The same for the same seed, whatever the order of rows.
  private func chosenSamples(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ options: VerifyOptions
  ) throws -> Set<Int> {
    var rows = try connection.prepare(
      """
      select sample_id, position from prediction join sample using (sample_id) where run_id = ?
      """)
    try rows.bind(run.id, at: 1)
    var samples: [(lot: Int, id: Int)] = []
    while try rows.step() {
      let lot = "\(options.seed) \(layer.position) \(rows.int(1))"
      samples.append((Checksum.of(Array(lot.utf8)), rows.int(0)))
    }
    return Set(samples.sorted { $0 < $1 }.prefix(options.samples ?? samples.count).map(\.id))
  }
}

extension LayerWeights {
  /// The first output whose z is farther from x·W + b than summing up Float32 in any order can lead (Higham 2002,
  /// Accuracy and Stability of Numerical Algorithms, 3.5: γₙ Σ|w·x|), and than a share of Σ|w·x|; nil where there is none.
  fileprivate func stray(x: Span<Float>, z: Span<Float>, share: Double) -> Int? {
    let active = x.indices.filter { x[$0] != 0 }
    let terms = Double(active.count + 2) * Double(Float.ulpOfOne) / 2
    let gamma = terms / (1 - terms)
    let rows = weight.span
    for output in 0..<shape.outputs {
      var sum = Double(bias?[output] ?? 0)
      var size = abs(sum)
      for input in active {
        let product = Double(rows[output * shape.inputs + input]) * Double(x[input])
        sum += product
        size += abs(product)
      }
      // What overflows on the way is not judged.
      guard sum.isFinite, z[output].isFinite else { continue }
      if abs(Double(z[output]) - sum) > max(gamma, share) * size
        + Double(Float.leastNormalMagnitude)
      {
        return output
      }
    }
    return nil
  }
}
