// ConvNeXt (Liu et al. 2022, "A ConvNet for the 2020s").

/// Tiny, small, base and large; nodes are named as torchvision names their modules.
enum ConvNeXt {
  static let all = [
    known("tiny", [96, 192, 384, 768], depth: 9, resize: 236),
    known("small", [96, 192, 384, 768], depth: 27, resize: 230),
    known("base", [128, 256, 512, 1024], depth: 27, resize: 232),
    known("large", [192, 384, 768, 1536], depth: 27, resize: 232),
  ]

  /// - Parameter depth: Blocks of the third stage; the others have three.
  private static func known(
    _ name: String, _ widths: [Int], depth: Int, resize: Int
  ) -> KnownArchitecture {
    KnownArchitecture(
      "convnext_\(name)", smallestSide: 32, trains: false, photographs: Photographs(resize: resize)
    ) { make(name, widths, depth: depth, classes: $0, side: $1) }
  }

  private static func make(
    _ name: String, _ widths: [Int], depth: Int, classes: Int, side: Int
  ) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = net.add("features.0.0", .convolution(widths[0], .square(4, stride: 4)), net.input)
    x = net.normalisedRows("features.0.1", x)
    for (stage, width) in widths.enumerated() {
      if stage > 0 {
        let name = "features.\(2 * stage)"
        x = net.normalisedRows("\(name).0", x)
        x = net.add("\(name).1", .convolution(width, .square(2, stride: 2)), x)
      }
      for block in 0..<(stage == 2 ? depth : 3) {
        x = residual("features.\(2 * stage + 1).\(block)", from: x, in: &net)
      }
    }
    x = net.add("avgpool", .adaptiveAveragePool(.global), x)
    x = net.normalisedRows("classifier.0", x)
    x = net.add("classifier.1", .flatten, x)
    _ = net.add("classifier.2", .fullyConnected(classes), x)
    return net.architecture("convnext_\(name)")
  }

  private static func residual(
    _ name: String, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let map = net.shapes[from]
    let scale = net.constant("\(name).layer_scale", [map.channels, 1, 1])
    let depthwise = GroupedConvolution(
      outputs: map.channels, window: .square(7, padding: 3), groups: map.channels)
    var x = net.add("\(name).block.0", .groupedConvolution(depthwise), from)
    x = net.normalisedRows("\(name).block.2", x)
    x = net.hiddenOverTokens("\(name).block", (3, 4, 5), 4 * map.channels, from: x)
    let product = Broadcast(
      .multiply, [1, 1, map.channels], [map.height, map.width, map.channels], output: map)
    x = net.add("\(name).scaled", .broadcast(product), scale, x)
    return net.add("\(name).sum", .sum, x, from)
  }
}

/// Parts of networks over tokens.
extension ArchitectureBuilder {
  /// Every position by the statistics of its channels.
  mutating func normalisedRows(_ name: String, epsilon: Double = 1e-6, _ from: Int) -> Int {
    let shape = shapes[from]
    let layer = LayerNormalisation(
      rows: shape.positions, channels: shape.channels, epsilon: epsilon, output: shape)
    return add(name, .layerNormalisation(layer), from)
  }

  /// A parameter as a value, its last size above 1 the channels.
  mutating func constant(_ name: String, _ sizes: [Int]) -> Int {
    let real = sizes.filter { $0 > 1 }
    let channels = real.last ?? 1
    let output = MapShape(
      channels: channels, height: real.reduce(1, *) / channels, width: 1)
    return add(
      name, .constant(Constant(shape: sizes, output: output)), input, parameters: ["value": name])
  }

  /// A linear layer of `width` outputs for every position, GELU, and one back to as many channels.
  /// - Parameter modules: Their numbers behind the name.
  mutating func hiddenOverTokens(
    _ name: String, _ modules: (Int, Int, Int), _ width: Int, from: Int
  ) -> Int {
    let hidden = add("\(name).\(modules.0)", .convolution(.overTokens(outputs: width)), from)
    let activated = add("\(name).\(modules.1)", .function(.gelu), hidden)
    return add(
      "\(name).\(modules.2)", .convolution(.overTokens(outputs: shapes[from].channels)), activated)
  }
}
