// Layers in normal form: moves, constants, functions and arithmetic of elements, and those that stand for themselves.

extension NormalForms {
  /// A layer that stands for itself.
  mutating func whole(_ step: Step, as layer: Layer? = nil) -> Form? {
    let values = step.inputs.compactMap(\.placed)
    guard values.count == step.inputs.count else { return nil }
    let sources = values.map { source($0) }
    let parameters = step.parameters.map { number(of: KnownNumbers(values: $0)) }
    let shape = step.layer.shape(reading: step.inputShape, giving: step.output)
    let own = base(.layer(layer ?? step.layer, shape, parameters: parameters, sources))
    return .placed(PlacedValue(base: own, count: step.output.count))
  }

  /// In whatever order.
  mutating func summed(_ values: [PlacedValue]) -> Form? {
    guard values.count == 2 else { return nil }
    let sources = values.map { source($0) }.sorted {
      ($0.base, $0.places ?? -1, $0.factor) < ($1.base, $1.places ?? -1, $1.factor)
    }
    let own = base(.layer(.sum, nil, parameters: [], sources))
    return .placed(PlacedValue(base: own, count: values[0].count))
  }

  func flattened(_ step: Step) -> Form? {
    guard case .placed(let value)? = step.inputs.first, let map = step.inputShape else {
      return nil
    }
    let indices = (0..<map.channels).flatMap { channel in
      (0..<map.positions).map { Int32($0 * map.channels + channel) }
    }
    return .placed(value.moved(by: indices))
  }

  func moved(_ step: Step, _ layer: Rearrangement) -> Form? {
    let indices = layer.table.indices(count: layer.output.count)
    guard case .placed(let value)? = step.inputs.first,
      layer.fill == 0 || indices.allSatisfy({ $0 >= 0 })
    else { return nil }
    return .placed(value.moved(by: indices))
  }

  mutating func joined(_ step: Step, _ layer: Join) -> Form? {
    let values = step.inputs.compactMap(\.placed)
    guard values.count == step.inputs.count else { return nil }
    return PlacedValue.joined(values, outer: layer.outer).map { .placed($0) } ?? whole(step)
  }

  func derived(_ step: Step, _ layer: Derived) -> Form? {
    let inputs = step.inputs.map { input in
      if case .known(let known) = input { known.values } else { [Float]() }
    }
    let values = layer.value(of: inputs)
    let isRounded =
      switch layer.operation {
      case .continuousPositions, .headScales: true
      case .relativePositions, .shiftedWindows, .biasWithoutKeys: false
      }
    let largest = values.reduce(0) { max($0, abs($1)) }
    return .known(KnownNumbers(values: values, tolerance: isRounded ? 1e-5 * largest : 0))
  }

  mutating func activated(_ step: Step, _ layer: Activation) -> Form? {
    switch (step.inputs.first, layer.function) {
    case (.placed(let value)?, .affine(let factor, 0)): .placed(value.multiplied(by: factor))
    case (.scores(let scores)?, .affine(let factor, 0)):
      scores.multiplied(by: [Float](repeating: factor, count: scores.count)).map { .scores($0) }
    case (.placed(let value)?, .clamp(let minimum, .infinity)): clamped(step, value, minimum)
    default: whole(step)
    }
  }

  mutating func combined(_ step: Step, _ layer: Broadcast) -> Form? {
    guard step.inputs.count == 2 else { return nil }
    let places = layer.walk.places
    switch (step.inputs[0], step.inputs[1], layer.operation) {
    case (let value, .known(let known), .add), (let value, .known(let known), .multiply):
      return combined(value, places.a, known.taken(places.b), adds: layer.operation == .add)
    case (.known(let known), let value, .add), (.known(let known), let value, .multiply):
      return combined(value, places.b, known.taken(places.a), adds: layer.operation == .add)
    case (.placed(let a), .placed(let b), .add):
      // Of parts that lie within larger values, as what is cut off at the ends leaves them.
      return summed([a.moved(by: places.a), b.moved(by: places.b)])
    case (.placed(let a), .placed(let b), .divide):
      return divided(a.moved(by: places.a), b.moved(by: places.b)) ?? whole(step)
    default: return whole(step)
    }
  }

  /// A value, its elements in the order of `places`, and a number for each of them.
  mutating func combined(
    _ form: Form, _ places: [Int32], _ known: KnownNumbers, adds: Bool
  ) -> Form? {
    switch form {
    case .placed(let value):
      return adds
        ? biased(value, places, known)
        : .placed(value.moved(by: places).multiplied(by: known.values))
    case .scores(let scores):
      guard places.count == scores.count, places.enumerated().allSatisfy({ $0 == Int($1) }) else {
        return nil
      }
      return (adds ? scores.adding(known) : scores.multiplied(by: known.values)).map { .scores($0) }
    case .known, .shares: return nil
    }
  }
}

extension KnownNumbers {
  func taken(_ places: [Int32]) -> KnownNumbers {
    KnownNumbers(values: places.map { values[Int($0)] }, tolerance: tolerance)
  }
}
