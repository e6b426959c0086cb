// A network out of a model file: the engine's architecture with its tensors. Reading files is ModelFiles'.

internal import Basics
internal import ContentHash
package import ModelFiles
package import WeightFiles

/// What an ONNX file or an exported program of PyTorch is to the engine.
package struct ImportedModel: Sendable {
  package let path: String
  package let architecture: Architecture
  /// The file's own tensors that the network is made of, by the file's names, and counts of batches as state dicts have them.
  package let weights: WeightFile
  /// Of its program; nil where that is a built-in network's.
  private let programHash: String?
  /// Those of the engine's nodes, by the names that the architecture has for them.
  let tensors: [String: Tensor]
  /// Of every image, where each has a vector of outputs: its outputs are theirs, one token's behind the other's. nil where the
  /// image has one vector.
  package let outputTokens: Int?
  /// What was chosen and left out, a line each.
  package let notes: [String]

  /// What the architecture of a model file is called where it is no built-in one.
  package static let names = ["onnx", "pt2"]

  /// Its fully connected layers, those over tokens with them.
  package func layers(withTokens: Bool) -> Int {
    architecture.nodes.count { node in
      switch node.layer {
      case .fullyConnected: true
      case .convolution(let layer): withTokens && layer.isOverTokens
      default: false
      }
    }
  }

  /// How names of model files end.
  package static let endings = [".onnx", ".pt2"]

  /// Whether the path names a model file, by its content.
  package static func isModelFile(_ path: String) -> Bool { ModelGraph.isModelFile(path) }

  /// - Throws: `ModelFileError` for what is no such file, `NetworkError` that names every operation which the engine does
  ///   not run.
  package init(path: String) throws {
    try self.init(ModelGraph.read(path), path: path)
  }

  package init(_ file: ModelGraph, path: String) throws {
    self.path = path
    var notes: [String] = []
    let graph = Patterns.applied(to: file)
    let input = try Self.input(of: graph, path: path)
    let lowering = Lowering(input: input.shape, name: input.name)
    for (name, constant) in graph.constants { lowering.set(name, .folded(FoldedTensor(constant))) }
    let refusals = lowering.run(graph.operations, outputs: graph.outputs)
    guard refusals.isEmpty else {
      throw NetworkError("\(path): \(refusals.line)")
    }
    guard let output = graph.outputs.first else {
      throw NetworkError("\(path): expected an output, found none")
    }
    if graph.outputs.count > 1 {
      notes.append(
        "\(path): took the output \(output.shown(100)) of \(graph.outputs.count)")
    }
    do {
      let network = try lowering.network(to: output)
      let own = Architecture(
        name: Self.names[graph.format.hasPrefix("ONNX") ? 0 : 1], input: input.shape,
        nodes: network.nodes)
      let used = try lowering.ownTensors()
      let known = own.recognised(
        with: used, computed: network.tensors.filter { lowering.computed.contains($0.key) })
      if let known {
        notes.append("\(path): is \(known.name), and run as the built-in network")
        let needed = known.weightNeeds.shapes
        (architecture, tensors) = (known, used.filter { needed[$0.key] != nil })
      } else {
        (architecture, tensors) = (own, network.tensors)
      }
      weights = WeightFile(
        tensors: (known == nil ? used : tensors).merging(
          try Self.unread(of: graph, beside: known?.unusedParameters ?? [])
        ) { own, _ in own },
        metadata: graph.metadata)
      programHash = try known == nil ? file.programHash(without: Set(weights.tensors.keys)) : nil
      outputTokens = network.tokens
    } catch let error as NetworkError {
      throw NetworkError("\(path): \(error)")
    }
    self.notes = notes
  }

  /// Identifies the network: `WeightFile.sha256` of a built-in one, as of its weight file; of others SHA-256 over that and the
  /// program, so that the same tensors in another computation are another network.
  package var sha256: String {
    guard let programHash else { return weights.sha256 }
    var hasher = ContentHasher()
    for part in ["engram model file 1", weights.sha256, programHash] { hasher.update(part) }
    return hasher.finish()
  }

  /// What a state dict has, too, though no pass reads it: counts of batches, and a built-in network's tables that follow from
  /// its sizes.
  private static func unread(
    of graph: ModelGraph, beside known: [String]
  ) throws -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for constant in graph.constants.values
    where constant.name.hasSuffix(".num_batches_tracked")
      || known.contains(where: { constant.name.hasPrefix($0) })
    {
      result[constant.name] = try FoldedTensor(constant).tensor()
    }
    return result
  }

  private static func input(
    of graph: ModelGraph, path: String
  ) throws -> (name: String, shape: MapShape) {
    guard let input = graph.inputs.first else {
      throw NetworkError("\(path): expected an input, found none")
    }
    guard graph.inputs.count == 1 else {
      throw NetworkError(
        "\(path): expected one input, found \(graph.inputs.count): "
          + listed(graph.inputs.map { $0.name.shown(100) })
          + "; export a module whose forward takes the images alone")
    }
    let sizes = input.sizes.map { size -> String in
      switch size {
      case .fixed(let number): "\(number)"
      case .open(let name): name.shown(50)
      }
    }.joined(separator: " × ")
    guard input.sizes.count == 4 else {
      throw NetworkError(
        "\(path): expected images (batch × channels × rows × columns), found the input \(sizes)")
    }
    let inner = input.sizes.dropFirst().map { size -> Int in
      if case .fixed(let number) = size { number } else { 0 }
    }
    guard inner.allSatisfy({ (1...1 << 14).contains($0) }) else {
      throw NetworkError(
        "\(path): expected channels, rows and columns that are fixed, found the input \(sizes); export with the batch "
          + "alone as a dynamic dimension")
    }
    guard case .open = input.sizes[0] else {
      let call =
        graph.format.hasPrefix("ONNX")
        ? "torch.onnx.export(model, (x,), \"net.onnx\", dynamo=True, dynamic_shapes=({0: torch.export.Dim(\"n\")},))"
        : "torch.export.export(model, (x,), dynamic_shapes=({0: torch.export.Dim(\"n\")},))"
      throw NetworkError(
        "\(path): expected a batch of any size, found \(sizes); export again with x of two images and \(call)"
      )
    }
    guard [.float32, .float64, .float16, .bfloat16].contains(input.type) else {
      throw NetworkError("\(path): expected images of floats, found \(input.type.rawValue)")
    }
    return (input.name, MapShape(channels: inner[0], height: inner[1], width: inner[2]))
  }
}

extension Network {
  /// The network of a model file.
  /// - Parameter tokens: As of `init(zeroed:)`.
  package convenience init(_ model: ImportedModel, tokens: TokenReduction? = nil) throws {
    self.init(zeroed: model.architecture, tokens: tokens)
    try load(model.tensors, path: model.path)
  }
}
