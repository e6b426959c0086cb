// Matrix products and attention of model files: fully connected layers, linear layers over tokens, products of two values.

internal import ModelFiles

extension Lowering {
  static let productHandlers: [OperationKind: Handler] = [
    .linear: { lowering, operation in
      [
        try lowering.linear(
          operation.view(), operation.needed("weight"), bias: operation.folded("bias"),
          named: operation.name(), of: operation)
      ]
    },
    .gemm: { lowering, operation in [.view(try lowering.gemm(operation))] },
    .matrixProduct: { lowering, operation in
      switch (try operation.value("a"), try operation.value("b")) {
      case (.view(let a)?, .folded(let b)?) where b.shape.count == 2:
        return [
          try lowering.linear(
            a, b.transposed(), bias: operation.folded("bias"), named: operation.name(of: "b"),
            source: b, of: operation)
        ]
      case (.view(let a)?, .view(let b)?):
        return [.view(try lowering.product(a, b, named: operation.name()))]
      case (.view(let a)?, .folded(let b)?):
        let constant = try lowering.constant(b, named: operation.name() + ".b")
        return [.view(try lowering.product(a, constant, named: operation.name()))]
      case (.folded(let a)?, .view(let b)?):
        let constant = try lowering.constant(a, named: operation.name() + ".a")
        return [.view(try lowering.product(constant, b, named: operation.name()))]
      default: throw NetworkError("expected two matrices")
      }
    },
    .attention: { lowering, operation in [.view(try lowering.attention(operation))] },
  ]

  /// y = x Wᵀ + b over the last axis: fully connected where a sample has one row, else over tokens.
  /// - Parameter source: The tensor that `weight` was made of, whose name it keeps.
  func linear(
    _ x: View, _ weight: FoldedTensor, bias: FoldedTensor?, named name: String,
    source: FoldedTensor? = nil, of operation: LoweredOperation
  ) throws -> LoweredValue {
    let rank = x.sizes.count
    guard rank > 0, weight.shape.count == 2, weight.count > 0, x.batchAxis != rank - 1,
      x.sizes[rank - 1] == weight.shape[1]
    else {
      throw NetworkError(
        "expected rows of \(weight.shape.last ?? 0) numbers, found \(described(x))")
    }
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let offset = try bias.map { try $0.reshaped(to: [$0.count]) }
    guard offset == nil || offset?.count == outputs else {
      throw NetworkError("expected a bias of \(outputs) numbers, found \(bias?.shape ?? [])")
    }
    if let source, let constant = source.constant { use([constant]) }
    if let constant = bias?.constant { use([constant]) }
    var parameters = ["weight": weight]
    parameters["bias"] = offset
    let order = rowsOrder(x)
    let dense = try dense(x, in: order)
    var sizes = x.sizes
    sizes[rank - 1] = outputs
    let rows = x.count / inputs
    if rows == 1 {
      // A fully connected layer works on a block of samples, and a constant has one value.
      let source = try copied(dense)
      let layer = FullyConnected(outputs: outputs, hasBias: bias != nil)
      return .view(
        try add(
          name, .fullyConnected(layer), [node(source, as: MapShape(vector: inputs))], sizes: sizes,
          order: order, batch: x.batch, parameters: parameters))
    }
    let layer = Convolution.overTokens(outputs: outputs, hasBias: bias != nil)
    let shape = Self.rows(of: dense.sizes, order: order)
    return .view(
      try add(
        name, .convolution(layer), [node(dense, as: shape)], sizes: sizes, order: order,
        batch: x.batch, parameters: parameters))
  }

  /// A constant as a value of each sample.
  private func copied(_ view: View) throws -> View {
    guard nodes[view.node].isConstant else { return view }
    let layer = Rearrangement(
      indices: view.positions(in: view.memoryOrder), inputCount: count(of: view.node),
      output: shape(of: view.node))
    return try add(
      "\(nodes[view.node].name).copy", .rearrangement(layer), [view.node], sizes: view.sizes,
      order: view.memoryOrder, batch: view.batch)
  }

  /// The order that the axes have already, the last one innermost.
  func rowsOrder(_ x: View) -> [Int] {
    let last = x.sizes.count - 1
    return x.memoryOrder.filter { $0 != last } + [last]
  }

