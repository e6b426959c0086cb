// What a detector is: one way to score how much a sample looks like those of a reference run. Each is one file in
// Analytics/Detectors and one entry in Detector+All.swift; help, pages, queries and tests walk that list.

/// One way to score samples; a larger score is more in-distribution, always.
package struct Detector: Sendable {
  /// What it reads of a sample and of the layer.
  package enum Need: String, Sendable, CaseIterable {
    /// z, the layer's outputs.
    case logits
    /// x, what goes into the layer.
    case inputs
    /// W and b of the layer.
    case weights
    /// The class profiles of the reference run, and the sample's significant interactions.
    case profiles
    /// The feature maps of the whole network, which no warehouse holds: the network runs again.
    case featureMaps
  }

  /// What a reference run has to have to teach it.
  package enum Lesson: String, Sendable {
    /// It is not taught.
    case none
    /// Samples.
    case samples
    /// Samples with labels.
    case labels
  }

  /// As queries, options and pages name it.
  package let name: String
  /// The score as a formula.
  package let formula: String
  /// Author, year, title and, where there is one, arXiv's number.
  package let source: String
  package let needs: Set<Need>
  package let lesson: Lesson
  package let parameters: [DetectorParameter]
  /// Begins to teach it; nil for the detectors of profiles and of feature maps.
  let start: Start?
  /// The score of a sample's pattern; nil for the other detectors.
  package let ofPattern: OfPattern?

  /// The score of what `LikelihoodMatrix` makes of a sample's bits and the reference's profiles; nil where there is none.
  package typealias OfPattern = @Sendable (PatternScores) -> Double?

  typealias Start =
    @Sendable (_ settings: DetectorSettings, _ layer: LastLayer, _ samples: Int) throws ->
    any DetectorTeacher

  /// Whether it scores patterns of significant interactions; the others are the field's yardsticks.
  package var isOfPatterns: Bool { needs.contains(.profiles) }
  /// Whether it looks at the whole network's feature maps.
  package var isOfFeatureMaps: Bool { needs.contains(.featureMaps) }
  /// Whether it is of the network's last layer alone.
  package var isOfLastLayer: Bool { !isOfPatterns && !isOfFeatureMaps }

  init(
    _ name: String, formula: String, source: String, needs: Set<Need>, lesson: Lesson,
    parameters: [DetectorParameter] = [], start: @escaping Start
  ) {
    (self.name, self.formula, self.source) = (name, formula, source)
    (self.needs, self.lesson, self.parameters) = (needs, lesson, parameters)
    (self.start, ofPattern) = (start, nil)
  }

  /// One of patterns.
  init(_ name: String, formula: String, source: String, ofPattern: @escaping OfPattern) {
    (self.name, self.formula, self.source) = (name, formula, source)
    (needs, lesson, parameters) = ([.profiles], .labels, [])
    (start, self.ofPattern) = (nil, ofPattern)
  }

  /// One of feature maps, which samples teach: what it learns is told by the type that does.
  init(
    _ name: String, formula: String, source: String,
    ofFeatureMapsWith parameters: [DetectorParameter]
  ) {
    (self.name, self.formula, self.source) = (name, formula, source)
    (needs, lesson, self.parameters) = ([.featureMaps], .samples, parameters)
    (start, ofPattern) = (nil, nil)
  }

  /// One that is not taught.
  init(
    _ name: String, formula: String, source: String, needs: Set<Need>,
    parameters: [DetectorParameter] = [],
    scorer: @escaping @Sendable (DetectorSettings, LastLayer) throws -> DetectorScorer
  ) {
    self.init(
      name, formula: formula, source: source, needs: needs, lesson: .none, parameters: parameters
    ) { settings, layer, _ in Untaught(try scorer(settings, layer)) }
  }
}

/// What a sample's significant interactions say of it beside the class profiles of the reference, per interaction.
package struct PatternScores {
  /// ln L(S | c) of every class.
  package let likelihoods: [Double]
  /// The share of interactions in which S differs from those that more than half of a class's samples make significant.
  package let distances: [Double]
  /// The class that is predicted; nil where it is none of these.
  package let predicted: Int?

  package init(likelihoods: [Double], distances: [Double], predicted: Int?) {
    (self.likelihoods, self.distances, self.predicted) = (likelihoods, distances, predicted)
  }
}

/// A number that a detector's definition leaves open.
package struct DetectorParameter: Sendable {
  package let name: String
  package let meaning: String
  /// nil where it depends on the layer; `meaning` tells how.
  package let standard: Double?
  package let range: ClosedRange<Double>
  package let isWhole: Bool

  static func whole(
    _ name: String, _ standard: Int?, in range: ClosedRange<Int>, _ meaning: String
  ) -> Self {
    Self(
      name: name, meaning: meaning, standard: standard.map(Double.init),
      range: Double(range.lowerBound)...Double(range.upperBound), isWhole: true)
  }

  static func real(
    _ name: String, _ standard: Double, in range: ClosedRange<Double>, _ meaning: String
  ) -> Self {
    Self(name: name, meaning: meaning, standard: standard, range: range, isWhole: false)
  }
}

/// Values of a detector's parameters.
package struct DetectorSettings: Sendable, Equatable {
  private let values: [String: Double]

  init(_ values: [String: Double]) { self.values = values }

  /// nil where the layer decides.
  func value(_ name: String) -> Double? { values[name] }

  /// Of a parameter with a default.
  package subscript(_ name: String) -> Double {
    guard let value = values[name] else { preconditionFailure("no parameter \(name)") }
    return value
  }
}
