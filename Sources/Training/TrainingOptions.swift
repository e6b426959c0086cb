// What a training is asked to do: everything that decides its result, and nothing else. How many
// threads work on it does not, and is not here.

package import DataSets
internal import Networks

/// The options of a training; the defaults are those of Zhang et al. (2017) for their small AlexNet.
package struct TrainingOptions: Codable, Hashable, Sendable {
  package var model = "alexnet-cifar"
  /// The data sets as `DataSource` reads them; without a test set there is no `best`.
  package var data: String
  package var test: String?
  /// nil for the architecture's own.
  package var preprocess: Preprocessing?
  /// The network's classes; nil for as many as the data set has.
  package var outputs: Int?
  package var labels = LabelMode.true
  /// Weights to begin with, as `FILE` or `FILE:KEY`; nil for an untrained network's.
  package var from: String?
  /// A data set of outliers as `DataSource` reads it, whose cross-entropy to the uniform distribution is added
  /// `outlierWeight` times.
  package var outliers: String?
  /// nil where there are no outliers.
  package var outlierWeight: Double?
  package var limit: Int?
  package var perClass: Int?
  package var classes: ClassChoice?
  /// One of `epochCounts`.
  package var epochs = 60
  /// Stop once every training sample is classified as it is labelled.
  package var untilZeroError = false
  /// Of the weights, the order of samples, the assigned labels and the selection.
  package var seed: UInt64 = 0
  package var learningRate = 0.01
  /// The rate is multiplied by this after every `decayEvery` steps.
  package var decay = 0.95
  package var decayEvery = scheduleEpoch(batchSize: 128)
  package var momentum = 0.9
  package var batchSize = 128

  package init(data: String) { self.data = data }

  /// Of outliers where none is given: what Hendrycks et al. (2019) train with.
  package static let usualOutlierWeight = 0.5

  /// None leaves the untrained network alone.
  package static let epochCounts = 0...1_000_000

  /// Steps of an epoch of the published schedule, which is CIFAR-10's 50,000 images however many are
  /// trained on.
  package static func scheduleEpoch(batchSize: Int) -> Int {
    (50_000 + batchSize - 1) / batchSize
  }

  package var selection: Selection {
    Selection(limit: limit, perClass: perClass, classes: classes, seed: seed)
  }

  var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = batchSize
    settings.learningRate = learningRate
    settings.momentum = momentum
    settings.decay = decay
    settings.decayEvery = decayEvery
    return settings
  }

  /// The state that the training ends in.
  var finalState: TrainingState { labels == .true ? .overtrained : .random }

  /// Sets the data a training uses, with the splits a text leaves out filled in.
  ///
  /// - Parameters:
  ///   - text: Without a split its `train` is meant.
  ///   - test: `none`, or nil for the same data's `test` or `val` if there is one and it is not trained on.
  package mutating func chooseData(_ text: String, test: String?) throws {
    let named = try DataSource(text)
    let source = named.split == nil ? named.with(split: "train") : named
    data = source.description
    if let test, test != "none" {
      let other = try DataSource(test)
      self.test =
        other.split == nil
        ? other.with(split: try other.testSplit() ?? "test").description : other.description
    } else {
      self.test =
        try test == nil ? source.testSplit().map { source.with(split: $0).description } : nil
    }
  }

  /// Sets the outliers; a text without a split means `train`.
  package mutating func chooseOutliers(_ text: String) throws {
    let named = try DataSource(text)
    outliers = (named.split == nil ? named.with(split: "train") : named).description
  }

  /// Each option that must stay the same when a training is continued, as the command names it.
  private var fixed: [(name: String, value: String)] {
    [
      ("model", model), ("preprocess", preprocess?.description ?? "left out"),
      ("outputs", outputs.map { "\($0)" } ?? "left out"), ("labels", labels.description),
      ("from", from ?? "left out"),
      ("outliers", outliers == nil ? "left out" : "a data set"),
      ("outlier-weight", outlierWeight.map { "\($0)" } ?? "left out"),
      ("limit", limit.map { "\($0)" } ?? "none"),
      ("per-class", perClass.map { "\($0)" } ?? "none"),
      ("classes", classes?.description ?? "all"), ("seed", "\(seed)"),
      ("learning-rate", "\(learningRate)"), ("decay", "\(decay)"),
      ("decay-every", "\(decayEvery)"), ("momentum", "\(momentum)"),
      ("batch-size", "\(batchSize)"),
    ]
  }

  /// Throws if these options cannot continue a training begun with `earlier`.
  ///
  /// The data and the outliers may lie elsewhere now: what counts is their fingerprints. The number of epochs and the
  /// rule for stopping may change.
  func checkContinues(_ earlier: TrainingOptions, in folder: String) throws(TrainingError) {
    for (now, before) in zip(fixed, earlier.fixed) where now.value != before.value {
      throw TrainingError(
        "\(folder): the training was begun with --\(now.name) \(before.value), found "
          + "\(now.value); leave the option out or start anew with --force")
    }
  }
}

/// A training that cannot be begun or continued, in one line.
package struct TrainingError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
