// Residual networks for ImageNet (He et al. 2016, "Deep residual learning for image recognition",
// table 1).

/// Nodes are named as torchvision names their modules. The stride of a bottleneck is in its 3 × 3
/// convolution, as torchvision has it.
enum ResNet {
  static let all = [18, 34, 50, 101, 152].map { depth in
    KnownArchitecture("resnet\(depth)", smallestSide: 32) {
      make(depth: depth, classes: $0, side: $1)
    }
  }

  private static let blocks = [
    18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3],
    152: [3, 8, 36, 3],
  ]

  private static func make(depth: Int, classes: Int, side: Int) -> Architecture {
    var net = ArchitectureBuilder()
    var x = net.normalised(
      "conv1", "bn1", 64, .square(7, stride: 2, padding: 3), from: net.input)
    x = net.rectify("relu", x)
    x = net.add("maxpool", .maxPool(3, stride: 2, padding: 1), x)
    for (stage, count) in (blocks[depth] ?? []).enumerated() {
      for block in 0..<count {
        x = residual(
          "layer\(stage + 1).\(block)", width: 64 << stage, isBottleneck: depth >= 50,
          stride: stage > 0 && block == 0 ? 2 : 1, isProjected: block == 0, from: x, in: &net)
      }
    }
    net.pooledClassifier("fc", classes: classes, from: x)
    return net.architecture(
      "resnet\(depth)", side: side,
      initialisation: Initialisation(convolution: .kaimingNormal(.fanOut)))
  }

  /// A block of two or, a bottleneck, three convolutions beside its shortcut. The first block of a
  /// stage has a projection where the shape changes: all but the first stage of basic blocks.
  private static func residual(
    _ name: String, width: Int, isBottleneck: Bool, stride: Int, isProjected: Bool, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    let plain = Window.square(3, padding: 1)
    let strided = Window.square(3, stride: stride, padding: 1)
    let windows = isBottleneck ? [.square(1), strided, .square(1)] : [strided, plain]
    let outputs = isBottleneck ? 4 * width : width
    var x = from
    for (position, window) in windows.enumerated() {
      let isLast = position == windows.count - 1
      x = net.normalised(
        "\(name).conv\(position + 1)", "\(name).bn\(position + 1)", isLast ? outputs : width,
        window, from: x)
      if !isLast { x = net.rectify("\(name).relu\(position + 1)", x) }
    }
    var shortcut = from
    if isProjected, isBottleneck || stride > 1 {
      shortcut = net.normalised(
        "\(name).downsample.0", "\(name).downsample.1", outputs, .square(1, stride: stride),
        from: from)
    }
    return net.rectify("\(name).relu", net.add("\(name).sum", .sum, x, shortcut))
  }
}
