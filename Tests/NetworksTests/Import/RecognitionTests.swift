// Which networks of model files are built-in ones: the same computation under other nodes is, another one is not.

import Networks
import Testing
import WeightFiles

struct RecognitionTests {
  private func tensors(_ architecture: Architecture) -> [String: Tensor] {
    architecture.weightNeeds.shapes.mapValues {
      Tensor(shape: $0, values: [Float](repeating: 0, count: $0.reduce(1, *)))
    }
  }

  /// An architecture without a name, some nodes replaced by several, the last of which takes their place.
  private func replacing(
    _ architecture: Architecture, _ others: (Node) -> [Node]?
  ) -> Architecture {
    var nodes: [Node] = []
    var places: [Int] = []
    for node in architecture.nodes {
      let own = Node(
        node.name, node.layer, inputs: node.inputs.map { places[$0] },
        parameterNames: node.parameterNames)
      let start = nodes.count
      // Inputs of the new nodes: negative for what the old one reads, else among themselves.
      nodes += (others(node) ?? [own]).enumerated().map { which, other in
        others(node) == nil
          ? other
          : Node(
            "\(node.name)#\(which)", other.layer,
            inputs: other.inputs.map { $0 < 0 ? own.inputs[0] : start + $0 })
      }
      places.append(nodes.count - 1)
    }
    return Architecture(name: "", input: architecture.input, nodes: nodes)
  }

  @Test(arguments: ["googlenet", "inception_v3"])
  func channelsThatAreScaledOneByOneAre(name: String) throws {
    let known = try Architecture.named(name, classes: 2, side: 75)
    let map = known.input
    func parts(order: [Int]) -> Architecture {
      replacing(known) { node in
        guard case .channelScaling(let scaling) = node.layer else { return nil }
        var nodes: [Node] = []
        for channel in order {
          let picked = Rearrangement(
            sizes: [map.positions, map.channels], picks: [nil, [channel]],
            output: MapShape(channels: 1, height: map.height, width: map.width))
          nodes.append(Node("", .rearrangement(picked), inputs: [-1]))
          for function in [
            ElementFunction.affine(factor: scaling.factors[channel], offset: 0),
            .affine(factor: 1, offset: scaling.offsets[channel]),
          ] {
            nodes.append(Node("", .function(function), inputs: [nodes.count - 1]))
          }
        }
        nodes.append(Node("", .concatenation, inputs: [2, 5, 8]))
        return nodes
      }
    }
    #expect(parts(order: [0, 1, 2]).recognised(with: tensors(known)) == known)
    #expect(parts(order: [0, 2, 1]).recognised(with: tensors(known)) == nil)
  }

  /// Moved twice, as a channel shuffle is in a file.
  @Test func movesInStepsAre() throws {
    let known = try Architecture.named("shufflenet_v2_x0_5", classes: 2, side: 32)
    func stepped(turned: Bool) -> Architecture {
      replacing(known) { node in
        guard case .rearrangement(let layer) = node.layer else { return nil }
        let count = layer.inputCount
        let reversed = Rearrangement(
          indices: (0..<count).map { Int32(count - 1 - $0) }, inputCount: count,
          output: MapShape(vector: count))
        let back = layer.table.indices(count: layer.output.count).map {
          turned ? Int32(count - 1) - $0 : $0
        }
        return [
          Node("", .rearrangement(reversed), inputs: [-1]),
          Node(
            "",
            .rearrangement(Rearrangement(indices: back, inputCount: count, output: layer.output)),
            inputs: [0]),
        ]
      }
    }
    #expect(stepped(turned: true).recognised(with: tensors(known)) == known)
    #expect(stepped(turned: false).recognised(with: tensors(known)) == nil)
  }

  /// A map that is read as it lies in memory is another vector than one that is flattened.
  @Test func flatteningCounts() throws {
    let known = try Architecture.named("alexnet", classes: 2, side: 63)
    func flattened(_ layer: @escaping (MapShape) -> Layer) -> Architecture {
      replacing(known) { node in
        node.layer == .flatten ? [Node("", layer(MapShape(vector: 9216)), inputs: [-1])] : nil
      }
    }
    #expect(flattened { _ in .flatten }.recognised(with: tensors(known)) == known)
    #expect(
      flattened { .reinterpretation(Reinterpretation(shape: $0)) }.recognised(with: tensors(known))
        == nil)
  }

  /// Rows and columns picked and channels padded, as PyTorch writes the shortcut of residual networks for CIFAR-10.
  @Test func shortcutsInPartsAre() throws {
    let known = try Architecture.named("resnet20-cifar")
    func moved(to before: (Int) -> Int) -> Architecture {
      replacing(known) { node in
        guard case .shortcut(let layer) = node.layer else { return nil }
        let (own, side) = (layer.channels / 2, layer.channels == 32 ? 32 : 16)
        let places = Rearrangement.sliced(first: 0, step: 2, count: side / 2)
        let front = before(own)
        let channels =
          [Int](repeating: -1, count: front) + Array(0..<own)
          + [Int](repeating: -1, count: own - front)
        let layerOfMoves = Rearrangement(
          sizes: [side, side, own], picks: [places, places, channels],
          output: MapShape(channels: layer.channels, height: side / 2, width: side / 2))
        return [Node("", .rearrangement(layerOfMoves), inputs: [-1])]
      }
    }
    #expect(moved { $0 / 2 }.recognised(with: tensors(known)) == known)
    #expect(moved { _ in 0 }.recognised(with: tensors(known)) == nil)
  }

  @Test func networksWithoutFullyConnectedLayersAre() throws {
    let known = try Architecture.named("squeezenet1_1", classes: 3, side: 32)
    #expect(replacing(known) { _ in nil }.recognised(with: tensors(known)) == known)
  }

  /// Rows of twice as many columns are another map to a window, though nothing is moved.
  @Test func convolutionsOverReshapedMapsAreNot() throws {
    let known = try Architecture.named("resnet18", classes: 2, side: 64)
    func reshaped(_ name: String) -> Architecture {
      replacing(known) { node in
        guard node.name == name, case .convolution = node.layer else { return nil }
        let map = MapShape(channels: 128, height: 8, width: 8)
        let wide = MapShape(channels: 128, height: 4, width: 16)
        return [
          Node("", .reinterpretation(Reinterpretation(shape: wide)), inputs: [-1]),
          Node("", node.layer, inputs: [0]),
          Node("", .reinterpretation(Reinterpretation(shape: map)), inputs: [1]),
        ]
      }
    }
    func named(_ architecture: Architecture) -> Architecture {
      Architecture(
        name: "", input: architecture.input,
        nodes: architecture.nodes.map { node in
          node.name == "layer2.0.conv2#1"
            ? Node(
              node.name, node.layer, inputs: node.inputs,
              parameterNames: ["weight": "layer2.0.conv2.weight"]) : node
        })
    }
    #expect(named(reshaped("layer2.0.conv2")).recognised(with: tensors(known)) == nil)
    #expect(named(reshaped("none")).recognised(with: tensors(known)) == known)
  }

  /// Standardised, say: it has the name of what it was computed of.
  @Test func computedWeightsAreOthers() throws {
    let known = try Architecture.named("resnet18", classes: 2, side: 64)
    let own = replacing(known) { _ in nil }
    let name = "layer1.0.conv1.weight"
    let weight = try #require(tensors(known)[name])
    let other = Tensor(shape: weight.shape, values: weight.values.map { $0 + 1 })
    #expect(own.recognised(with: tensors(known), computed: [name: weight]) == known)
    #expect(own.recognised(with: tensors(known), computed: [name: other]) == nil)
  }
}
