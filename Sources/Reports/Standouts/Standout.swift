// What stands out in a run: sentences with a number, an interval and the section that has more. One file a subject, one entry
// in the list.

internal import Warehouse

/// Something that may be said of a run in a sentence.
struct Standout: Sendable {
  /// In a few words, for where nothing can be said.
  let subject: String
  /// What adds the rows that it needs.
  let remedy: String
  /// nil where the warehouse holds nothing to say it from.
  let tell: @Sendable (StandoutEvidence) -> Sentence?

  struct Sentence {
    let text: Markup
    /// Of the page, without the hash.
    let section: String
  }

  /// In the order of the page.
  static let all: [Standout] = [
    .confusion, .labels, .idleNeurons, .classEntropy, .bestLayer, .perturbations, .memorisation,
    .detectors,
  ]
}

/// What a sentence may look at.
struct StandoutEvidence {
  let data: ReportData
  let run: RunReport
  let focus: FocusReport

  /// The last captured layer that has divergences.
  var lastMeasured: LayerReport? {
    run.layers.last { $0.interaction.separation != nil && $0.matrix != nil }
  }

  /// Of relative separation over resampled samples.
  func interval(_ measure: String, of layer: LayerReport, in run: RunReport, _ value: Double)
    -> Interval?
  {
    let key = ReplicateKey(layer: layer.position, measure: measure)
    return Interval.of([(1, Measured(label: layer.name, value: value, run: run, key: key))])
  }
}

extension Interval {
  /// " [0.12, 0.34]".
  static func text(_ interval: Interval?, _ shown: (Double) -> String = { NumberText.short($0) })
    -> String
  {
    interval.map { " [\(shown($0.low)), \(shown($0.high))]" } ?? ""
  }

  /// " [12, 34]", in percent.
  static func percent(_ count: Int, of total: Int) -> String {
    text(.share(count, of: total)) { NumberText.short(100 * $0) }
  }
}
