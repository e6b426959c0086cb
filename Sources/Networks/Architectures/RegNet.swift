// RegNet (Radosavovic et al. 2020, "Designing network design spaces"): X, and Y with squeeze and
// excitation.

/// By the widths and depths that their three parameters give; nodes are named as torchvision names
/// their modules.
enum RegNet {
  static let all =
    [
      Form("y_400mf", [1, 3, 6, 6], [48, 104, 208, 440], group: 8),
      Form("y_800mf", [1, 3, 8, 2], [64, 144, 320, 784], group: 16),
      Form("y_1_6gf", [2, 6, 17, 2], [48, 120, 336, 888], group: 24),
      Form("y_3_2gf", [2, 5, 13, 1], [72, 216, 576, 1512], group: 24),
      Form("y_8gf", [2, 4, 10, 1], [224, 448, 896, 2016], group: 56),
      Form("y_16gf", [2, 4, 11, 1], [224, 448, 1232, 3024], group: 112),
      Form("y_32gf", [2, 5, 12, 1], [232, 696, 1392, 3712], group: 232),
      Form(
        "y_128gf", [2, 7, 17, 1], [528, 1056, 2904, 7392], group: 264, side: 384,
        Photographs(resize: 384, isBicubic: true)),
      Form("x_400mf", [1, 2, 7, 12], [32, 64, 160, 400], group: 16),
      Form("x_800mf", [1, 3, 7, 5], [64, 128, 288, 672], group: 16),
      Form("x_1_6gf", [2, 4, 10, 2], [72, 168, 408, 912], group: 24),
      Form("x_3_2gf", [2, 6, 15, 2], [96, 192, 432, 1008], group: 48),
      Form("x_8gf", [2, 5, 15, 1], [80, 240, 720, 1920], group: 120),
      Form("x_16gf", [2, 6, 13, 1], [256, 512, 896, 2048], group: 128),
      Form("x_32gf", [2, 7, 13, 1], [336, 672, 1344, 2520], group: 168),
    ].map(\.known)

  private struct Form {
    let name: String
    let depths: [Int]
    let widths: [Int]
    /// Channels of a group, where a stage has as many.
    let group: Int
    let side: Int
    let photographs: Photographs

    init(
      _ name: String, _ depths: [Int], _ widths: [Int], group: Int, side: Int = 224,
      _ photographs: Photographs = Photographs(resize: 232)
    ) {
      (self.name, self.depths, self.widths, self.group) = (name, depths, widths, group)
      (self.side, self.photographs) = (side, photographs)
    }

    var excites: Bool { name.hasPrefix("y") }

    var known: KnownArchitecture {
      KnownArchitecture(
        "regnet_\(name)", side: side, smallestSide: 32, trains: false, photographs: photographs
      ) { make(self, classes: $0, side: $1) }
    }
  }

  private static func make(_ form: Form, classes: Int, side: Int) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = rectified("stem", 32, .square(3, stride: 2, padding: 1), from: net.input, in: &net)
    for (stage, (depth, width)) in zip(form.depths, form.widths).enumerated() {
      let name = "trunk_output.block\(stage + 1).block\(stage + 1)"
      for block in 0..<depth {
        x = residual(
          "\(name)-\(block)", width, groups: width / min(form.group, width),
          excites: form.excites, stride: block == 0 ? 2 : 1, from: x, in: &net)
      }
    }
    net.pooledClassifier("fc", classes: classes, from: x)
    return net.architecture("regnet_\(form.name)")
  }

  private static func rectified(
    _ name: String, _ outputs: Int, _ window: Window, groups: Int = 1, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    net.rectify(
      "\(name).2",
      net.normalised("\(name).0", "\(name).1", outputs, window, groups: groups, from: from))
  }

  private static func residual(
    _ name: String, _ width: Int, groups: Int, excites: Bool, stride: Int, from: Int,
    in net: inout ArchitectureBuilder
  ) -> Int {
    let inputs = net.shapes[from].channels
    var shortcut = from
    if inputs != width || stride > 1 {
      shortcut = net.normalised(
        "\(name).proj.0", "\(name).proj.1", width, .square(1, stride: stride), from: from)
    }
    var x = rectified("\(name).f.a", width, .square(1), from: from, in: &net)
    x = rectified(
      "\(name).f.b", width, .square(3, stride: stride, padding: 1), groups: groups, from: x,
      in: &net)
    if excites {
      // A quarter of the block's inputs, to the nearest number, of two the even one.
      let squeeze = Int((Double(inputs) / 4).rounded(.toNearestOrEven))
      x = net.excited("\(name).f.se", squeeze: squeeze, from: x)
    }
    x = net.normalised("\(name).f.c.0", "\(name).f.c.1", width, .square(1), from: x)
    return net.rectify("\(name).activation", net.add("\(name).sum", .sum, shortcut, x))
  }
}
