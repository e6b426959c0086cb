// What a training has done so far: kept in its weight files' metadata and, line by line, in its log.

internal import DataSets
internal import FoundationEssentials

/// The outcome of one epoch.
package struct EpochOutcome: Codable, Hashable, Sendable {
  /// Counted from 1.
  package let epoch: Int
  /// Mean cross-entropy of the epoch's samples, each under the weights it was trained with.
  package let loss: Double
  /// Mean cross-entropy of the epoch's outliers to the uniform distribution; nil without outliers.
  package var outlierLoss: Double?
  /// Measured over the whole training set after the epoch, against the labels trained on.
  package let trainAccuracy: Double
  package let testAccuracy: Double?
  /// Of the epoch's last step.
  package let learningRate: Double
}

/// A data set as a training used it.
package struct TrainedData: Codable, Hashable, Sendable {
  package let name: String
  package let fingerprint: String
  /// Samples used, after the selection and without those whose images cannot be read.
  package let samples: Int
  /// Samples of the selection whose images cannot be read; nil where all can.
  package var unreadable: Int?
}

/// The weights that a training began with.
package struct GivenWeightsRecord: Codable, Hashable, Sendable {
  /// As they were named, with what of the file was taken.
  package let name: String
  /// `WeightFile.sha256` of what was taken.
  package let sha256: String
}

/// A training's options, data and epochs. The same training gives the same history: no times.
package struct TrainingHistory: Codable, Hashable, Sendable {
  package let engramVersion: String
  package var options: TrainingOptions
  package let preprocessing: String
  package let train: TrainedData
  package let test: TrainedData?
  /// nil without outliers.
  package let outliers: TrainedData?
  /// nil for an untrained network.
  package let from: GivenWeightsRecord?
  package var epochs: [EpochOutcome] = []

  /// Highest test accuracy so far.
  package var best: EpochOutcome? {
    epochs.filter { $0.testAccuracy != nil }
      .reduce(nil) { best, epoch in
        guard let best else { return epoch }
        return (epoch.testAccuracy ?? 0) > (best.testAccuracy ?? 0) ? epoch : best
      }
  }

  /// True when the options ask for no more epochs.
  package var isFinished: Bool {
    epochs.count >= options.epochs || (options.untilZeroError && epochs.last?.trainAccuracy == 1)
  }

  package init(
    engramVersion: String, options: TrainingOptions, preprocessing: String, train: TrainedData,
    test: TrainedData?, outliers: TrainedData? = nil, from: GivenWeightsRecord? = nil
  ) {
    self.engramVersion = engramVersion
    self.options = options
    self.preprocessing = preprocessing
    self.train = train
    self.test = test
    self.outliers = outliers
    self.from = from
  }

  package init(json: String) throws {
    self = try JSONDecoder().decode(TrainingHistory.self, from: Data(json.utf8))
    guard TrainingOptions.epochCounts.contains(options.epochs) else {
      throw TrainingError(
        "training history: expected 0 to \(TrainingOptions.epochCounts.upperBound) epochs, found "
          + "\(options.epochs)")
    }
  }

  /// As weight files' metadata keep it; `init(json:)` reads it.
  package func json() throws -> String { try Self.json(self) }

  /// The log: the history without its epochs on the first line, then an epoch a line.
  func logLines() throws -> String {
    var head = self
    head.epochs = []
    let lines = try [Self.json(head)] + epochs.map(Self.json)
    return lines.map { $0 + "\n" }.joined()
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
