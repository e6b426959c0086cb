// A network's parameters from and to weight files.

extension Network {
  /// The metadata entry that names the architecture.
  package static let architectureKey = "architecture"

  /// The network that a weight file describes: its architecture is `architecture`, else the one the
  /// file's metadata names.
  package convenience init(
    _ file: WeightFile, path: String, architecture: Architecture? = nil
  ) throws {
    guard let name = architecture?.name ?? file.metadata[Self.architectureKey] else {
      throw NetworkError(
        "\(path): expected the metadata entry \"\(Self.architectureKey)\", found none; name the "
          + "architecture (\(Architecture.known.joined(separator: ", "))).")
    }
    try self.init(architecture ?? .named(name), seed: 0)
    try load(file.tensors, path: path)
  }

  /// Replaces all parameters.
  ///
  /// - Throws: `NetworkError` listing every missing, unexpected and misshapen tensor; nothing is
  ///   replaced then.
  package func load(_ tensors: [String: Tensor], path: String) throws {
    try check(tensors, path: path)
    program.store(tensors, in: parameters)
  }

  /// That the tensors are this network's, by name and shape.
  func check(_ tensors: [String: Tensor], path: String) throws {
    var faults: [String] = []
    for parameter in program.pass.parameters {
      guard let tensor = tensors[parameter.name] else {
        faults.append("\(parameter.name) is missing")
        continue
      }
      if tensor.shape != parameter.shape {
        faults.append("\(parameter.name) is \(tensor.shape) instead of \(parameter.shape)")
      }
    }
    let known = Set(parameterNames)
    for name in tensors.keys.sorted() where !known.contains(name) && !Self.isIgnored(name) {
      faults.append("\(name) is unexpected")
    }
    guard faults.isEmpty else {
      throw NetworkError(
        "\(path): expected the parameters of \(architecture.name), found: \(Self.listed(faults)).")
    }
  }

  /// PyTorch counts batches while it trains a batch normalisation; no pass reads the number.
  private static func isIgnored(_ name: String) -> Bool { name.hasSuffix(".num_batches_tracked") }

  /// The first ten, and how many more there are.
  private static func listed(_ faults: [String]) -> String {
    let shown = faults.prefix(10).joined(separator: "; ")
    return faults.count > 10 ? "\(shown); and \(faults.count - 10) more faults" : shown
  }

  /// The parameters as a file; its metadata names the architecture beside what is given.
  package func weightFile(metadata: [String: String] = [:]) -> WeightFile {
    let own = [Self.architectureKey: architecture.name]
    return WeightFile(tensors: tensors, metadata: metadata.merging(own) { _, new in new })
  }
}
