// Convolution and pooling of several maps of one sample, such as windows that an image was cut into: of one map that has the
// channels of all, in as many groups.

internal import ModelFiles

extension Lowering {
  /// A handler of maps that takes several of a sample, and values of channels × positions, too.
  static func alsoOverWindows(_ handler: @escaping Handler) -> Handler {
    alsoOverRows { lowering, operation in
      let x = try operation.view()
      guard x.sizes.count == 4, x.batchAxis == 0, x.sizes[0] > 1 else {
        return try handler(lowering, operation)
      }
      let count = x.sizes[0]
      let beside = try lowering.beside(operation, x)
      return try handler(lowering, beside).map { result in
        guard case .view(let map) = result else { return result }
        return .view(map.apart(count, batch: x.batch))
      }
    }
  }

  /// The same operation on the maps' channels side by side, with weights for each map.
  private func beside(_ operation: LoweredOperation, _ x: View) throws -> LoweredOperation {
    var beside = operation.operation
    func replace(_ name: String, _ value: LoweredValue) {
      let stored = "\(beside.outputs.first ?? "")/\(name) of all"
      set(stored, value)
      beside.arguments[name] = .value(stored)
    }
    let count = x.sizes[0]
    var split = x
    split.sizes.insert(1, at: 0)
    split.strides.insert(0, at: 0)
    split.batch = .first
    let inner = try dense(split, in: [0, 3, 4, 1, 2])
    var map = inner
    map.sizes = [1, count * x.sizes[1], x.sizes[2], x.sizes[3]]
    map.strides = View.strides(of: map.sizes, order: [0, 2, 3, 1])
    replace("input", .view(map))
    for name in ["weight", "bias"] {
      guard let own = try operation.folded(name) else { continue }
      use([own.constant].compactMap(\.self))
      let repeats = own.shape.indices.map { $0 == 0 ? count : 1 }
      replace(name, .folded(try FoldedPoints.tiled(own, repeats)))
    }
    if beside.arguments["weight"] != nil {
      let groups = try operation.int("groups", 1)
      beside.arguments["groups"] = .int([groups, count].product)
    }
    return LoweredOperation(operation: beside, lowering: self)
  }
}

extension View {
  /// A map's channels as those of several maps.
  fileprivate func apart(_ count: Int, batch: Batch) -> View {
    var result = self
    let channels = sizes[1] / count
    result.sizes = [count, channels, sizes[2], sizes[3]]
    result.strides = [channels * strides[1], strides[1], strides[2], strides[3]]
    result.batch = batch
    return result
  }
}
