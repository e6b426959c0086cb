// Residual networks for ImageNet: He et al. 2016, "Deep residual learning for image recognition",
// table 1; ResNeXt (Xie et al. 2017, "Aggregated residual transformations for deep neural networks");
// wide ones (Zagoruyko and Komodakis 2016, "Wide residual networks").

/// Nodes are named as torchvision names their modules. The stride of a bottleneck is in its 3 × 3
/// convolution, as torchvision has it.
enum ResNet {
  static let all =
    [18, 34, 50, 101, 152].map { depth in Form(name: "resnet\(depth)", depth: depth).known }
    + [
      Form(name: "resnext50_32x4d", depth: 50, groups: 32, groupWidth: 4).known,
      Form(name: "resnext101_32x8d", depth: 101, groups: 32, groupWidth: 8).known,
      Form(name: "resnext101_64x4d", depth: 101, groups: 64, groupWidth: 4).known,
      Form(name: "wide_resnet50_2", depth: 50, groupWidth: 128).known,
      Form(name: "wide_resnet101_2", depth: 101, groupWidth: 128).known,
    ]

  private static let blocks = [
    18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3], 101: [3, 4, 23, 3],
    152: [3, 8, 36, 3],
  ]

  private struct Form {
    let name: String
    let depth: Int
    var groups = 1
    /// Channels of a group of the first stage's 3 × 3 convolutions.
    var groupWidth = 64

    var known: KnownArchitecture {
      KnownArchitecture(
        name, smallestSide: 32, trains: groups == 1,
        photographs: groups > 1 || groupWidth > 64 ? Photographs(resize: 232) : nil
      ) { make(self, classes: $0, side: $1) }
    }
  }

  private static func make(_ form: Form, classes: Int, side: Int) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = net.normalised(
      "conv1", "bn1", 64, .square(7, stride: 2, padding: 3), from: net.input)
    x = net.rectify("relu", x)
    x = net.add("maxpool", .maxPool(3, stride: 2, padding: 1), x)
    for (stage, count) in (blocks[form.depth] ?? []).enumerated() {
      for block in 0..<count {
        x = residual(
          "layer\(stage + 1).\(block)", form, width: 64 << stage,
          stride: stage > 0 && block == 0 ? 2 : 1, isProjected: block == 0, from: x, in: &net)
      }
    }
    net.pooledClassifier("fc", classes: classes, from: x)
    return net.architecture(
      form.name, initialisation: Initialisation(convolution: .kaimingNormal(.fanOut)))
  }

  /// A block of two or, a bottleneck, three convolutions beside its shortcut. The first block of a
  /// stage has a projection where the shape changes: all but the first stage of basic blocks.
  private static func residual(
    _ name: String, _ form: Form, width: Int, stride: Int, isProjected: Bool, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    let isBottleneck = form.depth >= 50
    let plain = Window.square(3, padding: 1)
    let strided = Window.square(3, stride: stride, padding: 1)
    let windows = isBottleneck ? [.square(1), strided, .square(1)] : [strided, plain]
    let outputs = isBottleneck ? 4 * width : width
    let inner = width * form.groupWidth / 64 * form.groups
    var x = from
    for (position, window) in windows.enumerated() {
      let isLast = position == windows.count - 1
      x = net.normalised(
        "\(name).conv\(position + 1)", "\(name).bn\(position + 1)", isLast ? outputs : inner,
        window, groups: isBottleneck && position == 1 ? form.groups : 1, from: x)
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
