// Normalisations of groups of channels, and of channels by themselves, over any number of positions.

internal import ModelFiles

extension Lowering {
  /// - Parameter count: Of groups; nil for one a channel.
  func groups(_ operation: LoweredOperation, _ count: Int?) throws -> [LoweredValue] {
    let x = try operation.view()
    guard x.sizes.count >= 3, x.batchAxis == 0, x.sizes[0] == 1 else {
      throw NetworkError("expected a batch of channels × positions, found \(described(x))")
    }
    let channels = x.sizes[1]
    let groups = count ?? channels
    guard groups > 0, channels % groups == 0 else {
      throw NetworkError("expected groups of \(channels) channels, found \(groups)")
    }
    var parameters: [String: FoldedTensor] = [:]
    let own = channels / groups
    for name in ["weight", "bias"] {
      guard let tensor = try operation.folded(name) else { continue }
      let isPerGroup = try operation.flag("perGroup")
      let expected = isPerGroup ? groups : channels
      guard tensor.count == expected else {
        throw NetworkError("expected \(expected) numbers as \(name), found \(tensor.count)")
      }
      if isPerGroup, own > 1, let constant = tensor.constant { use([constant]) }
      parameters[name] =
        isPerGroup && own > 1
        ? FoldedTensor(
          shape: [channels],
          try tensor.values().flatMap { [Double](repeating: $0, count: own) }, .fraction)
        : try tensor.reshaped(to: [expected])
    }
    let epsilon = try operation.number("epsilon", 1e-5)
    guard x.sizes.count == 4 else {
      return [.view(try normalised(x, groups: groups, epsilon, parameters, operation))]
    }
    let input = try map(x)
    let layer = GroupNormalisation(
      groups: groups, epsilon: epsilon, hasWeight: parameters["weight"] != nil,
      hasBias: parameters["bias"] != nil, output: input.shape)
    return [
      .view(
        try add(
          operation.name(), .groupNormalisation(layer), [input.node], sizes: x.sizes,
          order: [0, 2, 3, 1], batch: .first, parameters: parameters))
    ]
  }

  /// Over positions along other axes than rows and columns: of each group one row, as exporters write the groups of a map.
  private func normalised(
    _ x: View, groups: Int, _ epsilon: Double, _ parameters: [String: FoldedTensor],
    _ operation: LoweredOperation
  ) throws -> View {
    let order = Array(x.sizes.indices)
    let dense = try dense(x, in: order)
    let count = x.count / groups
    let layer = LayerNormalisation(
      rows: groups, channels: count, epsilon: epsilon, isCentred: true, hasWeight: false,
      hasBias: false, shape: [count], output: shape(of: dense.node))
    var result = try add(
      operation.name(), .layerNormalisation(layer), [dense.node], sizes: x.sizes, order: order,
      batch: x.batch)
    for (name, step, neutral) in [
      ("weight", Broadcast.Operation.multiply, 1.0), ("bias", .add, 0.0),
    ] {
      guard let tensor = parameters[name] else { continue }
      guard try tensor.values().contains(where: { $0 != neutral }) else {
        if let constant = tensor.constant { use([constant]) }
        continue
      }
      let column = try tensor.reshaped(
        to: [x.sizes[1]] + [Int](repeating: 1, count: x.sizes.count - 2))
      let factor = try constant(column, named: "\(operation.name(of: name)).\(name)")
      result = try broadcast(step, result, factor, operation)
    }
    return result
  }
}
