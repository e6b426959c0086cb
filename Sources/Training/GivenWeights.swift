// The weights that a training begins with where it does not begin with untrained ones: a file's, of any form.

internal import Basics
internal import DataSets
internal import Networks
internal import WeightFiles

/// A weight file and what it says of its network's images and outputs.
struct GivenWeights {
  private let found: FoundWeights
  private let remarks: [String]

  /// - Parameters:
  ///   - reference: `FILE`, or `FILE:KEY` for one of its dictionaries.
  ///   - options: Where they leave the preprocessing open it becomes that of the file.
  init(_ reference: String, options: inout TrainingOptions) throws {
    guard options.epochs > 0 else {
      throw TrainingError(
        "\(reference): expected epochs to train these weights for, found --epochs 0, which writes an untrained "
          + "network; leave --from or --epochs out")
    }
    found = try Architecture.weights(options.model, at: reference)
    let (preprocessing, remarks) = found.preprocessing(
      asked: options.preprocess, of: try .named(options.model),
      ofFiles: try DataSource(options.data).hasImageFiles)
    options.preprocess = preprocessing
    self.remarks = remarks
  }

  /// What a training's history keeps.
  var record: GivenWeightsRecord {
    GivenWeightsRecord(name: found.label, sha256: found.file.sha256)
  }

  /// A network of these weights, whose outputs become the data set's classes.
  ///
  /// - Throws: `NetworkError` where the tensors are not the architecture's, `TrainingError` where the file calls its
  ///   outputs as the classes are called, in another order.
  func network(_ architecture: Architecture, classes set: ImageDataSet) throws -> Network {
    let network = try Network(found.file, path: found.label, architecture: architecture)
    if let list = list(of: set) {
      let pairing = ClassPairing(set, list: list, count: list.outputs.count)
      let other = pairing.outputs.enumerated().first {
        $0.element != nil && $0.element != $0.offset
      }
      if let (position, output) = other, let output {
        throw TrainingError(
          "\(set.name): expected its classes in the order of the network's outputs (\(list.source)), found "
            + "\(set.classes[position].key) in place \(position), which is output \(output); "
            + "give them in that order, or begin without --from")
      }
    }
    return network
  }

  /// What was chosen of the file, and which outputs learn other classes than they had: a line each.
  func notes(of set: ImageDataSet) -> [String] {
    guard let list = list(of: set) else { return remarks }
    let pairing = ClassPairing(set, list: list, count: list.outputs.count)
    let new = set.classes.indices.filter { pairing.outputs[$0] == nil }
    guard !new.isEmpty else { return remarks }
    return remarks + [
      "\(found.path): \(new.count) of \(set.classes.count) outputs learn other classes than they had "
        + "(\(list.source)): "
        + listed(new.map { "\(list.outputs[$0].key) becomes \(set.classes[$0].key)" })
    ]
  }

  /// What the file calls its outputs; nil where nothing tells.
  private func list(of set: ImageDataSet) -> ClassList? {
    found.classLists(of: set.classes.count).first
  }
}
