// MobileNet V3 (Howard et al. 2019, "Searching for MobileNetV3").

/// Small and large; nodes are named as torchvision names their modules.
enum MobileNetV3 {
  static let all = [
    KnownArchitecture("mobilenet_v3_small", smallestSide: 32, trains: false) {
      make("small", small, hidden: 1024, classes: $0, side: $1)
    },
    KnownArchitecture(
      "mobilenet_v3_large", smallestSide: 32, trains: false, photographs: Photographs(resize: 232)
    ) { make("large", large, hidden: 1280, classes: $0, side: $1) },
  ]

  private struct Block {
    let size: Int
    let inner: Int
    let outputs: Int
    let excites: Bool
    let activation: Layer
    let stride: Int

    init(
      _ size: Int, _ inner: Int, _ outputs: Int, excites: Bool = false, _ activation: Layer,
      stride: Int = 1
    ) {
      (self.size, self.inner, self.outputs) = (size, inner, outputs)
      (self.excites, self.activation, self.stride) = (excites, activation, stride)
    }
  }

  private static let swish = Layer.function(.hardSwish)

  private static let small = [
    Block(3, 16, 16, excites: true, .rectifier, stride: 2), Block(3, 72, 24, .rectifier, stride: 2),
    Block(3, 88, 24, .rectifier), Block(5, 96, 40, excites: true, swish, stride: 2),
    Block(5, 240, 40, excites: true, swish), Block(5, 240, 40, excites: true, swish),
    Block(5, 120, 48, excites: true, swish), Block(5, 144, 48, excites: true, swish),
    Block(5, 288, 96, excites: true, swish, stride: 2), Block(5, 576, 96, excites: true, swish),
    Block(5, 576, 96, excites: true, swish),
  ]

  private static let large = [
    Block(3, 16, 16, .rectifier), Block(3, 64, 24, .rectifier, stride: 2),
    Block(3, 72, 24, .rectifier), Block(5, 72, 40, excites: true, .rectifier, stride: 2),
    Block(5, 120, 40, excites: true, .rectifier), Block(5, 120, 40, excites: true, .rectifier),
    Block(3, 240, 80, swish, stride: 2), Block(3, 200, 80, swish), Block(3, 184, 80, swish),
    Block(3, 184, 80, swish), Block(3, 480, 112, excites: true, swish),
    Block(3, 672, 112, excites: true, swish), Block(5, 672, 160, excites: true, swish, stride: 2),
    Block(5, 960, 160, excites: true, swish), Block(5, 960, 160, excites: true, swish),
  ]

  private static func make(
    _ size: String, _ blocks: [Block], hidden: Int, classes: Int, side: Int
  ) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = activated(
      "features.0", 16, .square(3, stride: 2, padding: 1), swish, from: net.input, in: &net)
    for (position, block) in blocks.enumerated() {
      x = residual("features.\(position + 1)", block, from: x, in: &net)
    }
    x = activated(
      "features.\(blocks.count + 1)", 6 * net.shapes[x].channels, .square(1), swish, from: x,
      in: &net)
    x = net.add("flatten", .flatten, net.add("avgpool", .adaptiveAveragePool(.global), x))
    x = net.add("classifier.0", .fullyConnected(hidden), x)
    x = net.add("classifier.1", swish, x)
    x = net.add("classifier.2", .dropout(Dropout(probability: 0.2)), x)
    _ = net.add("classifier.3", .fullyConnected(classes), x)
    return net.architecture("mobilenet_v3_\(size)")
  }

  private static func activated(
    _ name: String, _ outputs: Int, _ window: Window, groups: Int = 1, _ activation: Layer,
    from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let normalised = net.normalised(
      "\(name).0", "\(name).1", outputs, window, groups: groups, epsilon: 1e-3, from: from)
    return net.add("\(name).2", activation, normalised)
  }

  private static func residual(
    _ name: String, _ block: Block, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let inputs = net.shapes[from].channels
    var (x, module) = (from, 0)
    func next() -> String {
      defer { module += 1 }
      return "\(name).block.\(module)"
    }
    if block.inner != inputs {
      x = activated(next(), block.inner, .square(1), block.activation, from: x, in: &net)
    }
    x = activated(
      next(), block.inner, .square(block.size, stride: block.stride, padding: block.size / 2),
      groups: block.inner, block.activation, from: x, in: &net)
    if block.excites {
      x = net.excited(
        next(), squeeze: multipleOf8(Double(block.inner) / 4), .rectifier, .hardSigmoid(), from: x)
    }
    let last = next()
    x = net.normalised("\(last).0", "\(last).1", block.outputs, .square(1), epsilon: 1e-3, from: x)
    return block.stride == 1 && inputs == block.outputs
      ? net.add("\(name).sum", .sum, x, from) : x
  }
}

/// The nearest multiple of 8, or the next one where that would take off more than a tenth.
func multipleOf8(_ number: Double) -> Int {
  let nearest = max(8, Int(number + 4) / 8 * 8)
  return Double(nearest) < 0.9 * number ? nearest + 8 : nearest
}
