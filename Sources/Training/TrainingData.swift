// What a training works on: the samples to train and to test on, the outliers, and the architecture that fits them.

internal import Basics
internal import DataSets
internal import Networks

/// The choice of classes holds for both sets; `limit` and `perClass` for training alone.
struct TrainingData {
  let train: TrainingSamples
  let test: TrainingSamples?
  /// Prepared as the samples are; nil without.
  let outliers: TrainingSamples?
  let preprocessing: Preprocessing
  /// For the preprocessed images' size and the data set's classes, or as many as were asked for.
  let architecture: Architecture

  /// Remarks, a line each.
  var notes: [String] { train.notes + (test?.notes ?? []) + (outliers?.notes ?? []) }

  /// - Parameter isStrict: Whether images that cannot be read are refused; else they are left out.
  init(_ options: TrainingOptions, threads: Int, isStrict: Bool) throws {
    let source = try DataSource(options.data)
    let usual = try Architecture.named(options.model)
    guard Architecture.trained.contains(options.model) else {
      throw TrainingError("expected an architecture that trains, found \(options.model)")
    }
    preprocessing =
      options.preprocess ?? usual.preprocessing(ofFiles: source.hasImageFiles)
    let whole = try source.load(for: preprocessing)
    guard !whole.classes.isEmpty else {
      throw TrainingError("\(whole.name): expected a label for every sample, found none")
    }
    let classes = options.outputs ?? whole.classes.count
    let set = whole.fitting(classes)
    architecture = try Architecture.named(
      options.model, classes: classes, side: preprocessing.outputShape(for: set.shape).height)
    try Self.check(set, preprocessing, architecture, classes)
    let labels = assignedLabels(for: set, mode: options.labels, seed: options.seed)
    train = try TrainingSamples(
      set, indices: try options.selection.indices(in: set), labels: labels,
      preprocessing: preprocessing, threads: threads, isStrict: isStrict)
    if let named = options.outliers {
      let set = try DataSource(named).load(for: preprocessing)
      try preprocessing.check(set, for: architecture)
      outliers = try TrainingSamples(
        set, indices: Array(set.labels.indices), labels: nil, preprocessing: preprocessing,
        threads: threads, isStrict: isStrict)
    } else {
      outliers = nil
    }
    guard let test = options.test else {
      self.test = nil
      return
    }
    let testSet = try DataSource(test).load(for: preprocessing).fitting(classes)
    try Self.check(testSet, preprocessing, architecture, classes)
    guard
      testSet.classes.map({ ByteText($0.key) }) == set.classes.map({ ByteText($0.key) })
    else {
      throw TrainingError(
        "\(testSet.name): expected the classes of \(set.name), found others or another order")
    }
    let chosen = Selection(classes: options.classes, seed: options.seed)
    self.test = try TrainingSamples(
      testSet, indices: try chosen.indices(in: testSet), labels: testSet.labels,
      preprocessing: preprocessing, threads: threads, isStrict: isStrict)
  }

  /// That the network takes the set's images and tells its classes apart.
  private static func check(
    _ set: ImageDataSet, _ preprocessing: Preprocessing, _ architecture: Architecture,
    _ classes: Int
  ) throws {
    try preprocessing.check(set, for: architecture)
    guard set.classes.count == classes else {
      throw TrainingError(
        "\(set.name): expected \(classes) classes, found \(set.classes.count)")
    }
  }
}
