// What the samples of a run are grouped by when their patterns are counted, measured and exported.

internal import Basics

/// Which labels samples are grouped by.
package enum ProfileGrouping: Sendable, Hashable {
  case `true`
  /// The true labels in another order.
  case permuted
  /// The classes that the network predicts.
  case predicted
  /// What the network was trained on, where that is known of a sample.
  case assigned
  /// A labelling of the user's own, or such a one in another order.
  case own(OwnLabels)

  /// Those that every run is measured by; the others are asked for.
  package static let measuredAlways = [ProfileGrouping.true, .permuted]
  package static let askedFor = [ProfileGrouping.predicted, .assigned]
  /// Those that need no labelling.
  package static let builtIn = measuredAlways + askedFor

  /// As the column `grouping` has it.
  package var name: String {
    switch self {
    case .true: "true"
    case .permuted: "permuted"
    case .predicted: "predicted"
    case .assigned: "assigned"
    case .own(let labels): labels.name
    }
  }

  /// Whether samples with a true label may have none under it.
  var mayLackSamples: Bool {
    switch self {
    case .true, .permuted, .predicted: false
    case .assigned, .own: true
    }
  }

  /// What the floor of a labelling is called.
  static func permuted(_ name: String) -> String { "permuted \(name)" }

  /// Those that are measured when this one is asked for: own labels come with their floor.
  var measuredTogether: [ProfileGrouping] {
    guard case .own(let labels) = self else { return [self] }
    return [self, .own(labels.permuted)]
  }
}

/// What a labelling says of the samples of one run.
package struct OwnLabels: Sendable, Hashable {
  package let name: String
  /// By position.
  package let classes: [Stored<ClassRecord>]
  /// Ids of classes by ids of samples; those without a label are left out.
  let classIDs: [Int: Int]
  /// The labelled samples in order of position, and the seed that permutes their labels.
  private let order: [Int]
  private let seed: UInt64

  /// - Parameter labels: In order of the samples' positions.
  init(
    name: String, classes: [Stored<ClassRecord>], labels: [(sample: Int, classID: Int)],
    seed: UInt64
  ) {
    (self.name, self.classes, self.seed) = (name, classes, seed)
    order = labels.map(\.sample)
    classIDs = Dictionary(uniqueKeysWithValues: labels)
  }

  /// The same labels in another order, the floor of what they separate.
  package var permuted: OwnLabels {
    var generator = SplitMix64(seed: seed)
    let places = generator.permutation(order.count)
    return OwnLabels(
      name: ProfileGrouping.permuted(name), classes: classes,
      labels: zip(order, places).compactMap { sample, place in
        classIDs[order[place]].map { (sample, $0) }
      }, seed: seed)
  }
}
