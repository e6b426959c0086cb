// ShuffleNet V2 (Ma et al. 2018, "ShuffleNet V2: Practical guidelines for efficient CNN architecture
// design").

/// Widths 0.5, 1, 1.5 and 2; nodes are named as torchvision names their modules.
enum ShuffleNetV2 {
  static let all = [
    known("0_5", [48, 96, 192, 1024]), known("1_0", [116, 232, 464, 1024]),
    known("1_5", [176, 352, 704, 1024], resize: 232),
    known("2_0", [244, 488, 976, 2048], resize: 232),
  ]

  /// - Parameter widths: Channels of the three stages and of the last convolution.
  private static func known(
    _ name: String, _ widths: [Int], resize: Int? = nil
  ) -> KnownArchitecture {
    KnownArchitecture(
      "shufflenet_v2_x\(name)", smallestSide: 32, largestSide: 1024, trains: false,
      photographs: resize.map { Photographs(resize: $0) }
    ) { make(name, widths, classes: $0, side: $1) }
  }

  private static func make(
    _ name: String, _ widths: [Int], classes: Int, side: Int
  ) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = rectified(
      "conv1", 0, 24, .square(3, stride: 2, padding: 1), from: net.input, in: &net)
    x = net.add("maxpool", .maxPool(3, stride: 2, padding: 1), x)
    for (stage, count) in [4, 8, 4].enumerated() {
      for unit in 0..<count {
        let name = "stage\(stage + 2).\(unit)"
        if unit == 0 {
          // What comes out of a stage is read with its channels in their shuffled order.
          if stage > 0 { x = shuffled("\(name).shuffle", from: x, in: &net) }
          x = halving(name, widths[stage] / 2, from: x, in: &net)
        } else {
          let kept = shuffled("\(name).kept", half: 0, from: x, in: &net)
          let taken = shuffled("\(name).taken", half: 1, from: x, in: &net)
          let branch = branch2(name, widths[stage] / 2, stride: 1, from: taken, in: &net)
          x = net.concatenate("\(name).concatenation", [kept, branch])
        }
      }
    }
    x = shuffled("conv5.shuffle", from: x, in: &net)
    x = rectified("conv5", 0, widths[3], .square(1), from: x, in: &net)
    net.pooledClassifier("fc", classes: classes, from: x)
    return net.architecture("shufflenet_v2_x\(name)")
  }

  /// The channels of a map's two halves in turn, or a half of these.
  private static func shuffled(
    _ name: String, half: Int? = nil, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let map = net.shapes[from]
    let inTurn = (0..<map.channels).map { $0 % 2 * (map.channels / 2) + $0 / 2 }
    let channels = half.map { Array(inTurn[($0 * map.channels / 2)...].prefix(map.channels / 2)) }
    let output = MapShape(
      channels: (channels ?? inTurn).count, height: map.height, width: map.width)
    let layer = Rearrangement(
      sizes: [map.positions, map.channels], picks: [nil, channels ?? inTurn], output: output)
    return net.add(name, .rearrangement(layer), from)
  }

  private static func rectified(
    _ name: String, _ first: Int, _ outputs: Int, _ window: Window, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    net.rectify(
      "\(name).\(first + 2)",
      net.normalised("\(name).\(first)", "\(name).\(first + 1)", outputs, window, from: from))
  }

  /// Each channel by itself.
  private static func depthwise(
    _ name: String, _ first: Int, stride: Int, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let channels = net.shapes[from].channels
    return net.normalised(
      "\(name).\(first)", "\(name).\(first + 1)", channels,
      .square(3, stride: stride, padding: 1), groups: channels, from: from)
  }

  private static func branch2(
    _ name: String, _ outputs: Int, stride: Int, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let name = "\(name).branch2"
    var x = rectified(name, 0, outputs, .square(1), from: from, in: &net)
    x = depthwise(name, 3, stride: stride, from: x, in: &net)
    return rectified(name, 5, outputs, .square(1), from: x, in: &net)
  }

  private static func halving(
    _ name: String, _ outputs: Int, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let smaller = depthwise("\(name).branch1", 0, stride: 2, from: from, in: &net)
    let first = rectified("\(name).branch1", 2, outputs, .square(1), from: smaller, in: &net)
    let second = branch2(name, outputs, stride: 2, from: from, in: &net)
    return net.concatenate("\(name).concatenation", [first, second])
  }
}
