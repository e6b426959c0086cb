// GoogLeNet (Szegedy et al. 2015, "Going deeper with convolutions"), with batch normalisation and
// without its auxiliary classifiers, which play no part in inference.

extension Architecture {
  /// Nodes are named as `torchvision.models.googlenet` names its modules. Inputs are standardised as
  /// for every other network; the first node maps them to the [−1, 1] that the published weights
  /// expect.
  static func googLeNet(classes: Int, side: Int) -> Architecture {
    var net = ArchitectureBuilder(side: side)
    var x = net.symmetric("transform_input", net.input)
    x = basic("conv1", 64, .square(7, stride: 2, padding: 3), from: x, in: &net)
    x = pool("maxpool1", 3, from: x, in: &net)
    x = basic("conv2", 64, .square(1), from: x, in: &net)
    x = basic("conv3", 192, .square(3, padding: 1), from: x, in: &net)
    x = pool("maxpool2", 3, from: x, in: &net)
    for (name, widths) in modules {
      x = inception(name, widths, from: x, in: &net)
      if name == "inception3b" { x = pool("maxpool3", 3, from: x, in: &net) }
      if name == "inception4e" { x = pool("maxpool4", 2, from: x, in: &net) }
    }
    net.pooledClassifier("fc", classes: classes, dropout: 0.2, from: x)
    return net.architecture(
      "googlenet",
      initialisation: Initialisation(
        convolution: .truncatedNormal(0.01),
        fullyConnected: .truncatedNormal(0.01, biasIsZero: false)),
      unusedParameters: ["aux1.", "aux2."])
  }

  /// Outputs of 1 × 1; before and of 3 × 3; the same again; behind the pool.
  private static let modules: [(String, [Int])] = [
    ("inception3a", [64, 96, 128, 16, 32, 32]), ("inception3b", [128, 128, 192, 32, 96, 64]),
    ("inception4a", [192, 96, 208, 16, 48, 64]), ("inception4b", [160, 112, 224, 24, 64, 64]),
    ("inception4c", [128, 128, 256, 24, 64, 64]), ("inception4d", [112, 144, 288, 32, 64, 64]),
    ("inception4e", [256, 160, 320, 32, 128, 128]), ("inception5a", [256, 160, 320, 32, 128, 128]),
    ("inception5b", [384, 192, 384, 48, 128, 128]),
  ]

  private static func basic(
    _ name: String, _ outputs: Int, _ window: Window, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    net.rectify(
      "\(name).relu",
      net.normalised("\(name).conv", "\(name).bn", outputs, window, epsilon: 1e-3, from: from))
  }

  private static func pool(
    _ name: String, _ size: Int, from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let window = Window(height: size, width: size, stride: 2, roundsUp: true)
    return net.add(name, .maxPool(MaxPool(window: window)), from)
  }

  /// The third branch has 3 × 3, where the paper has 5 × 5, as torchvision and its weights have it.
  private static func inception(
    _ name: String, _ widths: [Int], from: Int, in net: inout ArchitectureBuilder
  ) -> Int {
    let point = Window.square(1)
    let three = Window.square(3, padding: 1)
    var branches = [basic("\(name).branch1", widths[0], point, from: from, in: &net)]
    for (branch, first) in [(2, 1), (3, 3)] {
      let name = "\(name).branch\(branch)"
      let reduced = basic("\(name).0", widths[first], point, from: from, in: &net)
      branches.append(basic("\(name).1", widths[first + 1], three, from: reduced, in: &net))
    }
    let window = Window(height: 3, width: 3, padding: Padding(1), roundsUp: true)
    let pooled = net.add("\(name).branch4.0", .maxPool(MaxPool(window: window)), from)
    branches.append(basic("\(name).branch4.1", widths[5], point, from: pooled, in: &net))
    return net.concatenate("\(name).concatenation", branches)
  }
}
