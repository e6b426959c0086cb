// A model file's operations become the engine's nodes: the state of that work, and what all operations need. What each
// operation becomes stands in the files beside this one, a table each.

internal import Basics
internal import ModelFiles
internal import WeightFiles

/// What a name of the file stands for.
enum LoweredValue {
  case view(View)
  case folded(FoldedTensor)
  case perSample(BatchNumbers)
  /// Of an operation that could not be lowered, or of one that reads such a value.
  case refused
}

/// Builds nodes in the order of the file's operations.
final class Lowering {
  /// What stands for the batch in the sizes that files compute with: prime, and larger than any real size, so that a size has
  /// the batch in it where it is divisible by it.
  static let batch = 1_000_003

  private(set) var nodes: [Node] = []
  private(set) var shapes: [MapShape] = []
  private(set) var tensors: [String: Tensor] = [:]
  /// Those that are none of the file's own by that name.
  private(set) var computed: Set<String> = []
  private var values: [String: LoweredValue] = [:]
  /// The file's own tensors that the network is made of.
  private(set) var used: [String: ModelConstant] = [:]
  private var nodeNames: Set<String> = []
  private var parameterNames: Set<String> = []
  /// What was made contiguous before, by view and order.
  private var copies: [CopyKey: View] = [:]
  private struct CopyKey: Hashable {
    let view: View
    let order: [Int]
  }

  init(input: MapShape, name: String) {
    nodes = [Node("input", .input, inputs: [])]
    shapes = [input]
    nodeNames = ["input"]
    let sizes = [1, input.channels, input.height, input.width]
    values[name] = .view(View(node: 0, sizes: sizes, order: [0, 2, 3, 1], batch: .first))
  }

  // Values

  func set(_ name: String, _ value: LoweredValue) { values[name] = value }
  func value(_ name: String) -> LoweredValue? { values[name] }
  func forget(_ name: String) { values[name] = nil }

  /// Sizes as the file sees them, with the batch.
  func fileSizes(_ view: View) -> [Int] {
    var sizes = view.sizes
    if view.batchAxis != View.noBatch { sizes[view.batchAxis] *= Self.batch }
    return sizes
  }

  // Nodes

  /// Adds a node under a name of its own.
  /// - Parameters:
  ///   - sizes, order: The axes of its value, and how they lie in memory.
  ///   - parameters: By the layer's own names.
  func add(
    _ name: String, _ layer: Layer, _ inputs: [Int], sizes: [Int], order: [Int], batch: View.Batch,
    parameters: [String: FoldedTensor] = [:]
  ) throws -> View {
    let name = unique(name)
    var own: [String: String] = [:]
    for (role, parameter) in parameters.sorted(by: { $0.key < $1.key }) {
      if let constant = parameter.constant { used[constant.name] = constant }
      // A tensor that two nodes read is a parameter of each, and can have its name once.
      let stored = parameter.constant?.name ?? "\(name).\(role)"
      var (chosen, next) = (stored, 1)
      while !parameterNames.insert(chosen).inserted {
        chosen = "\(name).\(role)" + (next == 1 ? "" : "#\(next)")
        next += 1
      }
      if chosen != "\(name).\(role)" { own[role] = chosen }
      if chosen != parameter.constant?.name { computed.insert(chosen) }
      tensors[chosen] = try parameter.tensor()
    }
    try Limits.check(sizes)
    let inputShapes = inputs.map { shapes[$0] }
    nodes.append(Node(name, layer, inputs: inputs, parameterNames: own))
    shapes.append(layer.kind.outputShape(for: inputShapes))
    return View(node: nodes.count - 1, sizes: sizes, order: order, batch: batch)
  }

  /// The constants that something was computed of before the network runs.
  func use(_ constants: [ModelConstant]) {
    for constant in constants { used[constant.name] = constant }
  }

