// A form that two networks have in common where one of them is taken apart: torch writes attention within shifted windows as
// padding, rolling, reshaping, products, sums and a softmax, the built-in Swin Transformers as two moves and one layer. Layers
// that neither has stand for themselves. Parts stand in the files beside this one: attention, rows.
//
// Why equal forms are the same network: every step is an identity of what is computed, whatever the images are. Moves, one
// behind the other, are the list of places that they lead to, element by element. Factors are multiplied out. Scores are
// products of queries and keys, times a factor, plus numbers: all three are compared, for every window, head, query and key.
// All other layers are compared with every setting and with what they read. Parameters and constants are compared as numbers,
// so that it does not matter what a file has called or computed beforehand. Only numbers that have exponentials or logarithms
// behind them may differ, by rounding. What is not understood has no form, and is no network that is known.

internal import WeightFiles

/// Numbers for what was computed, equal where the same was computed of the same numbers.
struct NormalForms {
  /// A value as a layer reads it.
  struct Source: Hashable {
    let base: Int
    let count: Int
    /// nil where every element stands where it was computed.
    let places: Int?
    let factor: Float
    let factors: Int?
  }

  /// What computes a base.
  enum Content: Hashable {
    /// With the map that it takes its input for, and numbers of its parameters.
    case layer(Layer, MapShape?, parameters: [Int], [Source])
    /// Rows times a matrix.
    case linear(outputs: Int, weight: Int, bias: Int?, Source)
    /// Rows of so many elements, each divided by its norm, or by `least` where that is more.
    case unitRows(size: Int, least: Float, base: Int)
    case attention(AttentionForm)
  }

  /// What numbers are for: those for one thing are not compared with those for another.
  enum Purpose {
    case parameter, factors, scales, mask
  }

  /// What is known of a node's value.
  enum Form {
    case placed(PlacedValue)
    case known(KnownNumbers)
    /// Of queries and keys, before the softmax and behind it.
    case scores(Scores)
    case shares(Scores)
  }

  /// A node with what it reads.
  struct Step {
    let layer: Layer
    let inputs: [Form]
    let inputShape: MapShape?
    let output: MapShape
    let parameters: [[Float]]
  }

  private var bases: [Content: Int] = [:]
  private(set) var contents: [Content] = []
  private var tables: [[Int32]: Int] = [:]
  private var numbers: [Purpose: [Int: [(number: Int, known: KnownNumbers)]]] = [:]
  private var numberCount = 0
  /// Bases that are norms of rows.
  var norms: [Int: RowNorms] = [:]

  /// What a network's output is; nil where it has no form.
  /// - Parameter tensors: Its parameters by name.
  mutating func output(of architecture: Architecture, _ tensors: (String) -> Tensor?) -> Source? {
    let pass = ShapePass(architecture)
    var forms = [Form?](repeating: nil, count: architecture.nodes.count)
    var lastReads = [Int](repeating: 0, count: architecture.nodes.count)
    for (position, node) in architecture.nodes.enumerated() {
      for input in node.inputs { lastReads[input] = position }
    }
    for (position, node) in architecture.nodes.enumerated() {
      let parameters = pass.parametersOfNode[position].compactMap {
        tensors(pass.parameters[$0].name)?.values
      }
      guard parameters.count == pass.parametersOfNode[position].count,
        let form = form(
          of: Step(
            layer: node.layer, inputs: node.inputs.compactMap { forms[$0] },
            inputShape: node.inputs.first.map { pass.shapes[$0] }, output: pass.shapes[position],
            parameters: parameters))
      else { return nil }
      forms[position] = form
      for input in node.inputs where lastReads[input] == position { forms[input] = nil }
    }
    guard case .placed(let value)? = forms.last ?? nil else { return nil }
    return source(value)
  }

  private mutating func form(of step: Step) -> Form? {
    switch step.layer {
    case .dropout, .reinterpretation: step.inputs.first
    case .flatten: flattened(step)
    case .rearrangement(let layer): moved(step, layer)
    case .join(let layer): joined(step, layer)
    case .constant: .known(KnownNumbers(values: step.parameters[0]))
    case .derived(let layer): derived(step, layer)
    case .activation(let layer): activated(step, layer)
    case .broadcast(let layer): combined(step, layer)
    case .convolution(let layer) where layer.isOverTokens: linear(step, layer)
    case .layerNormalisation(let layer): normalised(step, layer)
    case .reduction(let layer): reduced(step, layer)
    case .batchedProduct(let layer): product(step, layer)
    case .softmax(let layer): shares(step, layer)
    case .attention(let layer): attention(step, layer)
    default: whole(step)
    }
  }

