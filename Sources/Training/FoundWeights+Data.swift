// What a weight file says of data: how its network's images are prepared, and what its outputs are called.

internal import Basics
package import DataSets
package import Networks
package import WeightFiles

extension FoundWeights {
  /// What was asked for, else what the network was trained with, where its file says so, else the architecture's own
  /// with the numbers that the file normalises by; with remarks on the file, a line each.
  package func preprocessing(
    asked: Preprocessing?, of architecture: Architecture, ofFiles areFiles: Bool
  ) -> (preprocessing: Preprocessing, notes: [String]) {
    let usual = architecture.preprocessing(ofFiles: areFiles)
    let (trained, remark) = trainedPreprocessing(ofFiles: areFiles)
    let kept = normalisation.map { Self.preprocessing(usual, normalisedAs: $0) }
    let preprocessing = asked ?? trained ?? kept ?? usual
    var notes = self.notes + (remark.map { ["\(path): \($0)"] } ?? [])
    if let kept {
      notes.append(
        "\(path): normalises with numbers of its own: \(kept); "
          + (preprocessing == kept ? "images are prepared so" : "\(preprocessing) is used instead"))
    }
    return (preprocessing, notes)
  }

  /// With a file's own mean and standard deviation, of pixels in 0…1 in the order R, G, B.
  private static func preprocessing(
    _ usual: Preprocessing, normalisedAs own: Normalisation
  ) -> Preprocessing {
    var numbers = Preprocessing.imageNet.numbers
    numbers.normalisation = .fixed(mean: own.mean, deviation: own.std)
    return Preprocessing(geometry: usual.geometry, numbers: numbers)
  }

  /// What a network of ours was trained with; with a remark where its file has a record of a training that cannot be
  /// read. Photographs of all sizes are not taken as a set of one size was.
  private func trainedPreprocessing(
    ofFiles areFiles: Bool
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

  /// The lists of classes that the file has for so many outputs, the likeliest first.
  package func classLists(of count: Int) -> [ClassList] {
    (file.listedClasses(path: path)
      + classLists.map { ClassList($0.entries, source: "\($0.name) of \(path)") })
      .filter { $0.outputs.count == count }
  }

  /// What of the file's lists of classes is not used, a line each.
  package func classListNotes(of count: Int) -> [String] {
    let fitting = classLists(of: count)
    let others = classLists.filter { $0.entries.count != count }.map {
      "\(path): \($0.name.shown(200)) has \($0.entries.count) classes, the network \(count) outputs: not used"
    }
    guard let first = fitting.first else { return others }
    return others
      + fitting.dropFirst().filter { $0.outputs != first.outputs }.map {
        "\($0.source) has other classes than \(first.source): not used"
      }
  }
}

extension WeightFile {
  /// The lists of classes among its metadata.
  package func listedClasses(path: String) -> [ClassList] {
    StoredClassList.names.compactMap { name in
      metadata[name].flatMap { ClassList.entries(json: $0.utf8) }
        .map { ClassList($0, source: "\(name) of \(path)") }
    }
  }
}