  /// Rows × channels of a value whose innermost axis is the last of `order`.
  static func rows(of sizes: [Int], order: [Int]) -> MapShape {
    let channels = order.last.map { sizes[$0] } ?? 1
    let rest = order.dropLast().map { sizes[$0] }.filter { $0 > 1 }
    return rest.count == 2
      ? MapShape(channels: channels, height: rest[0], width: rest[1])
      : MapShape(channels: channels, height: rest.product, width: 1)
  }

  /// NumPy's matmul of two values.
  private func product(_ a: View, _ b: View, named name: String) throws -> View {
    let rank = max(a.sizes.count, b.sizes.count)
    guard a.sizes.count >= 2, b.sizes.count >= 2 else {
      throw NetworkError("expected two matrices, found \(described(a)) and \(described(b))")
    }
    let (m, k, n) = (
      a.sizes[a.sizes.count - 2], a.sizes[a.sizes.count - 1], b.sizes[b.sizes.count - 1]
    )
    let batched = a.batch == .none ? b : a
    let other = a.batch == .none ? a : b
    // Where the batch is of the product's axes, in both that have it.
    func batch(_ view: View) -> View.Batch { view.extended(to: rank).batch }
    guard b.sizes[b.sizes.count - 2] == k, batched.batchAxis < batched.sizes.count - 2,
      batched.batch == .none || fits(other.extended(to: rank), batch(batched))
    else {
      throw NetworkError("expected matrices that fit, found \(described(a)) and \(described(b))")
    }
    func batches(_ view: View) -> [Int] {
      [Int](repeating: 1, count: rank - view.sizes.count) + view.sizes.dropLast(2)
    }
    let outer = try zip(batches(a), batches(b)).map { left, right in
      guard left == right || left == 1 || right == 1 else {
        throw NetworkError("expected matrices that fit, found \(described(a)) and \(described(b))")
      }
      return max(left, right)
    }
    // The last two axes stay in rows or in columns, as they lie.
    func matrix(_ view: View) throws -> (view: View, isTransposed: Bool) {
      let last = view.sizes.count - 1
      let base = Array(0..<last - 1)
      if view.lies(in: base + [last, last - 1], of: count(of: view.node)), view.sizes[last] > 1,
        view.sizes[last - 1] > 1
      {
        return (view, true)
      }
      return (try dense(view, in: Array(view.sizes.indices)), false)
    }
    let (left, right) = (try matrix(a), try matrix(b))
    func offsets(_ view: View) -> [Int] {
      let own = batches(view)
      let size = view.sizes.suffix(2).product
      var strides = [Int](repeating: 0, count: own.count)
      var next = size
      for axis in own.indices.reversed() {
        strides[axis] = own[axis] == 1 ? 0 : next
        next *= own[axis]
      }
      var result = [0]
      for axis in own.indices {
        result = result.flatMap { base in (0..<outer[axis]).map { base + $0 * strides[axis] } }
      }
      return result
    }
    let sizes = outer + [m, n]
    let order = Array(sizes.indices)
    let layer = BatchedProduct(
      rows: m, inner: k, columns: n, transposesA: left.isTransposed,
      transposesB: right.isTransposed, aOffsets: offsets(a), bOffsets: offsets(b),
      output: Self.shape(sizes, order: order))
    return try add(
      name, .batchedProduct(layer), [left.view.node, right.view.node], sizes: sizes, order: order,
      batch: batch(batched))
  }

  /// Whether a value has the batch where another has it, or is one for all samples.
  func fits(_ view: View, _ batch: View.Batch) -> Bool {
    view.batch == batch
      || view.batch == .none && (batch == .none || view.sizes[batch.axis] == 1)
  }
}

extension FoldedTensor {
  /// The transposed matrix.
  func transposed() throws -> FoldedTensor {
    guard shape.count == 2 else { throw NetworkError("expected a matrix, found \(shape)") }
    let (rows, columns) = (shape[0], shape[1])
    let numbers = try values()
    var result = [Double](repeating: 0, count: numbers.count)
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = numbers[row * columns + column] }
    }
    return FoldedTensor(shape: [columns, rows], result, kind)
  }
}
