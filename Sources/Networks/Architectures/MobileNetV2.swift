// MobileNet V2 (Sandler et al. 2018, "MobileNetV2: Inverted residuals and linear bottlenecks").

/// Width 1; nodes are named as torchvision names its modules.
enum MobileNetV2 {
  static let all = [
    KnownArchitecture(
      "mobilenet_v2", smallestSide: 32, trains: false, photographs: Photographs(resize: 232),
      make)
  ]

  /// Expansion, outputs, blocks, and the stride of the first.
  private static let stages = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
  ]

  private static func make(classes: Int, side: Int) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = clipped(
      "features.0", 32, .square(3, stride: 2, padding: 1), from: net.input, in: &net)
    var module = 1
    for (expansion, outputs, count, stride) in stages {
      for block in 0..<count {
        x = residual(
          "features.\(module).conv", expansion, outputs, stride: block == 0 ? stride : 1, from: x,
          in: &net)
        module += 1
      }
    }
    x = clipped("features.\(module)", 1280, .square(1), from: x, in: &net)
    x = net.add("avgpool", .adaptiveAveragePool(.global), x)
    x = net.add(
      "classifier.0", .dropout(Dropout(probability: 0.2)), net.add("flatten", .flatten, x))
    _ = net.add("classifier.1", .fullyConnected(classes), x)
    return net.architecture("mobilenet_v2")
  }

  /// A convolution, its batch normalisation, and values between 0 and 6.
  private static func clipped(
    _ name: String, _ outputs: Int, _ window: Window, groups: Int = 1, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    let normalised = net.normalised(
      "\(name).0", "\(name).1", outputs, window, groups: groups, from: from)
    return net.add("\(name).2", .function(.clamp(minimum: 0, maximum: 6)), normalised)
  }

  private static func residual(
    _ name: String, _ expansion: Int, _ outputs: Int, stride: Int, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    let inputs = net.shapes[from].channels
    let inner = expansion * inputs
    var x = from
    var module = 0
    if expansion > 1 {
      x = clipped("\(name).0", inner, .square(1), from: x, in: &net)
      module = 1
    }
    x = clipped(
      "\(name).\(module)", inner, .square(3, stride: stride, padding: 1), groups: inner, from: x,
      in: &net)
    x = net.normalised(
      "\(name).\(module + 1)", "\(name).\(module + 2)", outputs, .square(1), from: x)
    return stride == 1 && inputs == outputs ? net.add("\(name).sum", .sum, from, x) : x
  }
}
