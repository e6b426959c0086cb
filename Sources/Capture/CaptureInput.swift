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
    let (trained, remark) = Self.trained(found.file, ofFiles: source.hasImageFiles)
    let kept = found.normalisation.map {
      Self.preprocessing(usual.preprocessing(ofFiles: source.hasImageFiles), normalisedAs: $0)
    }
    preprocessing =
      asked ?? trained ?? kept
      ?? usual.preprocessing(ofFiles: source.hasImageFiles)
    var notes = found.notes + (remark.map { ["\(found.path): \($0)"] } ?? [])
    if let kept {
      notes.append(
        "\(found.path): normalises with numbers of its own: \(kept); "
          + (preprocessing == kept ? "images are prepared so" : "\(preprocessing) is used instead"))
    }
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

  /// With a file's own mean and standard deviation, of pixels in 0…1 in the order R, G, B.
  private static func preprocessing(
    _ usual: Preprocessing, normalisedAs own: FoundWeights.Normalisation
  ) -> Preprocessing {
    var numbers = Preprocessing.imageNet.numbers
    numbers.normalisation = .fixed(mean: own.mean, deviation: own.std)
    return Preprocessing(geometry: usual.geometry, numbers: numbers)
  }

  /// What a network of ours was trained with; with a remark where its file has a record of a training that cannot be
  /// read. Photographs of all sizes are not taken as a set of one size was.
  private static func trained(
    _ file: WeightFile, ofFiles areFiles: Bool
  ) -> (preprocessing: Preprocessing?, remark: String?) {
    guard let text = file.metadata["training"] else { return (nil, nil) }
    do {
      let trained = try Preprocessing(parsing: TrainingHistory(json: text).preprocessing)
      return (trained.geometry.resize != nil || !areFiles ? trained : nil, nil)
    } catch {
      return (
        nil,
        "its record of a training cannot be read: images are prepared as the architecture takes them, unless "
          + "--preprocess says how, and no labels of the training are known"
      )
    }
  }
}
