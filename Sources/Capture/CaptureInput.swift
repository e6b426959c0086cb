// A network and the data it is run over, made to fit: preprocessing, size of the input, classes.

package import DataSets
internal import Networks
internal import Training
internal import WeightFiles

/// What a user names of a model and a data set.
package struct CaptureInput: Sendable {
  package let model: CapturedModel
  package let data: ImageDataSet
  package let preprocessing: Preprocessing
  /// What was chosen of the weight file, and remarks on it: a line each.
  package let notes: [String]

  /// - Parameters:
  ///   - model: The name of an architecture, or a model file.
  ///   - weights: Of an architecture: a weight file, which also tells the number of classes, or `FILE:KEY` for one of its
  ///     dictionaries. A model file brings its own.
  ///   - data: As `DataSource` reads it.
  ///   - preprocessing: nil for what the network was trained with, where its file says so, else the architecture's own.
  ///     It decides the size of the network's input.
  ///   - classList: What the outputs are called; nil for what the weight file says.
  ///   - tokens: Which tokens of a sample the layers over tokens are taken of; nil leaves them out.
  ///   - isUnlabelled: Whether the data set's labels are left aside.
  ///   - needsLayers: Whether a network without fully connected layers is of no use.
  package init(
    model name: String, weights: String?, modelName: String?, state: String?, data: String,
    preprocessing asked: Preprocessing?, classList: ClassList? = nil, tokens: TokenChoice? = nil,
    isUnlabelled: Bool = false, needsLayers: Bool
  ) throws {
    let source = try DataSource(data)
    guard let weights else {
      let file = try ImportedModel(path: name)
      if tokens != nil, !file.architecture.hasTokens, file.outputTokens == nil {
        throw CaptureError("--tokens: \(name) has no layer over tokens; leave it out")
      }
      if let own = file.outputTokens, tokens == nil, needsLayers {
        throw CaptureError(
          "\(name): expected logits of every image, found some of each of its \(own) tokens: --tokens says which to take"
        )
      }
      guard !needsLayers || file.layers(withTokens: tokens != nil) > 0 else {
        throw CaptureError(
          "\(name): expected a fully connected layer, whose interactions a warehouse keeps, found "
            + (file.architecture.hasTokens
              ? "linear layers over tokens alone: --tokens says which tokens to keep of them"
              : "none; engram-ingest predict runs and attacks it"))
      }
      model = try CapturedModel(
        file, name: modelName, state: state, classList: classList, tokens: tokens)
      let prepared = file.preprocessing(asked: asked, ofFiles: source.hasImageFiles)
      preprocessing = prepared.preprocessing
      var notes = file.notes + prepared.notes
      if let own = file.outputTokens, tokens == nil {
        notes.append(
          "\(name): logits are of each of an image's \(own) tokens: they are taken as one vector of them all"
        )
      }
      self.notes = notes
      let set = try source.load(for: preprocessing)
      self.data = isUnlabelled ? set.unlabelled : set
      return
    }
    let architecture = name
    let usual = try Architecture.named(architecture)
    guard tokens == nil || usual.hasTokens else {
      throw CaptureError("--tokens: \(name) has no layer over tokens; leave it out")
    }
    if needsLayers, ArchitectureSummary(usual).fullyConnected.isEmpty {
      throw CaptureError(
        "\(name): expected a fully connected layer, whose interactions a warehouse keeps, found none; "
          + "engram-ingest predict runs and attacks it")
    }
    let found = try Architecture.weights(architecture, at: weights)
    let prepared = found.preprocessing(asked: asked, of: usual, ofFiles: source.hasImageFiles)
    preprocessing = prepared.preprocessing
    var notes = prepared.notes
    let side: Int
    let set: ImageDataSet
    if let known = preprocessing.geometry.side {
      side = known
      model = try CapturedModel(
        found, architecture: architecture, side: side, name: modelName, state: state,
        classList: classList, tokens: tokens)
      set = try source.load(for: preprocessing)
    } else {
      set = try source.load(for: preprocessing)
      side = preprocessing.outputShape(for: set.shape).height
      model = try CapturedModel(
        found, architecture: architecture, side: side, name: modelName, state: state,
        classList: classList, tokens: tokens)
    }
    if classList == nil { notes += found.classListNotes(of: model.network.classCount) }
    self.notes = notes
    self.data = isUnlabelled ? set.unlabelled : set
  }
}
