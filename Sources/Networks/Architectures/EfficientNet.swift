// EfficientNet (Tan and Le 2019, "EfficientNet: Rethinking model scaling for convolutional neural
// networks") and its second version (Tan and Le 2021, "EfficientNetV2: Smaller models and faster
// training").

/// B0 to B7, and V2's S, M and L; nodes are named as torchvision names their modules.
enum EfficientNet {
  static let all =
    [
      Form("b0", 1, 1, side: 224, resize: 256), Form("b1", 1, 1.1, side: 240, resize: 255, false),
      Form("b2", 1.1, 1.2, 0.3, side: 288, resize: 288),
      Form("b3", 1.2, 1.4, 0.3, side: 300, resize: 320),
      Form("b4", 1.4, 1.8, 0.4, side: 380, resize: 384),
      Form("b5", 1.6, 2.2, 0.4, epsilon: 1e-3, side: 456, resize: 456),
      Form("b6", 1.8, 2.6, 0.5, epsilon: 1e-3, side: 528, resize: 528),
      Form("b7", 2, 3.1, 0.5, epsilon: 1e-3, side: 600, resize: 600),
    ].map(\.known)
    + [
      Form("v2_s", stages: small, stem: 24, 0.2, side: 384, Photographs(resize: 384)),
      Form("v2_m", stages: medium, stem: 24, 0.3, side: 480, Photographs(resize: 480)),
      Form(
        "v2_l", stages: large, stem: 32, 0.4, side: 480,
        Photographs(resize: 480, isBicubic: true, meanAndDeviation: 0.5)),
    ].map(\.known)

  private struct Stage {
    var isFused = false
    let expansion: Int
    let size: Int
    let stride: Int
    let outputs: Int
    let count: Int

    init(_ expansion: Int, _ size: Int, stride: Int, _ outputs: Int, _ count: Int) {
      (self.expansion, self.size, self.stride) = (expansion, size, stride)
      (self.outputs, self.count) = (outputs, count)
    }

    static func fused(_ expansion: Int, stride: Int, _ outputs: Int, _ count: Int) -> Stage {
      var stage = Stage(expansion, 3, stride: stride, outputs, count)
      stage.isFused = true
      return stage
    }
  }

  private static let basic = [
    Stage(1, 3, stride: 1, 16, 1), Stage(6, 3, stride: 2, 24, 2), Stage(6, 5, stride: 2, 40, 2),
    Stage(6, 3, stride: 2, 80, 3), Stage(6, 5, stride: 1, 112, 3), Stage(6, 5, stride: 2, 192, 4),
    Stage(6, 3, stride: 1, 320, 1),
  ]
  private static let small = [
    Stage.fused(1, stride: 1, 24, 2), .fused(4, stride: 2, 48, 4), .fused(4, stride: 2, 64, 4),
    Stage(4, 3, stride: 2, 128, 6), Stage(6, 3, stride: 1, 160, 9), Stage(6, 3, stride: 2, 256, 15),
  ]
  private static let medium = [
    Stage.fused(1, stride: 1, 24, 3), .fused(4, stride: 2, 48, 5), .fused(4, stride: 2, 80, 5),
    Stage(4, 3, stride: 2, 160, 7), Stage(6, 3, stride: 1, 176, 14),
    Stage(6, 3, stride: 2, 304, 18), Stage(6, 3, stride: 1, 512, 5),
  ]
  private static let large = [
    Stage.fused(1, stride: 1, 32, 4), .fused(4, stride: 2, 64, 7), .fused(4, stride: 2, 96, 7),
    Stage(4, 3, stride: 2, 192, 10), Stage(6, 3, stride: 1, 224, 19),
    Stage(6, 3, stride: 2, 384, 25), Stage(6, 3, stride: 1, 640, 7),
  ]

  private struct Form {
    let name: String
    let stages: [Stage]
    let stem: Int
    /// Channels before the classifier.
    let last: Int
    let dropout: Double
    let epsilon: Double
    let side: Int
    let photographs: Photographs

