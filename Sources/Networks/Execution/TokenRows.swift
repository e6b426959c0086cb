// A pass over samples taken apart into some of their tokens. Which tokens are kept at all is TokenReduction's.

/// One token of one sample.
package struct TokenRow: Sendable {
  /// The sample's place among those that the network was run over.
  package let sample: Int
  /// The token's place among those that were kept of the sample.
  package let token: Int

  package init(sample: Int, token: Int) { (self.sample, self.token) = (sample, token) }
}

extension ForwardResult {
  /// What came out for each of these tokens, as if it were a sample. What has no tokens is its sample's.
  package func taking(_ rows: [TokenRow]) -> ForwardResult {
    let outputs = count == 0 ? 0 : logits.count / (count * (tokens ?? 1))
    return ForwardResult(
      count: rows.count,
      logits: Self.vectors(
        logits, of: outputs,
        rows.map { row in tokens.map { row.sample * $0 + row.token } ?? row.sample }),
      layers: layers.map { layer in
        let places = rows.map { row in
          layer.tokens.map { row.sample * $0 + row.token } ?? row.sample
        }
        return CapturedLayer(
          name: layer.name, inputs: layer.inputs, outputs: layer.outputs, tokens: nil,
          x: Self.vectors(layer.x, of: layer.inputs, places),
          z: Self.vectors(layer.z, of: layer.outputs, places))
      })
  }

  /// With logits of the tokens that a reduction leaves.
  /// - Parameter all: How many of every sample they are of.
  package func reducing(logitsOf all: Int, by reduction: TokenReduction) -> ForwardResult {
    let classes = count == 0 ? 0 : logits.count / (count * all)
    let rows = reduction.rows(of: all)
    let source = FloatStorage(count: logits.count)
    let target = FloatStorage(count: count * rows * classes)
    unsafe source.base.update(from: logits, count: logits.count)
    for sample in 0..<count {
      unsafe reduction.apply(
        source.base + sample * all * classes, tokens: all, size: classes, stride: classes,
        to: target.base + sample * rows * classes)
    }
    return ForwardResult(count: count, logits: target.array, tokens: rows, layers: layers)
  }

  /// Those at some places, of so many values each.
  private static func vectors(_ values: [Float], of size: Int, _ places: [Int]) -> [Float] {
    var taken: [Float] = []
    taken.reserveCapacity(places.count * size)
    for place in places { taken += values[place * size..<(place + 1) * size] }
    return taken
  }
}
