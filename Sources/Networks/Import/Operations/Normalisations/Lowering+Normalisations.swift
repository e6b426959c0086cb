// Normalisations and softmax of model files. Leaves out those of groups of channels (Lowering+Groups).

internal import ModelFiles

extension Lowering {
  static let normalisationHandlers: [OperationKind: Handler] = [
    .batchNormalisation: { lowering, operation in
      let x = try operation.view()
      guard operation.has("mean"), operation.has("variance") else {
        throw NetworkError(
          "expected the means and variances of training, found it normalised by the batch's own; export the network after eval()"
        )
      }
      guard x.sizes.count >= 2, x.batchAxis != 1 else {
        throw NetworkError("expected channels on axis 1, found \(lowering.described(x))")
      }
      let channels = x.sizes[1]
      let order = x.memoryOrder.filter { $0 != 1 } + [1]
      let isMap = x.sizes.count == 4 && x.batchAxis == 0 && x.sizes[0] == 1
      let dense = try lowering.dense(x, in: isMap ? [0, 2, 3, 1] : order)
      let node =
        isMap
        ? try lowering.map(x).node
        : try lowering.node(dense, as: Lowering.rows(of: x.sizes, order: order))
      func part(_ name: String, _ standard: Double?) throws -> FoldedTensor {
        let found = try operation.folded(name)
        guard
          let tensor = found
            ?? standard.map({
              FoldedTensor(
                shape: [channels], [Double](repeating: $0, count: channels), .fraction)
            }), tensor.count == channels
        else { throw NetworkError("expected \(channels) numbers as \(name)") }
        return try tensor.reshaped(to: [channels])
      }
      let layer = BatchNormalisation(epsilon: try operation.number("epsilon", 1e-5))
      let view = try lowering.add(
        operation.name(), .batchNormalisation(layer), [node], sizes: x.sizes,
        order: isMap ? [0, 2, 3, 1] : order, batch: x.batch,
        parameters: [
          "weight": part("weight", 1), "bias": part("bias", 0), "running_mean": part("mean", nil),
          "running_var": part("variance", nil),
        ])
      return [.view(view)]
    },
    .layerNormalisation: { lowering, operation in
      try lowering.overLastAxes(operation, isCentred: true)
    },
    .rmsNormalisation: { lowering, operation in
      try lowering.overLastAxes(operation, isCentred: false)
    },
    .groupNormalisation: { lowering, operation in
      try lowering.groups(operation, operation.int("groups", 0))
    },
    .instanceNormalisation: { lowering, operation in
      try lowering.groups(operation, nil)
    },
    .localResponseNormalisation: { lowering, operation in
      let input = try lowering.map(operation.view())
      let (size, k) = (try operation.int("size", 0), Float(try operation.number("k", 1)))
      guard Limits.window.contains(size), k > 0 else {
        throw NetworkError("expected a size and k above 0, found \(size) and \(k)")
      }
      guard try operation.number("beta", 0.75) == 0.75 else {
        return [.view(try lowering.normalisedResponses(operation, size: size, k: k))]
      }
      let layer = ResponseNormalisation(
        size: size, alpha: Float(try operation.number("alpha", 1e-4)), k: k)
      return [
        .view(
          try lowering.add(
            operation.name(), .responseNormalisation(layer), [input.node],
            sizes: operation.view().sizes, order: [0, 2, 3, 1], batch: .first))
      ]
    },
    .softmax: { lowering, operation in try lowering.softmax(operation, isLogarithmic: false) },
    .logSoftmax: { lowering, operation in try lowering.softmax(operation, isLogarithmic: true) },
  ]

  /// Of another exponent than the layer has: x · (k + alpha / size · Σ x²)^−beta, the sums a product with a band of ones.
  private func normalisedResponses(
    _ operation: LoweredOperation, size: Int, k: Float
  ) throws -> View {
    let x = try operation.view()
    let channels = x.sizes[1]
    try Limits.check([channels, channels], most: Limits.places)
    let share = try operation.number("alpha", 1e-4) / Double(size)
    let (before, after) = ((size - 1) / 2, size / 2)
    let band = (0..<channels * channels).map { place in
      (-before...after).contains(place % channels - place / channels) ? share : 0
    }
    let name = operation.name()
    let squares = try apply(.power(exponent: 2), to: x, named: operation)
    let sums = try add(
      name, .convolution(Convolution(outputs: channels, window: Window(height: 1, width: 1))),
      [map(squares).node], sizes: x.sizes, order: [0, 2, 3, 1], batch: .first,
      parameters: [
        "weight": FoldedTensor(shape: [channels, channels, 1, 1], band, .fraction),
        "bias": FoldedTensor(
          shape: [channels], [Double](repeating: Double(k), count: channels), .fraction),
      ])
    let beta = Float(try operation.number("beta", 0.75))
    let factors = try apply(.power(exponent: -beta), to: sums, named: operation)
    return try broadcast(.multiply, x, factors, operation)
  }

  private func overLastAxes(
    _ operation: LoweredOperation, isCentred: Bool
  ) throws -> [LoweredValue] {
    let x = try operation.view()
    let rank = x.sizes.count
    let named = try operation.ints("normalisedShape")
    let first =
      try named.map { rank - $0.count } ?? operation.axis(operation.int("axis", -1), of: rank)
    guard first > x.batchAxis, first >= 0, first < rank,
      named.map({ $0 == Array(x.sizes[first...]) }) ?? true
    else {
      throw NetworkError("expected to normalise within a sample, found the axes from \(first) on")
    }
    let inner = Array(first..<rank)
    let channels = inner.map { x.sizes[$0] }.product
    var parameters: [String: FoldedTensor] = [:]
    let sizes = inner.map { x.sizes[$0] }
    for name in isCentred ? ["weight", "bias"] : ["weight"] {
      guard let tensor = try operation.folded(name) else { continue }
      guard tensor.count == channels else {
        throw NetworkError("expected \(channels) numbers as \(name), found \(tensor.shape)")
      }
      parameters[name] = try tensor.reshaped(to: sizes)
    }
    let order = x.memoryOrder.filter { $0 < first } + inner
    let dense = try dense(x, in: order)
    let layer = LayerNormalisation(
      rows: x.count / channels, channels: channels,
      epsilon: try operation.number("epsilon", 1e-5), isCentred: isCentred,
      hasWeight: parameters["weight"] != nil, hasBias: parameters["bias"] != nil, shape: sizes,
      output: shape(of: dense.node))
    return [
      .view(
        try add(
          operation.name(), .layerNormalisation(layer), [dense.node], sizes: x.sizes,
          order: order, batch: x.batch, parameters: parameters))
    ]
  }

  private func softmax(
    _ operation: LoweredOperation, isLogarithmic: Bool
  ) throws -> [LoweredValue] {
    let x = try operation.view()
    let rank = x.sizes.count
    let axis = try operation.axis(operation.int("axis", -1), of: rank)
    guard axis != x.batchAxis else { throw NetworkError("expected a softmax within a sample") }
    let order = x.memoryOrder.filter { $0 != axis } + [axis]
    let dense = try dense(x, in: order)
    let layer = Softmax(
      rows: x.count / x.sizes[axis], columns: x.sizes[axis], isLogarithm: isLogarithmic,
      output: shape(of: dense.node))
    return [
      .view(
        try add(
          operation.name(of: ""), .softmax(layer),
          [dense.node], sizes: x.sizes, order: order, batch: x.batch))
    ]
  }
}
