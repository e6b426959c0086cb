// A network's parameters from and to weight files.

internal import Basics
package import WeightFiles

extension Network {
  /// The metadata entry that names the architecture.
  package static let architectureKey = "architecture"
  /// The metadata entry for the side of the square input.
  package static let sideKey = "side"

  /// The network that a weight file describes: its architecture is `architecture`, else the one the
  /// file's metadata names.
  /// - Parameter tokens: As of `init(zeroed:)`.
  package convenience init(
    _ file: WeightFile, path: String, architecture: Architecture? = nil,
    tokens: TokenReduction? = nil
  ) throws {
    if let architecture {
      self.init(zeroed: architecture, tokens: tokens)
    } else {
      guard let name = file.metadata[Self.architectureKey] else {
        throw NetworkError(
          "\(path): expected the metadata entry \"\(Self.architectureKey)\", found none; name the "
            + "architecture (\(Architecture.known.joined(separator: ", "))).")
      }
      try self.init(zeroed: .named(name, for: file), tokens: tokens)
    }
    try load(file.tensors, path: path)
  }

  /// Replaces all parameters.
  ///
  /// - Throws: `NetworkError` listing ten missing, unexpected and misshapen tensors and the number of the others;
  ///   nothing is replaced then.
  package func load(_ tensors: [String: Tensor], path: String) throws {
    try check(tensors, path: path)
    training.store(tensors, in: parameters)
    parametersChanged()
  }

  /// That the tensors are this network's, by name and shape.
  func check(_ tensors: [String: Tensor], path: String) throws {
    var faults: [String] = []
    for parameter in training.pass.parameters {
      guard let tensor = tensors[parameter.name] else {
        faults.append("\(parameter.name) is missing")
        continue
      }
      if tensor.shape != parameter.shape {
        faults.append("\(parameter.name) is \(tensor.shape) instead of \(parameter.shape)")
      }
    }
    let known = Set(parameterNames)
    for name in tensors.keys.sorted(by: bytesPrecede) where !known.contains(name) && !isUnused(name)
    {
      faults.append("\(name) is unexpected")
    }
    guard faults.isEmpty else {
      throw NetworkError(
        "\(path): expected the parameters of \(architecture.name), found: "
          + "\(listed(faults, separator: "; ")).")
    }
  }

  /// Whether files may hold a tensor that the network does not use: PyTorch counts batches while it
  /// trains a batch normalisation, and no pass reads the number.
  private func isUnused(_ name: String) -> Bool {
    name.hasSuffix(".num_batches_tracked")
      || architecture.unusedParameters.contains { name.hasPrefix($0) }
  }

  /// The parameters as a file; its metadata names the architecture beside what is given.
  package func weightFile(metadata: [String: String] = [:]) -> WeightFile {
    let own = [
      Self.architectureKey: architecture.name, Self.sideKey: "\(architecture.input.height)",
    ]
    return WeightFile(tensors: tensors, metadata: metadata.merging(own) { _, new in new })
  }
}

extension Architecture {
  /// The weights in a file that fit the architecture of that name, whatever its number of classes, by
  /// its own names: wrappers' and people's own prefixes are left out, and what is chosen is told.
  ///
  /// - Parameter reference: `FILE`, or `FILE:KEY` for one of its dictionaries.
  /// - Throws: `NetworkError` for an unknown name, `WeightFileError` for what is no weight file.
  package static func weights(_ name: String, at reference: String) throws -> FoundWeights {
    try WeightFile.found(at: reference, for: named(name).weightNeeds)
  }

  /// What its weight files hold, by name and shape.
  package var weightNeeds: WeightNeeds {
    let parameters = ShapePass(self).parameters
    return WeightNeeds(
      shapes: Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.shape) }),
      rowsOfClasses: ["\(outputLayer).weight", "\(outputLayer).bias"],
      formerNames: Dictionary(
        parameters.compactMap { parameter in
          Self.formerName(of: parameter.name).map { ($0, parameter.name) }
        }, uniquingKeysWith: { first, _ in first }))
  }

  /// What torchvision's published files call a parameter whose module has had another name since: of DenseNet
  /// `norm.1` for `norm1`, of the vision transformer `mlp.linear_1` for `mlp.0`.
  private static func formerName(of name: String) -> String? {
    var parts = name.split(separator: ".")
    if let layer = parts.firstIndex(where: { $0.hasPrefix("denselayer") }), layer + 2 < parts.count
    {
      let module = parts[layer + 1]
      parts.replaceSubrange(layer + 1...layer + 1, with: [module.dropLast(), module.suffix(1)])
    } else if parts.count > 4, parts[2].hasPrefix("encoder_layer_"), parts[3] == "mlp" {
      parts[4] = parts[4] == "0" ? "linear_1" : "linear_2"
    } else {
      return nil
    }
    return parts.joined(separator: ".")
  }

  /// The architecture of that name with as many classes as the file's last layer tells apart.
  ///
  /// - Parameter side: Of its square input; nil for what the file says, else that of the published weights.
  /// - Throws: `NetworkError` for an unknown name or an impossible size.
  package static func named(
    _ name: String, for file: WeightFile, side: Int? = nil
  ) throws -> Architecture {
    let side = side ?? file.metadata[Network.sideKey].flatMap { Int($0) }
    let usual = try named(name, side: side)
    guard let classes = file.tensors["\(usual.outputLayer).weight"]?.shape.first, classes > 0
    else { return usual }
    return try named(name, classes: classes, side: side)
  }
}
