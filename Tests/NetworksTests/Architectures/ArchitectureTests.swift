import Networks
import Testing
import WeightFiles

struct ArchitectureTests {
  @Test func unknownNamesListTheKnownOnes() throws {
    #expect(try Architecture.named("alexnet-cifar") == .alexNetCIFAR)
    let error = #expect(throws: NetworkError.self) { try Architecture.named("alexnet-cifer") }
    #expect(
      error?.description
        == "Unknown architecture \"alexnet-cifer\"; known are: "
        + Architecture.known.joined(separator: ", ") + ".")
    #expect(
      Architecture.known.prefix(10) == [
        "alexnet-cifar", "alexnet", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn",
        "vgg19", "vgg19_bn",
      ])
    #expect(Architecture.known.count == 84)
  }

  @Test func parametersHavePyTorchsNamesAndShapes() {
    let network = Network(.alexNetCIFAR, seed: 0)
    #expect(
      network.parameterNames == [
        "conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias", "fc1.weight", "fc1.bias",
        "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias",
      ])
    #expect(network.tensor("conv2.weight")?.shape == [64, 64, 5, 5])
    #expect(network.tensor("fc1.weight")?.shape == [384, 3136])
    #expect(network.tensor("fc4.weight") == nil)
  }

  @Test func initialValuesFillTheirInterval() throws {
    let values = try #require(Network(.alexNetCIFAR, seed: 3).tensor("fc1.weight")).values
    let bound = Float(1 / 56.0)
    #expect(values.allSatisfy { abs($0) <= bound })
    #expect(values.max() ?? 0 > 0.999 * bound && values.min() ?? 0 < -0.999 * bound)
    let mean = values.reduce(0, +) / Float(values.count)
    #expect(abs(mean) < 0.01 * bound)
  }

  /// As `sum(p.numel() for p in model.parameters())` counts them, less Inception's auxiliary
  /// classifier.
  @Test(arguments: [
    ("alexnet", 61_100_840), ("vgg16", 138_357_544), ("vgg16_bn", 138_365_992),
    ("resnet18", 11_689_512), ("resnet50", 25_557_032), ("resnet152", 60_192_808),
    ("inception_v3", 23_834_568), ("squeezenet1_0", 1_248_424), ("squeezenet1_1", 1_235_496),
    ("resnet20-cifar", 269_722), ("resnet56-cifar", 853_018),
  ])
  func hasThePublishedNumberOfParameters(name: String, count: Int) throws {
    #expect(ArchitectureSummary(try .named(name)).parameters == count)
  }

  @Test(arguments: [
    ("alexnet", 714), ("vgg16", 15_470), ("resnet50", 4089), ("inception_v3", 5713),
  ])
  func hasTorchvisionsMultiplyAdds(name: String, millions: Int) throws {
    let found = ArchitectureSummary(try .named(name)).multiplyAdds
    #expect(abs(found / 1_000_000 - millions) <= 2)
  }

  /// Every convolution comes to one, with its batch normalisation and the sum it is a term of, and every hidden fully
  /// connected layer.
  @Test(arguments: [
    "alexnet-cifar": 4, "alexnet": 7, "vgg11": 10, "vgg11_bn": 10, "vgg13": 12, "vgg13_bn": 12,
    "vgg16": 15, "vgg16_bn": 15, "vgg19": 18, "vgg19_bn": 18, "resnet18": 17, "resnet34": 33,
    "resnet50": 49, "resnet101": 100, "resnet152": 151, "inception_v3": 94, "squeezenet1_0": 26,
    "squeezenet1_1": 26, "resnet20-cifar": 19, "resnet32-cifar": 31, "resnet44-cifar": 43,
    "resnet56-cifar": 55,
  ])
  func everyLayerComesToAFeatureLayer(name: String, count: Int) throws {
    let architecture = try Architecture.named(name)
    let layers = Network(zeroed: architecture).featureLayers
    #expect(layers.count == count)
    let nodes = architecture.nodes
    let last = nodes.lastIndex { if case .fullyConnected = $0.layer { true } else { false } }
    for (position, node) in nodes.enumerated() where position != last {
      switch node.layer {
      case .convolution, .fullyConnected: break
      default: continue
      }
      var at = position
      while nodes[at].layer != .rectifier {
        let readers = nodes.indices.filter { nodes[$0].inputs.contains(at) }
        at = try #require(readers.first, "\(node.name)")
        #expect(readers.count == 1, "\(node.name)")
        let isPartOfIt =
          switch nodes[at].layer {
          case .batchNormalisation, .sum, .rectifier: true
          default: false
          }
        try #require(isPartOfIt, "\(node.name) comes to \(nodes[at].name)")
      }
      #expect(layers.contains { $0.name == nodes[at].name })
    }
    #expect(Set(Architecture.known).contains(name))
  }

  @Test func classesAndSizesCanBeChosen() throws {
    let network = Network(try .named("resnet18", classes: 7, side: 64), seed: 1)
    #expect(network.classCount == 7)
    #expect(network.fullyConnected.map(\.name) == ["fc"])
    let file = network.weightFile()
    let found = try Architecture.named("resnet18", for: file, side: 64)
    #expect(found == network.architecture)
    #expect(throws: NetworkError.self) { try Architecture.named("alexnet", side: 62) }
    #expect(throws: NetworkError.self) { try Architecture.named("alexnet-cifar", side: 32) }
    #expect(throws: NetworkError.self) { try Architecture.named("vgg11", classes: 0) }
  }

  /// Of every side a network is made, or refused in a sentence.
  @Test(arguments: Architecture.known)
  func everySizeIsTakenOrRefused(name: String) throws {
    var taken: [Int] = []
    for side in Array(1...100) + [225, 300, 4096, 4097] {
      guard let architecture = try? Architecture.named(name, classes: 3, side: side) else {
        continue
      }
      #expect(ArchitectureSummary(architecture).layers.last?.output.count == 3)
      taken.append(side)
    }
    #expect(!taken.isEmpty && !taken.contains(1) && !taken.contains(4097))
  }

  @Test func auxiliaryClassifiersMayStandInFiles() throws {
    let network = Network(try .named("inception_v3", classes: 2, side: 75), seed: 1)
    var tensors = network.tensors
    tensors["AuxLogits.fc.weight"] = Tensor(shape: [2, 1], values: [1, 2])
    try network.load(tensors, path: "x")
    tensors["AuxLogit.fc.weight"] = Tensor(shape: [1], values: [1])
    #expect(throws: NetworkError.self) { try network.load(tensors, path: "x") }
  }
}
