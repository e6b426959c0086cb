// MNASNet (Tan et al. 2019, "MnasNet: Platform-aware neural architecture search for mobile"), its B1.

/// Widths 0.5, 0.75, 1 and 1.3; nodes are named as torchvision names their modules.
enum MNASNet {
  static let all = [
    known("0_5", 0.5), known("0_75", 0.75, resize: 232), known("1_0", 1),
    known("1_3", 1.3, resize: 232),
  ]

  private static func known(
    _ name: String, _ width: Double, resize: Int? = nil
  ) -> KnownArchitecture {
    KnownArchitecture(
      "mnasnet\(name)", smallestSide: 32, trains: false,
      photographs: resize.map { Photographs(resize: $0) }
    ) { make(name, width, classes: $0, side: $1) }
  }

  /// Outputs, window, the stride of the first block, expansion, blocks.
  private static let stages = [
    (24, 3, 2, 3, 3), (40, 5, 2, 3, 3), (80, 5, 2, 6, 3), (96, 3, 1, 6, 2), (192, 5, 2, 6, 4),
    (320, 3, 1, 6, 1),
  ]

  private static func make(
    _ name: String, _ width: Double, classes: Int, side: Int
  ) -> Architecture {
    func scaled(_ channels: Int) -> Int { multipleOf8(width * Double(channels)) }
    var net = ArchitectureBuilder(side: side)
    let stem = scaled(32)
    var x = rectified(
      "layers", 0, stem, .square(3, stride: 2, padding: 1), from: net.input, in: &net)
    x = rectified(
      "layers", 3, stem, .square(3, padding: 1), groups: stem, from: x, in: &net)
    x = net.normalised("layers.6", "layers.7", scaled(16), .square(1), from: x)
    for (stage, (outputs, size, stride, expansion, count)) in stages.enumerated() {
      for block in 0..<count {
        x = residual(
          "layers.\(8 + stage).\(block)", scaled(outputs), size, stride: block == 0 ? stride : 1,
          expansion, from: x, in: &net)
      }
    }
    x = rectified("layers", 14, 1280, .square(1), from: x, in: &net)
    x = net.add("flatten", .flatten, net.add("mean", .adaptiveAveragePool(.global), x))
    x = net.add("classifier.0", .dropout(Dropout(probability: 0.2)), x)
    _ = net.add("classifier.1", .fullyConnected(classes), x)
    return net.architecture("mnasnet\(name)")
  }

  /// Three modules in a row, from number `first` on.
  private static func rectified(
    _ name: String, _ first: Int, _ outputs: Int, _ window: Window, groups: Int = 1, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    let normalised = net.normalised(
      "\(name).\(first)", "\(name).\(first + 1)", outputs, window, groups: groups, from: from)
    return net.rectify("\(name).\(first + 2)", normalised)
  }

  private static func residual(
    _ name: String, _ outputs: Int, _ size: Int, stride: Int, _ expansion: Int, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    let inputs = net.shapes[from].channels
    let (layers, inner) = ("\(name).layers", expansion * inputs)
    var x = rectified(layers, 0, inner, .square(1), from: from, in: &net)
    x = rectified(
      layers, 3, inner, .square(size, stride: stride, padding: size / 2), groups: inner, from: x,
      in: &net)
    x = net.normalised("\(layers).6", "\(layers).7", outputs, .square(1), from: x)
    return stride == 1 && inputs == outputs ? net.add("\(name).sum", .sum, x, from) : x
  }
}
