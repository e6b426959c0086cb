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

    var placed: PlacedValue? { if case .placed(let value) = self { value } else { nil } }
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
  private var tables: [Int: [(number: Int, places: [Int32])]] = [:]
  private var numbers: [Purpose: [Int: [(number: Int, known: KnownNumbers)]]] = [:]
  /// Of tables and numbers together.
  private var listed = 0
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
    case .sum: summed(step.inputs.compactMap(\.placed))
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
    let others = tables[places.count] ?? []
    if let same = others.first(where: { $0.places == places }) { return same.number }
    listed += 1
    tables[places.count, default: []].append((listed, places))
    return listed
  }

  /// The same for numbers that are close.
  mutating func number(of known: KnownNumbers, as purpose: Purpose = .parameter) -> Int {
    let count = known.values.count
    let others = numbers[purpose]?[count] ?? []
    if let same = others.first(where: { $0.known.isClose(to: known) }) { return same.number }
    listed += 1
    numbers[purpose, default: [:]][count, default: []].append((listed, known))
    return listed
  }

  mutating func source(_ value: PlacedValue) -> Source {
    let isInOrder = value.places?.enumerated().allSatisfy { $0 == Int($1) } ?? true
    return Source(
      base: value.base, count: value.count,
      places: isInOrder ? nil : value.places.map { number(ofTable: $0) }, factor: value.factor,
      factors: value.factors.map { number(of: KnownNumbers(values: $0), as: .factors) })
  }
}
