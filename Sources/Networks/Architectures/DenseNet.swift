// DenseNet (Huang et al. 2017, "Densely connected convolutional networks").

/// Depths 121, 161, 169 and 201, with bottlenecks; nodes are named as torchvision names their modules.
enum DenseNet {
  static let all = [
    KnownArchitecture("densenet121", smallestSide: 32) { make(121, [6, 12, 24, 16], $0, $1) },
    KnownArchitecture("densenet161", smallestSide: 32) {
      make(161, growth: 48, [6, 12, 36, 24], $0, $1)
    },
    KnownArchitecture("densenet169", smallestSide: 32) { make(169, [6, 12, 32, 32], $0, $1) },
    KnownArchitecture("densenet201", smallestSide: 32) { make(201, [6, 12, 48, 32], $0, $1) },
  ]

  private static func make(
    _ depth: Int, growth: Int = 32, _ blocks: [Int], _ classes: Int, _ side: Int
  ) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = net.normalised(
      "features.conv0", "features.norm0", 2 * growth, .square(7, stride: 2, padding: 3),
      from: net.input)
    x = net.rectify("features.relu0", x)
    x = net.add("features.pool0", .maxPool(3, stride: 2, padding: 1), x)
    for (position, count) in blocks.enumerated() {
      let name = "features.denseblock\(position + 1)"
      // Every layer reads what all before it have added.
      var parts = [x]
      for layer in 1...count {
        parts.append(
          dense("\(name).denselayer\(layer)", growth: growth, from: x, in: &net))
        x = net.concatenate("\(name).concatenation\(layer)", parts)
      }
      if position < blocks.count - 1 {
        x = transition("features.transition\(position + 1)", from: x, in: &net)
      }
    }
    x = activated("features.norm5", "relu", from: x, in: &net)
    net.pooledClassifier("classifier", classes: classes, from: x)
    return net.architecture(
      "densenet\(depth)",
      initialisation: Initialisation(
        convolution: .kaimingNormal(.fanIn), fullyConnected: .standardWithoutBias))
  }

  private static func activated(
    _ name: String, _ rectifier: String, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    net.rectify(rectifier, net.add(name, .batchNormalisation(BatchNormalisation()), from))
  }

  private static func plain(_ outputs: Int, _ window: Window) -> Layer {
    .convolution(Convolution(outputs: outputs, window: window, hasBias: false))
  }

  private static func dense(
    _ name: String, growth: Int, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let first = activated("\(name).norm1", "\(name).relu1", from: from, in: &net)
    let reduced = net.add("\(name).conv1", plain(4 * growth, .square(1)), first)
    let second = activated("\(name).norm2", "\(name).relu2", from: reduced, in: &net)
    return net.add("\(name).conv2", plain(growth, .square(3, padding: 1)), second)
  }

  /// Half of the channels, a quarter of the positions.
  private static func transition(
    _ name: String, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let channels = net.shapes[from].channels / 2
    let normalised = activated("\(name).norm", "\(name).relu", from: from, in: &net)
    let reduced = net.add("\(name).conv", plain(channels, .square(1)), normalised)
    return net.add(
      "\(name).pool", .averagePool(AveragePool(window: .square(2, stride: 2))), reduced)
  }
}
