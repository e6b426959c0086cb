// Attention of model files: where queries, keys and values lie, without copying heads apart.

internal import ModelFiles
internal import WeightFiles

extension Lowering {
  /// Softmax(scale · q kᵀ + mask) v of values … × heads × tokens × size. `keyIsTransposed` is set by the pattern that recognises
  /// attention in a file that has it in parts.
  func attention(_ operation: LoweredOperation) throws -> View {
    let q = try operation.view("query")
    var (k, v) = (try operation.view("key"), try operation.view("value"))
    let rank = q.sizes.count
    guard rank >= 3, k.sizes.count == rank, v.sizes.count == rank else {
      throw NetworkError(
        "expected queries, keys and values of as many axes, found \(described(q)), \(described(k)) and \(described(v))"
      )
    }
    guard try (operation.int("softmaxAxis") ?? rank - 1) == rank - 1 else {
      throw NetworkError("expected attention with a softmax over the last axis")
    }
    if try operation.flag("keyIsTransposed") {
      k = k.transposed(Array(0..<rank - 2) + [rank - 1, rank - 2])
    }
    let leading = Array(q.sizes.dropLast(2))
    (k, v) = (try repeated(k, leading), try repeated(v, leading))
    let size = q.sizes[rank - 1]
    let (queries, keys) = (q.sizes[rank - 2], k.sizes[rank - 2])
    guard Array(k.sizes.dropLast(2)) == leading, Array(v.sizes.dropLast(2)) == leading,
      k.sizes[rank - 1] == size, v.sizes[rank - 2] == keys, q.batchAxis < rank - 2,
      fits(k, q.batch), fits(v, q.batch)
    else {
      throw NetworkError(
        "expected queries, keys and values that fit, found \(described(q)), \(described(k)) and \(described(v))"
      )
    }
    // The last of the axes before tokens are the heads, unless the batch is there.
    let headAxis = rank >= 4 && q.batchAxis != rank - 3 ? rank - 3 : nil
    let groupAxes = (0..<rank - 2).filter { $0 != headAxis && q.sizes[$0] > 1 }
    let heads = headAxis.map { q.sizes[$0] } ?? 1
    let groups = groupAxes.map { q.sizes[$0] }.product
    var inputs: [Int] = []
    func input(_ node: Int) -> Int {
      if let known = inputs.firstIndex(of: node) { return known }
      inputs.append(node)
      return inputs.count - 1
    }
    func operand(_ view: View) throws -> Attention.Operand {
      var view = view
      // Groups of several axes need one stride.
      let isRegular = zip(groupAxes, groupAxes.dropFirst()).allSatisfy {
        view.strides[$0] == view.strides[$1] * view.sizes[$1]
      }
      if view.strides[rank - 1] != 1 || !isRegular {
        view = try dense(view, in: Array(0..<rank))
      }
      return Attention.Operand(
        input: input(view.node), offset: view.offset, tokenStride: view.strides[rank - 2],
        headStride: headAxis.map { view.strides[$0] } ?? 0,
        groupStride: groupAxes.last.map { view.strides[$0] } ?? 0)
    }
    let (a, b, c) = (try operand(q), try operand(k), try operand(v))
    var masks: [Attention.Mask] = []
    for name in ["mask", "secondMask"] {
      guard
        let mask = try mask(
          name, of: operation, groupAxes: groupAxes, headAxis: headAxis, batch: q.batch,
          sizes: leading + [queries, keys])
      else { continue }
      masks.append(
        Attention.Mask(
          input: input(mask.node), offset: mask.offset, queryStride: mask.strides[rank - 2],
          headStride: headAxis.map { mask.strides[$0] } ?? 0,
          groupStride: groupAxes.last.map { mask.strides[$0] } ?? 0))
    }
    var sizes = q.sizes
    sizes[rank - 1] = v.sizes[rank - 1]
    let order =
      (0..<rank - 2).filter { $0 != headAxis } + [rank - 2] + (headAxis.map { [$0] } ?? []) + [
        rank - 1
      ]
    let layer = Attention(
      groups: groups, heads: heads, queries: queries, keys: keys, size: size,
      valueSize: v.sizes[rank - 1],
      scale: Float(try operation.number("scale") ?? 1 / Double(size).squareRoot()),
      isCausal: try operation.flag("causal"), query: a, key: b, value: c, masks: masks,
      output: Self.shape(sizes, order: order))
    return try add(
      operation.name(), .attention(layer), inputs, sizes: sizes, order: order,
      batch: q.batch)
  }

  /// Keys or values that several heads share, for each of them.
  private func repeated(_ view: View, _ leading: [Int]) throws -> View {
    var whole = view
    for axis in leading.indices where axis != view.batchAxis && view.sizes[axis] == 1 {
      whole.sizes[axis] = leading[axis]
      whole.strides[axis] = 0
    }
    return whole.sizes == view.sizes ? view : try dense(whole, in: Array(whole.sizes.indices))
  }

  /// What is added to the scores: a constant or a value that broadcasts to them, a number for every key side by side. Axes of
  /// one element have the stride 0.
  private func mask(
    _ name: String, of operation: LoweredOperation, groupAxes: [Int], headAxis: Int?,
    batch: View.Batch, sizes: [Int]
  ) throws -> View? {
    var view: View
    switch try operation.value(name) {
    case nil: return nil
    case .view(let found)?: view = found
    case .folded(let tensor)?:
      // Truth values say which keys are seen, numbers are added.
      let added =
        tensor.kind == .truth
        ? FoldedTensor(
          shape: tensor.shape, try tensor.values().map { $0 != 0 ? 0 : -.infinity },
          .fraction) : tensor
      view = try constant(added, named: operation.name() + ".\(name)")
    case .refused?, .perSample?: throw NetworkError("expected a mask")
    }
    let rank = sizes.count
    guard view.sizes.count <= rank else {
      throw NetworkError("expected a mask for \(sizes), found \(described(view))")
    }
    func extended(_ view: View) -> View {
      var view = view.extended(to: rank)
      for axis in 0..<rank where view.sizes[axis] == 1 { view.strides[axis] = 0 }
      return view
    }
    view = extended(view)
    guard fits(view, batch), zip(view.sizes, sizes).allSatisfy({ $0 == $1 || $0 == 1 }) else {
      throw NetworkError("expected a mask for \(sizes), found \(described(view))")
    }
    // A number for every key, and one stride for all groups.
    if view.sizes[rank - 1] == 1 || groupAxes.contains(where: { view.sizes[$0] == 1 }) {
      var whole = view
      whole.sizes[rank - 1] = sizes[rank - 1]
      if !groupAxes.allSatisfy({ view.sizes[$0] == 1 }) {
        for axis in groupAxes { whole.sizes[axis] = sizes[axis] }
      }
      view = whole
    }
    let isRegular = zip(groupAxes, groupAxes.dropFirst()).allSatisfy {
      view.strides[$0] == view.strides[$1] * view.sizes[$1] || view.sizes[$0] == 1
    }
    if view.strides[rank - 1] != 1 || !isRegular {
      view = extended(try dense(view, in: Array(0..<rank)))
    }
    return view
  }
}
