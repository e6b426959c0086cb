// Writes down an architecture with branches, layer by layer.

/// Collects nodes. Every call adds one (or a convolution with what follows it) and returns its
/// position, which later calls name as what they read.
struct ArchitectureBuilder {
  private var nodes = [Node("input", .input, inputs: [])]
  let input = 0

  mutating func add(_ name: String, _ layer: Layer, _ inputs: Int...) -> Int {
    nodes.append(Node(name, layer, inputs: inputs))
    return nodes.count - 1
  }

  mutating func rectify(_ name: String, _ from: Int) -> Int { add(name, .rectifier, from) }

  mutating func concatenate(_ name: String, _ inputs: [Int]) -> Int {
    nodes.append(Node(name, .concatenation, inputs: inputs))
    return nodes.count - 1
  }

  /// A convolution without bias, and the batch normalisation that stands behind it.
  mutating func normalised(
    _ convolution: String, _ normalisation: String, _ outputs: Int, _ window: Window,
    epsilon: Double = 1e-5, from: Int
  ) -> Int {
    let convolved = add(
      convolution,
      .convolution(Convolution(outputs: outputs, window: window, hasBias: false)), from)
    return add(
      normalisation, .batchNormalisation(BatchNormalisation(epsilon: epsilon)), convolved)
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
    _ name: String, side: Int, initialisation: Initialisation, unusedParameters: [String] = []
  ) -> Architecture {
    Architecture(
      name: name, input: MapShape(channels: 3, height: side, width: side), nodes: nodes,
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
}
