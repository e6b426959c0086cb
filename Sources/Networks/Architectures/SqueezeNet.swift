// SqueezeNet (Iandola et al. 2016, "AlexNet-level accuracy with 50x fewer parameters"). It has no
// fully connected layer: its classifier is a convolution.

/// Versions 1.0 and 1.1; nodes are named as torchvision names their modules.
enum SqueezeNet {
  static let all = [
    KnownArchitecture("squeezenet1_0", smallestSide: 21) { make(stem10, "1_0", $0, $1) },
    KnownArchitecture("squeezenet1_1", smallestSide: 17) { make(stem11, "1_1", $0, $1) },
  ]

  private enum Step {
    case convolution(Int, Window)
    case pool
    case fire(squeeze: Int, expand: Int)
  }

  private static let stem10: [Step] = [
    .convolution(96, .square(7, stride: 2)), .pool,
    .fire(squeeze: 16, expand: 64), .fire(squeeze: 16, expand: 64),
    .fire(squeeze: 32, expand: 128), .pool,
    .fire(squeeze: 32, expand: 128), .fire(squeeze: 48, expand: 192),
    .fire(squeeze: 48, expand: 192), .fire(squeeze: 64, expand: 256), .pool,
    .fire(squeeze: 64, expand: 256),
  ]

  private static let stem11: [Step] = [
    .convolution(64, .square(3, stride: 2)), .pool,
    .fire(squeeze: 16, expand: 64), .fire(squeeze: 16, expand: 64), .pool,
    .fire(squeeze: 32, expand: 128), .fire(squeeze: 32, expand: 128), .pool,
    .fire(squeeze: 48, expand: 192), .fire(squeeze: 48, expand: 192),
    .fire(squeeze: 64, expand: 256), .fire(squeeze: 64, expand: 256),
  ]

  private static func make(
    _ steps: [Step], _ version: String, _ classes: Int, _ side: Int
  ) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = net.input
    // Modules are numbered; the rectifier behind the first convolution is one of them.
    var module = 0
    for step in steps {
      let name = "features.\(module)"
      module += 1
      switch step {
      case .convolution(let outputs, let window):
        x = net.add(name, .convolution(outputs, window), x)
        x = net.rectify("features.\(module)", x)
        module += 1
      case .pool:
        let window = Window(height: 3, width: 3, stride: 2, roundsUp: true)
        x = net.add(name, .maxPool(MaxPool(window: window)), x)
      case .fire(let squeeze, let expand):
        x = fire(name, squeeze, expand, from: x, in: &net)
      }
    }
    x = net.add("classifier.0", .dropout(Dropout()), x)
    x = net.add("classifier.1", .convolution(classes, .square(1)), x)
    x = net.rectify("classifier.2", x)
    x = net.add("classifier.3", .adaptiveAveragePool(.global), x)
    _ = net.add("flatten", .flatten, x)
    return net.architecture(
      "squeezenet\(version)",
      initialisation: Initialisation(
        convolution: .kaimingUniform, of: ["classifier.1": .normal(0.01)]))
  }

  private static func fire(
    _ name: String, _ squeeze: Int, _ expand: Int, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    func rectified(_ part: String, _ outputs: Int, _ window: Window, _ from: Int) -> Int {
      net.rectify(
        "\(name).\(part)_activation",
        net.add("\(name).\(part)", .convolution(outputs, window), from))
    }
    let squeezed = rectified("squeeze", squeeze, .square(1), from)
    let points = rectified("expand1x1", expand, .square(1), squeezed)
    let squares = rectified("expand3x3", expand, .square(3, padding: 1), squeezed)
    return net.concatenate("\(name).concatenation", [points, squares])
  }
}
