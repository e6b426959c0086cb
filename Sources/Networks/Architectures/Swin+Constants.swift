// What a Swin Transformer's attention has beside its layers: biases of relative positions, and of the second version the
// biases that count and cosines.

extension ArchitectureBuilder {
  /// The bias of every head for every pair of a window's tokens.
  mutating func positions(
    _ name: String, window: Int, heads: Int, _ isContinuous: Bool
  ) -> Int {
    let span = 2 * window - 1
    let output = MapShape(channels: window * window, height: heads, width: window * window)
    let node = "\(name).relative_position_bias"
    guard isContinuous else {
      let table = constant("\(name).relative_position_bias_table", [span * span, heads])
      return add(
        node, .derived(Derived(.relativePositions(window: window, heads: heads), output: output)),
        table)
    }
    let hidden = 512
    let first = constant("\(name).cpb_mlp.0.weight", [hidden, 2])
    let bias = constant("\(name).cpb_mlp.0.bias", [hidden])
    let second = constant("\(name).cpb_mlp.2.weight", [heads, hidden])
    return add(
      node, .derived(Derived(.continuousPositions(window: window, heads: heads), output: output)),
      first, bias, second)
  }

  /// Queries, keys and values, whose biases count as 0 for the keys.
  mutating func projected(_ name: String, _ width: Int, from: Int) -> Int {
    let products = add(
      "\(name).qkv", .convolution(.overTokens(outputs: width, hasBias: false)), from)
    let bias = constant("\(name).qkv.bias", [width])
    let used = add(
      "\(name).qkv.used", .derived(Derived(.biasWithoutKeys, output: MapShape(vector: width))), bias
    )
    let map = shapes[products]
    return add(
      "\(name).qkv.sum",
      .broadcast(Broadcast(.add, [map.positions, width], [width], output: map)), products, used)
  }

  /// Every head's vectors as ones whose mean square is 1, those of queries times the head's factor. PyTorch divides by the
  /// norm or 1e-12, whichever is larger, the engine by √(norm² + 1e-24).
  mutating func cosines(_ name: String, heads: Int, size: Int, from: Int) -> Int {
    let map = shapes[from]
    let rows = LayerNormalisation(
      rows: map.count / size, channels: size, epsilon: 1e-24 / Double(size), isCentred: false,
      hasWeight: false, hasBias: false, output: map)
    let units = add("\(name).cosines", .layerNormalisation(rows), from)
    let logarithms = constant("\(name).logit_scale", [heads, 1, 1])
    let scales = add(
      "\(name).scales",
      .derived(Derived(.headScales(heads: heads), output: MapShape(vector: 3 * heads))), logarithms)
    let product = Broadcast(
      .multiply, [map.positions, 3 * heads, size], [3 * heads, 1], output: map)
    return add("\(name).scaled", .broadcast(product), units, scales)
  }
}