  private func unique(_ name: String) -> String {
    let base = name.isEmpty ? "node" : name
    var candidate = base
    var next = 1
    while !nodeNames.insert(candidate).inserted {
      next += 1
      candidate = "\(base)#\(next)"
    }
    return candidate
  }

  // Memory

  func count(of node: Int) -> Int { shapes[node].count }
  func shape(of node: Int) -> MapShape { shapes[node] }

  /// The shape that the graph has of a value whose axes lie in `order`: the innermost axis is the channels.
  static func shape(_ sizes: [Int], order: [Int]) -> MapShape {
    let real = order.map { sizes[$0] }.filter { $0 > 1 }
    guard let channels = real.last else { return MapShape(vector: 1) }
    let rest = real.dropLast()
    let height = rest.count == 2 ? rest[0] : rest.product
    return MapShape(channels: channels, height: height, width: rest.count == 2 ? rest[1] : 1)
  }

  /// The same elements, in `order` in memory, without gaps.
  func dense(_ view: View, in order: [Int]) throws -> View {
    if view.lies(in: order, of: count(of: view.node)) { return view }
    try Limits.check(view.sizes, most: Limits.places)
    let key = CopyKey(view: view, order: order)
    if let known = copies[key] { return known }
    if isFlattening(view, in: order) {
      let copy = try add(
        "\(nodes[view.node].name).flat", .flatten, [view.node], sizes: view.sizes, order: order,
        batch: view.batch)
      copies[key] = copy
      return copy
    }
    var layer = Rearrangement(
      indices: view.positions(in: order), inputCount: count(of: view.node),
      output: Self.shape(view.sizes, order: order))
    var source = view.node
    // What was moved before is read from where it came from, if that takes no longer.
    if case .rearrangement(let before) = nodes[source].layer, let whole = layer.following(before),
      before.isByElement || !whole.isByElement
    {
      (layer, source) = (whole, nodes[source].inputs[0])
    }
    let copy = try add(
      "\(nodes[view.node].name).rearranged", .rearrangement(layer), [source],
      sizes: view.sizes, order: order, batch: view.batch)
    copies[key] = copy
    return copy
  }

  /// Whether a whole map is wanted with its channels outermost.
  private func isFlattening(_ view: View, in order: [Int]) -> Bool {
    let shape = shapes[view.node]
    return view.sizes == [1, shape.channels, shape.height, shape.width] && order == [0, 1, 2, 3]
      && view.lies(in: [0, 2, 3, 1], of: shape.count)
  }

  /// The same elements without gaps, in the order that they have.
  func dense(_ view: View) throws -> View {
    view.isDense(of: count(of: view.node)) ? view : try dense(view, in: view.memoryOrder)
  }

  /// The node of a view whose memory the graph sees as this shape.
  func node(_ view: View, as shape: MapShape) throws -> Int {
    guard shapes[view.node] != shape else { return view.node }
    precondition(shapes[view.node].count == shape.count, "Another shape of the same elements.")
    return try add(
      "\(nodes[view.node].name).shape", .reinterpretation(Reinterpretation(shape: shape)),
      [view.node], sizes: view.sizes, order: view.memoryOrder, batch: view.batch
    ).node
  }

  /// A map channels × rows × columns of one sample, dense, channels innermost.
  func map(_ view: View) throws -> (node: Int, shape: MapShape) {
    guard view.sizes.count == 4, view.batchAxis == 0, view.sizes[0] == 1 else {
      throw NetworkError(
        "expected a batch of maps (channels × rows × columns), found \(described(view))")
    }
    let dense = try dense(view, in: [0, 2, 3, 1])
    let shape = MapShape(
      channels: view.sizes[1], height: view.sizes[2], width: view.sizes[3])
    return (try node(dense, as: shape), shape)
  }

  /// Sizes in words, the batch as N.
  func described(_ view: View) -> String {
    view.sizes.enumerated().map { axis, size in
      axis == view.batchAxis ? (size == 1 ? "N" : "\(size)·N") : "\(size)"
    }.joined(separator: " × ")
  }
}
