// Inception v3 (Szegedy et al. 2016, "Rethinking the Inception architecture for computer vision"),
// without its auxiliary classifier, which plays no part in inference.

extension Architecture {
  /// Nodes are named as `torchvision.models.inception_v3` names its modules. Inputs are
  /// standardised as for every other network; the first node maps them to the [−1, 1] that the
  /// published weights expect (torchvision's `transform_input`).
  static func inceptionV3(classes: Int, side: Int) -> Architecture {
    var net = InceptionBuilder(side: side)
    net.stem()
    for (name, pooled) in [("5b", 32), ("5c", 64), ("5d", 64)] { net.a("Mixed_\(name)", pooled) }
    net.b("Mixed_6a")
    for (name, width) in [("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)] {
      net.c("Mixed_\(name)", width)
    }
    net.d("Mixed_7a")
    for name in ["7b", "7c"] { net.e("Mixed_\(name)") }
    net.graph.pooledClassifier("fc", classes: classes, dropout: 0.5, from: net.x)
    let cut = Initialisation.Distribution.truncatedNormal(0.1)
    return net.graph.architecture(
      "inception_v3",
      initialisation: Initialisation(
        convolution: cut, fullyConnected: .truncatedNormal(0.1, biasIsZero: false)),
      unusedParameters: ["AuxLogits."])
  }
}

/// The stem and the five kinds of module; `x` is what the next one reads.
private struct InceptionBuilder {
  var graph: ArchitectureBuilder
  var x = 0

  init(side: Int) { graph = ArchitectureBuilder(side: side) }

  /// A convolution, its batch normalisation and rectifier: torchvision's BasicConv2d.
  private mutating func basic(
    _ name: String, _ outputs: Int, _ height: Int, _ width: Int, stride: Int = 1,
    padding: (Int, Int) = (0, 0), from: Int
  ) -> Int {
    let (rows, columns) = padding
    let window = Window(
      height: height, width: width, stride: stride,
      padding: Padding(top: rows, left: columns, bottom: rows, right: columns))
    let normalised = graph.normalised(
      "\(name).conv", "\(name).bn", outputs, window, epsilon: 1e-3, from: from)
    return graph.rectify("\(name).relu", normalised)
  }

  /// Several of them in a row: outputs, height and width, padded to keep the size.
  private mutating func branch(
    _ names: [String], _ steps: [(outputs: Int, height: Int, width: Int)], from: Int
  ) -> Int {
    zip(names, steps).reduce(from) { from, step in
      let (name, (outputs, height, width)) = step
      return basic(
        name, outputs, height, width, padding: (height / 2, width / 2), from: from)
    }
  }

  private mutating func pooled(_ name: String, _ outputs: Int) -> Int {
    let pool = Layer.averagePool(AveragePool(window: .square(3, padding: 1)))
    let averaged = graph.add("\(name).average", pool, x)
    return basic("\(name).branch_pool", outputs, 1, 1, from: averaged)
  }

  mutating func stem() {
    x = graph.symmetric("transform_input", graph.input)
    x = basic("Conv2d_1a_3x3", 32, 3, 3, stride: 2, from: x)
    x = basic("Conv2d_2a_3x3", 32, 3, 3, from: x)
    x = basic("Conv2d_2b_3x3", 64, 3, 3, padding: (1, 1), from: x)
    x = graph.add("maxpool1", .maxPool(3, stride: 2), x)
    x = basic("Conv2d_3b_1x1", 80, 1, 1, from: x)
    x = basic("Conv2d_4a_3x3", 192, 3, 3, from: x)
    x = graph.add("maxpool2", .maxPool(3, stride: 2), x)
  }

  /// Figure 5.
  mutating func a(_ name: String, _ poolOutputs: Int) {
    let point = branch(["\(name).branch1x1"], [(64, 1, 1)], from: x)
    let five = branch(
      ["\(name).branch5x5_1", "\(name).branch5x5_2"], [(48, 1, 1), (64, 5, 5)], from: x)
    let double = branch(
      (1...3).map { "\(name).branch3x3dbl_\($0)" }, [(64, 1, 1), (96, 3, 3), (96, 3, 3)], from: x)
    let pool = pooled(name, poolOutputs)
    x = graph.concatenate("\(name).concatenation", [point, five, double, pool])
  }

  /// Figure 10, from 35 × 35 to 17 × 17.
  mutating func b(_ name: String) {
    let three = basic("\(name).branch3x3", 384, 3, 3, stride: 2, from: x)
    let inner = branch(
      ["\(name).branch3x3dbl_1", "\(name).branch3x3dbl_2"], [(64, 1, 1), (96, 3, 3)], from: x)
    let double = basic("\(name).branch3x3dbl_3", 96, 3, 3, stride: 2, from: inner)
    let pool = graph.add("\(name).pool", .maxPool(3, stride: 2), x)
    x = graph.concatenate("\(name).concatenation", [three, double, pool])
  }

  /// Figure 6 with n = 7.
  mutating func c(_ name: String, _ width: Int) {
    let point = branch(["\(name).branch1x1"], [(192, 1, 1)], from: x)
    let seven = branch(
      (1...3).map { "\(name).branch7x7_\($0)" }, [(width, 1, 1), (width, 1, 7), (192, 7, 1)],
      from: x)
    let double = branch(
      (1...5).map { "\(name).branch7x7dbl_\($0)" },
      [(width, 1, 1), (width, 7, 1), (width, 1, 7), (width, 7, 1), (192, 1, 7)], from: x)
    let pool = pooled(name, 192)
    x = graph.concatenate("\(name).concatenation", [point, seven, double, pool])
  }

  /// From 17 × 17 to 8 × 8.
  mutating func d(_ name: String) {
    let point = branch(["\(name).branch3x3_1"], [(192, 1, 1)], from: x)
    let three = basic("\(name).branch3x3_2", 320, 3, 3, stride: 2, from: point)
    let inner = branch(
      (1...3).map { "\(name).branch7x7x3_\($0)" }, [(192, 1, 1), (192, 1, 7), (192, 7, 1)],
      from: x)
    let seven = basic("\(name).branch7x7x3_4", 192, 3, 3, stride: 2, from: inner)
    let pool = graph.add("\(name).pool", .maxPool(3, stride: 2), x)
    x = graph.concatenate("\(name).concatenation", [three, seven, pool])
  }

  /// Figure 7: the branches' own concatenations are part of the module's.
  mutating func e(_ name: String) {
    let point = branch(["\(name).branch1x1"], [(320, 1, 1)], from: x)
    let three = branch(["\(name).branch3x3_1"], [(384, 1, 1)], from: x)
    let threes = split("\(name).branch3x3_2", from: three)
    let double = branch(
      ["\(name).branch3x3dbl_1", "\(name).branch3x3dbl_2"], [(448, 1, 1), (384, 3, 3)], from: x)
    let doubles = split("\(name).branch3x3dbl_3", from: double)
    let pool = pooled(name, 192)
    x = graph.concatenate("\(name).concatenation", [point] + threes + doubles + [pool])
  }

  private mutating func split(_ name: String, from: Int) -> [Int] {
    [
      branch(["\(name)a"], [(384, 1, 3)], from: from),
      branch(["\(name)b"], [(384, 3, 1)], from: from),
    ]
  }
}
