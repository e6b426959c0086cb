// What detectors see: the network's last layer, and some samples that went through it.

/// The last fully connected layer, z = Wx + b.
package struct LastLayer: Sendable {
  /// d.
  package let inputs: Int
  /// C.
  package let outputs: Int
  /// C × d, row-major.
  let weights: [Double]
  /// C; zeros where the layer has none.
  let bias: [Double]

  /// - Parameters:
  ///   - weights: outputs × inputs, row-major.
  ///   - bias: outputs, or nil.
  package init(
    inputs: Int, outputs: Int, weights: [Float], bias: [Float]?
  ) throws(AnalyticsError) {
    precondition(inputs > 0 && outputs > 0, "a layer has inputs and outputs")
    precondition(weights.count == inputs * outputs, "weights of another layer")
    precondition(bias.map { $0.count == outputs } ?? true, "a bias of another layer")
    guard weights.allSatisfy(\.isFinite), bias?.allSatisfy(\.isFinite) ?? true else {
      throw AnalyticsError("a weight of the layer is not finite: it has no detectors")
    }
    (self.inputs, self.outputs) = (inputs, outputs)
    self.weights = weights.map(Double.init)
    self.bias = bias.map { $0.map(Double.init) } ?? [Double](repeating: 0, count: outputs)
  }

  private init(_ layer: LastLayer, weights: [Double]) {
    (inputs, outputs, bias) = (layer.inputs, layer.outputs, layer.bias)
    self.weights = weights
  }

  /// The layer with only those weights, by their index, that `isKept`; the others are 0.
  func masked(_ isKept: (Int) -> Bool) -> LastLayer {
    LastLayer(self, weights: weights.enumerated().map { isKept($0) ? $1 : 0 })
  }

  /// W row + b of every row of `rows` (count × d): count × C.
  func logits(_ rows: [Double], count: Int) -> [Double] {
    var z = LinearAlgebra.rowProducts(rows, count: count, with: weights, n: outputs, k: inputs)
    for row in 0..<count {
      for output in 0..<outputs { z[row * outputs + output] += bias[output] }
    }
    return z
  }

  /// ln Σ exp of the logits of every row: what a detector that shapes x scores.
  func energies(_ rows: [Double], count: Int) -> [Double] {
    let z = logits(rows, count: count)
    return (0..<count).map { Softmax(z[$0 * outputs..<($0 + 1) * outputs]).logSum }
  }
}

/// Some samples of a run, in order.
package struct SampleBlock: Sendable {
  package let count: Int
  let inputs: Int
  let outputs: Int
  private let x: [Float]
  private let z: [Float]
  /// The output that stands for each sample's class; a number of no output for a class that is none of them; nil
  /// without a label.
  let labels: [Int?]
  /// The output that each sample is predicted as: of the largest z, the first of several.
  let predicted: [Int]

  /// - Parameters:
  ///   - x: count × inputs, row-major.
  ///   - z: count × outputs, row-major.
  ///   - labels: as `SampleBlock.labels`; none of them where samples are only scored.
  package init(_ layer: LastLayer, x: [Float], z: [Float], labels: [Int?]? = nil) {
    (inputs, outputs, count) = (layer.inputs, layer.outputs, z.count / layer.outputs)
    precondition(z.count == count * outputs && x.count == count * inputs, "rows of another layer")
    precondition(labels.map { $0.count == z.count / layer.outputs } ?? true, "a label a sample")
    (self.x, self.z) = (x, z)
    self.labels = labels ?? [Int?](repeating: nil, count: count)
    predicted = (0..<count).map { row in
      let own = z[row * layer.outputs..<(row + 1) * layer.outputs]
      var best = own.startIndex
      for index in own.indices where own[index] > own[best] { best = index }
      return best - own.startIndex
    }
  }

  private init(_ block: SampleBlock, rows: [Int]) {
    (inputs, outputs, count) = (block.inputs, block.outputs, rows.count)
    x = rows.flatMap { block.x[$0 * block.inputs..<($0 + 1) * block.inputs] }
    z = rows.flatMap { block.z[$0 * block.outputs..<($0 + 1) * block.outputs] }
    labels = rows.map { block.labels[$0] }
    predicted = rows.map { block.predicted[$0] }
  }

  /// Some of its rows.
  func rows(_ rows: some Collection<Int>) -> SampleBlock { SampleBlock(self, rows: Array(rows)) }

  /// Without the rows that are not finite, and how many those were.
  func finite() -> (block: SampleBlock, leftOut: Int) {
    let kept = (0..<count).filter { isFinite(row: $0, inputs: true) }
    if kept.count == count { return (self, 0) }
    return (SampleBlock(self, rows: kept), count - kept.count)
  }

  /// Whether a row's z, and its x if that matters, are numbers.
  func isFinite(row: Int, inputs needsInputs: Bool) -> Bool {
    z[row * outputs..<(row + 1) * outputs].allSatisfy(\.isFinite)
      && (!needsInputs || x[row * inputs..<(row + 1) * inputs].allSatisfy(\.isFinite))
  }

  /// x of one sample as it was stored.
  func stored(_ row: Int) -> ArraySlice<Float> { x[row * inputs..<(row + 1) * inputs] }

  /// x of one sample.
  func x(_ row: Int) -> [Double] { stored(row).map(Double.init) }

  /// z of one sample.
  func z(_ row: Int) -> [Double] { z[row * outputs..<(row + 1) * outputs].map(Double.init) }

  /// p = softmax(z) of one sample.
  func softmax(_ row: Int) -> Softmax { Softmax(z(row)) }

  /// `shape` of x of every sample, side by side: count × d.
  func shaped(_ shape: ([Double]) -> [Double]) -> [Double] {
    (0..<count).flatMap { shape(x($0)) }
  }
}
