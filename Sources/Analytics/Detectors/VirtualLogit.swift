// ViM: the energy less a virtual logit, the length of what of x lies outside the directions in which the reference spreads
// most, scaled to the size of the reference's largest logits. The origin u = −W⁺ b is where all logits are 0.

extension Detector {
  static let virtualLogit = Detector(
    "vim", formula: "lse(z) − α ‖Nᵀ (x − u)‖",
    source: "Wang et al. 2022, ViM: Out-Of-Distribution with Virtual-logit Matching, "
      + "arXiv 2203.10807",
    needs: [.logits, .inputs, .weights], lesson: .samples,
    parameters: [
      .whole(
        "D", nil, in: 0...1_000_000,
        "directions of the reference that count as its own; by default 256 where d ≥ 512, else d / 2"
      )
    ]
  ) { settings, layer, _ in
    let (d, given) = (layer.inputs, settings.value("D").map { Int($0) })
    let kept = given ?? (d >= 512 ? 256 : d / 2)
    guard kept < d else {
      throw AnalyticsError("D is \(kept), and the layer has \(d) inputs: take D=\(d - 1) or less")
    }
    return try VirtualLogitTeacher(layer, kept: kept)
  }
}

private struct VirtualLogitTeacher: DetectorTeacher {
  let layer: LastLayer
  let kept: Int
  let origin: [Double]
  private var samples = 0
  private var logits = 0.0
  private var lengths = 0.0
  /// x − u of samples that `gram` does not hold yet.
  private var pending: [Double] = []
  /// The upper triangle of (X − u)ᵀ (X − u).
  private var gram: [Double]
  /// (d − D) × d, after the first pass.
  private var outside: [Double]?

  private static let rowsAtATime = 256

  init(_ layer: LastLayer, kept: Int) throws {
    (self.layer, self.kept) = (layer, kept)
    origin = try LinearAlgebra.leastNormSolution(
      layer.weights, rows: layer.outputs, columns: layer.inputs, layer.bias
    ).map { -$0 }
    gram = [Double](repeating: 0, count: layer.inputs * layer.inputs)
  }

  var passes: Int { 2 }

  mutating func add(_ block: SampleBlock) {
    if let outside {
      // One by one: a block's own sum would depend on its size.
      for length in Self.lengths(block, origin, outside) { lengths += length }
      return
    }
    for row in 0..<block.count {
      samples += 1
      logits += block.softmax(row).largest
      for (value, zero) in zip(block.stored(row), origin) { pending.append(Double(value) - zero) }
      if pending.count >= Self.rowsAtATime * layer.inputs { fold() }
    }
  }

  private mutating func fold() {
    LinearAlgebra.addFeatureGram(
      pending, rows: pending.count / layer.inputs, columns: layer.inputs, to: &gram)
    pending.removeAll(keepingCapacity: true)
  }

  mutating func endPass() throws {
    guard outside == nil else { return }
    try checkTaught(samples)
    fold()
    let values = try LinearAlgebra.eigenvalues(&gram, n: layer.inputs, vectors: true)
    let others = layer.inputs - kept
    // What rounding leaves of directions in which the reference does not spread is no scale.
    let spread = values[..<others].reduce(0) { $0 + max($1, 0) }
    guard spread > Whitening.cutoff * max(values.last ?? 0, 0) else {
      throw AnalyticsError(
        "the reference does not spread beyond its \(kept) largest directions: take a smaller D")
    }
    outside = Array(gram[..<(others * layer.inputs)])
    gram = []
  }

  func scorer() -> DetectorScorer {
    guard let outside else { preconditionFailure("two passes teach it") }
    // Both means are over the same samples.
    let (origin, alpha) = (origin, logits / lengths)
    return DetectorScorer { block in
      Self.lengths(block, origin, outside).enumerated().map { row, length in
        block.softmax(row).logSum - alpha * length
      }
    }
  }

  /// ‖Nᵀ (x − u)‖ of every row.
  private static func lengths(
    _ block: SampleBlock, _ origin: [Double], _ outside: [Double]
  ) -> [Double] {
    let n = outside.count / origin.count
    let rows = block.shaped { zip($0, origin).map { $0 - $1 } }
    let seen = LinearAlgebra.rowProducts(
      rows, count: block.count, with: outside, n: n, k: origin.count)
    return (0..<block.count).map { row in
      seen[row * n..<(row + 1) * n].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }
}