    /// The second version.
    init(
      _ name: String, stages: [Stage], stem: Int, last: Int = 1280, _ dropout: Double,
      epsilon: Double = 1e-3, side: Int, _ photographs: Photographs
    ) {
      (self.name, self.stages, self.stem, self.last) = (name, stages, stem, last)
      (self.dropout, self.epsilon) = (dropout, epsilon)
      (self.side, self.photographs) = (side, photographs)
    }

    /// The first, by how much wider and deeper than B0 it is.
    init(
      _ name: String, _ width: Double, _ depth: Double, _ dropout: Double = 0.2,
      epsilon: Double = 1e-5, side: Int, resize: Int, _ isBicubic: Bool = true
    ) {
      let stages = basic.map {
        Stage(
          $0.expansion, $0.size, stride: $0.stride, multipleOf8(width * Double($0.outputs)),
          Int((depth * Double($0.count)).rounded(.up)))
      }
      self.init(
        name, stages: stages, stem: multipleOf8(width * 32),
        last: 4 * multipleOf8(width * 320), dropout, epsilon: epsilon, side: side,
        Photographs(resize: resize, isBicubic: isBicubic))
    }

    var known: KnownArchitecture {
      KnownArchitecture(
        "efficientnet_\(name)", side: side, smallestSide: 32, trains: false,
        photographs: photographs
      ) { make(self, classes: $0, side: $1) }
    }
  }

  private static func make(_ form: Form, classes: Int, side: Int) -> Architecture {
    var net = Builder(graph: ArchitectureBuilder(side: side), epsilon: form.epsilon)
    var x = net.activated("features.0", form.stem, .square(3, stride: 2, padding: 1), from: 0)
    for (position, stage) in form.stages.enumerated() {
      for block in 0..<stage.count {
        let name = "features.\(position + 1).\(block)"
        x = net.residual(name, stage, stride: block == 0 ? stage.stride : 1, from: x)
      }
    }
    x = net.activated("features.\(form.stages.count + 1)", form.last, .square(1), from: x)
    x = net.graph.add("avgpool", .adaptiveAveragePool(.global), x)
    x = net.graph.add("flatten", .flatten, x)
    x = net.graph.add("classifier.0", .dropout(Dropout(probability: form.dropout)), x)
    _ = net.graph.add("classifier.1", .fullyConnected(classes), x)
    return net.graph.architecture("efficientnet_\(form.name)")
  }

  private struct Builder {
    var graph: ArchitectureBuilder
    let epsilon: Double

    mutating func normalised(
      _ name: String, _ outputs: Int, _ window: Window, groups: Int = 1, from: Int
    ) -> Int {
      graph.normalised(
        "\(name).0", "\(name).1", outputs, window, groups: groups, epsilon: epsilon, from: from)
    }

    mutating func activated(
      _ name: String, _ outputs: Int, _ window: Window, groups: Int = 1, from: Int
    ) -> Int {
      let normalised = normalised(name, outputs, window, groups: groups, from: from)
      return graph.add("\(name).2", .function(.silu), normalised)
    }

    mutating func residual(_ name: String, _ stage: Stage, stride: Int, from: Int) -> Int {
      let inputs = graph.shapes[from].channels
      let inner = stage.expansion * inputs
      let window = Window.square(stage.size, stride: stride, padding: stage.size / 2)
      var x = from
      switch (stage.isFused, stage.expansion) {
      case (true, 1): x = activated("\(name).block.0", stage.outputs, window, from: x)
      case (true, _):
        x = activated("\(name).block.0", inner, window, from: x)
        x = normalised("\(name).block.1", stage.outputs, .square(1), from: x)
      case (false, let expansion):
        let first = expansion == 1 ? 0 : 1
        if expansion > 1 { x = activated("\(name).block.0", inner, .square(1), from: x) }
        x = activated("\(name).block.\(first)", inner, window, groups: inner, from: x)
        x = graph.excited(
          "\(name).block.\(first + 1)", squeeze: max(1, inputs / 4), .function(.silu), from: x)
        x = normalised("\(name).block.\(first + 2)", stage.outputs, .square(1), from: x)
      }
      return stride == 1 && inputs == stage.outputs ? graph.add("\(name).sum", .sum, x, from) : x
    }
  }
}
