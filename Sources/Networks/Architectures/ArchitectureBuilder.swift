// Writes down an architecture with branches, layer by layer.

/// Collects nodes. Every call adds one (or a convolution with what follows it) and returns its
/// position, which later calls name as what they read.
struct ArchitectureBuilder {
  private var nodes = [Node("input", .input, inputs: [])]
  /// Of every node's value.
  private(set) var shapes: [MapShape]
  let input = 0

  /// For colour images.
  init(side: Int) { shapes = [MapShape(channels: 3, height: side, width: side)] }

  /// - Parameter parameters: What files call the layer's parameters, where that is not "name.weight" and so on.
  mutating func add(
    _ name: String, _ layer: Layer, _ inputs: Int..., parameters: [String: String] = [:]
  ) -> Int {
    add(Node(name, layer, inputs: inputs, parameterNames: parameters))
  }

  mutating func add(_ name: String, _ layer: Layer, reading inputs: [Int]) -> Int {
    add(Node(name, layer, inputs: inputs))
  }

  private mutating func add(_ node: Node) -> Int {
    shapes.append(node.layer.kind.outputShape(for: node.inputs.map { shapes[$0] }))
    nodes.append(node)
    return nodes.count - 1
  }

  mutating func rectify(_ name: String, _ from: Int) -> Int { add(name, .rectifier, from) }

  mutating func concatenate(_ name: String, _ inputs: [Int]) -> Int {
    add(Node(name, .concatenation, inputs: inputs))
  }

  /// A convolution without bias, of channels in groups where there are several, and the batch
  /// normalisation that stands behind it.
  mutating func normalised(
    _ convolution: String, _ normalisation: String, _ outputs: Int, _ window: Window,
    groups: Int = 1, epsilon: Double = 1e-5, from: Int
  ) -> Int {
    let layer: Layer =
      groups == 1
      ? .convolution(Convolution(outputs: outputs, window: window, hasBias: false))
      : .groupedConvolution(
        GroupedConvolution(outputs: outputs, window: window, groups: groups, hasBias: false))
    let convolved = add(convolution, layer, from)
    return add(
      normalisation, .batchNormalisation(BatchNormalisation(epsilon: epsilon)), convolved)
  }

  /// ImageNet's standardised channels as 2 · pixel − 1, for pixels in 0…1: torchvision's
  /// `transform_input`.
  mutating func symmetric(_ name: String, _ from: Int) -> Int {
    let deviations = [0.229, 0.224, 0.225]
    let means = [0.485, 0.456, 0.406]
    return add(
      name,
      .channelScaling(
        ChannelScaling(
          factors: deviations.map { Float($0 / 0.5) },
          offsets: means.map { Float(($0 - 0.5) / 0.5) })), from)
  }

  /// Squeeze and excitation (Hu et al. 2018): channels scaled by what their means say. A module with
  /// `fc1` and `fc2`.
  mutating func excited(
    _ name: String, squeeze: Int, _ activation: Layer = .rectifier,
    _ gate: ElementFunction = .sigmoid, from: Int
  ) -> Int {
    let map = shapes[from]
    let pooled = add("\(name).avgpool", .adaptiveAveragePool(.global), from)
    let squeezed = add("\(name).fc1", .convolution(squeeze, .square(1)), pooled)
    let activated = add("\(name).activation", activation, squeezed)
    let expanded = add("\(name).fc2", .convolution(map.channels, .square(1)), activated)
    let scale = add("\(name).scale_activation", .function(gate), expanded)
    let product = Broadcast(
      .multiply, [1, 1, map.channels], [map.height, map.width, map.channels], output: map)
    return add("\(name).scale", .broadcast(product), scale, from)
  }

  /// The classifier of networks that pool every channel to one value.
  mutating func pooledClassifier(
    _ name: String, classes: Int, dropout: Double? = nil, from: Int
  ) {
    let pooled = add("avgpool", .adaptiveAveragePool(.global), from)
    let dropped =
      dropout.map { add("dropout", .dropout(Dropout(probability: $0)), pooled) } ?? pooled
    let vector = add("flatten", .flatten, dropped)
    _ = add(name, .fullyConnected(FullyConnected(outputs: classes)), vector)
  }

  func architecture(
    _ name: String, initialisation: Initialisation = .standard, unusedParameters: [String] = []
  ) -> Architecture {
    Architecture(
      name: name, input: shapes[input], nodes: nodes,
      initialisation: initialisation, unusedParameters: unusedParameters)
  }
}

extension Window {
  /// A square window with the same padding on all sides.
  static func square(_ size: Int, stride: Int = 1, padding: Int = 0) -> Window {
    Window(height: size, width: size, stride: stride, padding: Padding(padding))
  }
}

extension Layer {
  static func convolution(_ outputs: Int, _ window: Window) -> Layer {
    .convolution(Convolution(outputs: outputs, window: window))
  }
  static func maxPool(_ size: Int, stride: Int, padding: Int = 0) -> Layer {
    .maxPool(MaxPool(window: .square(size, stride: stride, padding: padding)))
  }
  static func fullyConnected(_ outputs: Int) -> Layer {
    .fullyConnected(FullyConnected(outputs: outputs))
  }
  /// A function of every element.
  package static func function(_ function: ElementFunction) -> Layer {
    .activation(Activation(function))
  }
}