  // Numbers for things

  mutating func base(_ content: Content) -> Int {
    if let known = bases[content] { return known }
    bases[content] = contents.count
    contents.append(content)
    return contents.count - 1
  }

  mutating func number(ofTable places: [Int32]) -> Int {
    let number = tables[places] ?? tables.count
    tables[places] = number
    return number
  }

  /// The same for numbers that are close.
  mutating func number(of known: KnownNumbers, as purpose: Purpose = .parameter) -> Int {
    let count = known.values.count
    let others = numbers[purpose]?[count] ?? []
    if let same = others.first(where: { $0.known.isClose(to: known) }) { return same.number }
    numbers[purpose, default: [:]][count, default: []].append((numberCount, known))
    numberCount += 1
    return numberCount - 1
  }

  mutating func source(_ value: PlacedValue) -> Source {
    let isInOrder = value.places?.enumerated().allSatisfy { $0 == Int($1) } ?? true
    return Source(
      base: value.base, count: value.count,
      places: isInOrder ? nil : value.places.map { number(ofTable: $0) }, factor: value.factor,
      factors: value.factors.map { number(of: KnownNumbers(values: $0), as: .factors) })
  }

  // Layers

  /// A layer that stands for itself.
  mutating func whole(_ step: Step, as layer: Layer? = nil) -> Form? {
    var sources: [Source] = []
    for input in step.inputs {
      guard case .placed(let value) = input else { return nil }
      sources.append(source(value))
    }
    if case .sum = step.layer { sources.sort { ($0.base, $0.places ?? -1) < ($1.base, $1.places ?? -1) } }
    let parameters = step.parameters.map { number(of: KnownNumbers(values: $0)) }
    let shape = step.layer.shape(reading: step.inputShape, giving: step.output)
    let own = base(.layer(layer ?? step.layer, shape, parameters: parameters, sources))
    return .placed(PlacedValue(base: own, count: step.output.count))
  }

  private func flattened(_ step: Step) -> Form? {
    guard case .placed(let value)? = step.inputs.first, let map = step.inputShape else { return nil }
    let indices = (0..<map.channels).flatMap { channel in
      (0..<map.positions).map { Int32($0 * map.channels + channel) }
    }
    return .placed(value.moved(by: indices))
  }

  private func moved(_ step: Step, _ layer: Rearrangement) -> Form? {
    let indices = layer.table.indices(count: layer.output.count)
    guard case .placed(let value)? = step.inputs.first,
      layer.fill == 0 || indices.allSatisfy({ $0 >= 0 })
    else { return nil }
    return .placed(value.moved(by: indices))
  }

  private mutating func joined(_ step: Step, _ layer: Join) -> Form? {
    let values = step.inputs.compactMap { input -> PlacedValue? in
      if case .placed(let value) = input { value } else { nil }
    }
    guard values.count == step.inputs.count else { return nil }
    return PlacedValue.joined(values, outer: layer.outer).map { .placed($0) } ?? whole(step)
  }

  private func derived(_ step: Step, _ layer: Derived) -> Form? {
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

  private mutating func activated(_ step: Step, _ layer: Activation) -> Form? {
    switch (step.inputs.first, layer.function) {
    case (.placed(let value)?, .affine(let factor, 0)): .placed(value.multiplied(by: factor))
    case (.scores(let scores)?, .affine(let factor, 0)):
      scores.multiplied(by: [Float](repeating: factor, count: scores.count)).map { .scores($0) }
    case (.placed(let value)?, .clamp(let minimum, .infinity)): clamped(step, value, minimum)
    default: whole(step)
    }
  }

  private mutating func combined(_ step: Step, _ layer: Broadcast) -> Form? {
    guard step.inputs.count == 2 else { return nil }
    let places = layer.walk.places
    switch (step.inputs[0], step.inputs[1], layer.operation) {
    case (let value, .known(let known), .add), (let value, .known(let known), .multiply):
      return combined(value, places.a, known.taken(places.b), adds: layer.operation == .add)
    case (.known(let known), let value, .add), (.known(let known), let value, .multiply):
      return combined(value, places.b, known.taken(places.a), adds: layer.operation == .add)
    case (.placed(let a), .placed(let b), .divide):
      return divided(a.moved(by: places.a), b.moved(by: places.b)) ?? whole(step)
    default: return whole(step)
    }
  }

  /// A value, its elements in the order of `places`, and a number for each of them.
  private mutating func combined(
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
