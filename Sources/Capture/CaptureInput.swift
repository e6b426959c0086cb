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
  ///   - architecture: Its name.
  ///   - weights: A weight file, which also tells the number of classes, or `FILE:KEY` for one of its dictionaries.
  ///   - data: As `DataSource` reads it.
  ///   - preprocessing: nil for what the network was trained with, where its file says so, else the architecture's own.
  ///     It decides the size of the network's input.
  ///   - classList: What the outputs are called; nil for what the weight file says.
  ///   - isUnlabelled: Whether the data set's labels are left aside.
  ///   - needsLayers: Whether a network without fully connected layers is of no use.
  package init(
    architecture: String, weights: String, modelName: String?, state: String?, data: String,
    preprocessing asked: Preprocessing?, classList: ClassList? = nil, isUnlabelled: Bool = false,
    needsLayers: Bool
  ) throws {
    let usual = try Architecture.named(architecture)
    if needsLayers, ArchitectureSummary(usual).fullyConnected.isEmpty {
      throw CaptureError(
        "\(architecture): expected a fully connected layer, whose interactions a warehouse keeps, found none; "
          + "engram-ingest predict runs and attacks it")
    }
    let source = try DataSource(data)
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
        classList: classList)
      set = try source.load(for: preprocessing)
    } else {
      set = try source.load(for: preprocessing)
      side = preprocessing.outputShape(for: set.shape).height
      model = try CapturedModel(
        found, architecture: architecture, side: side, name: modelName, state: state,
        classList: classList)
    }
    if classList == nil { notes += found.classListNotes(of: model.network.classCount) }
    self.notes = notes
    self.data = isUnlabelled ? set.unlabelled : set
  }
}
