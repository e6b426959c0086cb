// The samples of a data set that a training or a test uses, ready for a network.

internal import DataSets
internal import Networks

/// Chosen samples with the labels they are trained on. Images are preprocessed when asked for.
struct TrainingSamples: Sendable {
  let set: ImageDataSet
  /// Positions in the data set, ascending.
  let indices: [Int]
  /// One for each of `indices`.
  let labels: [Int]
  private let preprocessing: Preprocessing

  init(
    _ set: ImageDataSet, indices: [Int], labels: [Int], preprocessing: Preprocessing
  ) {
    self.set = set
    self.preprocessing = preprocessing
    self.indices = indices
    self.labels = indices.map { labels[$0] }
  }

  var count: Int { indices.count }

  var summary: TrainedData {
    TrainedData(name: set.name, fingerprint: set.fingerprint, samples: count)
  }

  /// Writes sample `i` of the chosen ones as the network's input.
  func write(_ i: Int, into input: inout MutableSpan<Float>) {
    preprocessing.apply(set.image(indices[i]), shape: set.shape, into: &input)
  }

  /// Share of the samples that the network classifies as labelled.
  func accuracy(of network: Network, threads: Int) -> Double {
    let result = network.evaluate(labels: labels, threads: threads) { write($0, into: &$1) }
    return Double(result.correct) / Double(max(1, count))
  }

  /// The samples to train on and to test on.
  ///
  /// The choice of classes holds for both; `limit` and `perClass` for training alone.
  static func load(
    _ options: TrainingOptions, for network: Network
  ) throws -> (train: TrainingSamples, test: TrainingSamples?) {
    let set = try load(options.data, for: network)
    let labels = assignedLabels(for: set, mode: options.labels, seed: options.seed)
    let preprocessing = network.architecture.preprocessing
    let train = TrainingSamples(
      set, indices: try options.selection.indices(in: set), labels: labels,
      preprocessing: preprocessing)
    guard let test = options.test else { return (train, nil) }
    let testSet = try load(test, for: network)
    guard testSet.classes.map(\.key) == set.classes.map(\.key) else {
      throw TrainingError(
        "\(testSet.name): expected the classes of \(set.name), found others or another order")
    }
    let chosen = Selection(classes: options.classes, seed: options.seed)
    return (
      train,
      TrainingSamples(
        testSet, indices: try chosen.indices(in: testSet), labels: testSet.labels,
        preprocessing: preprocessing)
    )
  }

  /// A data set that the network takes and whose classes it tells apart.
  private static func load(_ text: String, for network: Network) throws -> ImageDataSet {
    let set = try DataSource.load(text)
    let preprocessing = network.architecture.preprocessing
    try preprocessing.check(set)
    let shape = preprocessing.outputShape(for: set.shape)
    let input = network.architecture.input
    guard (shape.channels, shape.height, shape.width) == (input.channels, input.height, input.width)
    else {
      throw TrainingError(
        "\(set.name): expected images that give \(network.architecture.name)'s input of \(input), "
          + "found \(shape.channels) × \(shape.height) × \(shape.width)")
    }
    guard set.classes.count == network.classCount else {
      throw TrainingError(
        "\(set.name): expected the \(network.classCount) classes of "
          + "\(network.architecture.name), found \(set.classes.count)")
    }
    return set
  }
}
