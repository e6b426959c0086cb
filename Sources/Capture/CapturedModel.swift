// A network with its weights as a run names it: architecture, content hash, training record.

internal import Basics
package import DataSets
package import Networks
internal import Training
internal import WeightFiles

/// A weight file loaded into its architecture.
package struct CapturedModel: Sendable {
  package let network: Network
  /// `--model-name`, else the file's name without its extension, with the dictionary where one was asked for.
  package let name: String
  /// Of the weights, and of the program where a model file has one of its own.
  package let weightsHash: String
  /// `untrained`, `best`, `overtrained` or `random`, where it was given or the file says so.
  package let state: String?
  /// The training record where the file holds one: JSON, if the file is Engram's.
  package let training: String?
  /// What the outputs are called; nil where nothing tells.
  package let classList: ClassList?
  /// Which tokens its layers over tokens are taken of; nil where these layers are left out.
  let tokens: TokenChoice?

  /// What each output says; "output 3" where nothing tells.
  package var outputs: [ClassName] {
    classList?.outputs
      ?? (0..<classCount).map { ClassName(key: "output \($0)", name: "output \($0)") }
  }

  /// Of every image that has several, where each has logits of its own and `tokens` says which are taken.
  let logitTokens: Int?
  /// Outputs of an image, or of each of its tokens.
  var classCount: Int { network.classCount / (logitTokens ?? 1) }

  /// - Parameter reference: `FILE`, or `FILE:KEY` for one of its dictionaries.
  /// - Throws: `NetworkError` for a file that is no weight file or does not fit the architecture.
  package init(
    architecture: Architecture, weights reference: String, name: String?,
    classList: ClassList? = nil
  ) throws {
    try self.init(
      WeightFile.found(at: reference, for: architecture.weightNeeds), architecture: architecture,
      name: name, state: nil, classList: classList)
  }

  /// With as many classes as the file tells apart, over images of side × side.
  ///
  /// - Parameters:
  ///   - state: What the file is where it does not say so, such as `best`; one that it contradicts is refused.
  ///   - classList: What the outputs are called; nil for what the file says.
  ///   - tokens: Which tokens of a sample the layers over tokens are taken of; nil leaves them out.
  init(
    _ found: FoundWeights, architecture: String, side: Int, name: String?, state: String?,
    classList: ClassList?, tokens: TokenChoice? = nil
  ) throws {
    try self.init(
      found, architecture: .named(architecture, for: found.file, side: side), name: name,
      state: state, classList: classList, tokens: tokens)
  }

  /// The network of a model file.
  ///
  /// - Parameter tokens: Which tokens of a sample the layers over tokens are taken of; nil leaves them out.
  init(
    _ model: ImportedModel, name: String?, state: String?, classList: ClassList?,
    tokens: TokenChoice? = nil
  ) throws {
    let network = try Network(model, tokens: tokens?.reduction)
    let lists = model.weights.listedClasses(path: model.path)
    let logitTokens = tokens == nil ? nil : model.outputTokens
    let count = network.classCount / (logitTokens ?? 1)
    try self.init(
      network, model.weights, hash: model.sha256, path: model.path,
      name: name ?? Self.name(ofFile: model.path),
      state: state, classList: classList, tokens: tokens, logitTokens: logitTokens,
      own: lists.first { $0.outputs.count == count })
  }

  private init(
    _ found: FoundWeights, architecture: Architecture, name: String?, state: String?,
    classList: ClassList?, tokens: TokenChoice? = nil
  ) throws {
    let network = try Network(
      found.file, path: found.label, architecture: architecture, tokens: tokens?.reduction)
    try self.init(
      network, found.file, hash: found.file.sha256, path: found.path,
      name: name ?? Self.name(ofFile: found.path) + (found.key.map { "-\($0)" } ?? ""),
      state: state, classList: classList, tokens: tokens,
      own: found.classLists(of: network.classCount).first)
  }

  private init(
    _ network: Network, _ file: WeightFile, hash: String, path: String, name: String,
    state: String?, classList: ClassList?, tokens: TokenChoice? = nil, logitTokens: Int? = nil,
    own: ClassList?
  ) throws {
    self.network = network
    (self.tokens, self.logitTokens) = (tokens, logitTokens)
    if let state, let own = file.metadata["state"], own != state {
      throw CaptureError("\(path): expected weights of the state \(state), found \(own)")
    }
    self.name = name
    weightsHash = hash
    self.state = state ?? file.metadata["state"]
    training = file.metadata["training"]
    let count = network.classCount / (logitTokens ?? 1)
    if let classList, classList.outputs.count != count {
      throw CaptureError(
        "\(classList.source): expected a class for each of the network's \(count) outputs, found "
          + "\(classList.outputs.count)")
    }
    self.classList = classList ?? own ?? ClassList.assumed(for: count)
  }

  private static func name(ofFile path: String) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let ending = [".safetensors", ".pth", ".pt", ".th", ".onnx", ".pt2"].first {
      name.hasSuffix($0)
    }
    return String(name.dropLast(ending?.count ?? 0))
  }
}
