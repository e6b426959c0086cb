// Which runs are set beside each other: one architecture on one data set in several states of training.

package import Warehouse

/// A state of training that the study compares.
package enum StudyState: String, CaseIterable, Sendable {
  case untrained, random, best, overtrained

  package var label: String { self == .random ? "random labels" : rawValue }
}

/// Runs of one architecture on the same unperturbed samples, at most one per state, and what attacks and shifts do to
/// the same networks.
package struct Comparison: Sendable {
  package let title: String
  package private(set) var runs: [StudyState: RunReport] = [:]
  /// Shifts of the data that runs of the same networks were made over.
  package internal(set) var shifts: [ShiftEffects] = []
  /// Runs over shifted data beside clean runs of the best network.
  package internal(set) var shiftedRuns: [ShiftedRun] = []
  /// What attacks do to the networks, by kind and state.
  package internal(set) var attacks: [MeasuredKind: [StudyState: AttackEffect]] = [:]
  /// Runs that had to stand back for a later one of the same state.
  package private(set) var passedOver: [String] = []

  package init(title: String) { self.title = title }

  /// Takes `run` for its state; of two runs of one state the one that was completed later stays, and the other is
  /// passed over.
  package mutating func add(_ run: RunReport, as state: StudyState) {
    guard let earlier = runs[state] else {
      runs[state] = run
      return
    }
    let isLater =
      (run.info.completed, run.info.id) > (earlier.info.completed, earlier.info.id)
    runs[state] = isLater ? run : earlier
    passedOver.append(isLater ? earlier.info.name : run.info.name)
  }

  /// Every comparison that `data` allows: those of two states or more, or, if there are none, the first of one,
  /// or an empty one.
  package static func all(in data: ReportData) -> [Comparison] {
    var order: [[String]] = []
    var found: [[String]: Comparison] = [:]
    for run in data.runs where run.info.perturbation == "none" {
      guard let state = run.info.state.flatMap(StudyState.init(rawValue:)) else { continue }
      let info = run.info
      let key = [
        info.architecture, String(info.datasetID), info.preprocessing, info.sampleSet,
        String(info.samples),
      ]
      if found[key] == nil {
        order.append(key)
        let samples = NumberText.count(info.samples, "sample", "samples")
        found[key] = Comparison(title: "\(info.architecture) on \(info.dataset), \(samples)")
      }
      found[key]?.add(run, as: state)
    }
    let all = order.compactMap { found[$0]?.completed(from: data) }
    let several = all.filter { $0.runs.count > 1 }
    if !several.isEmpty { return several }
    return [all.first ?? Comparison(title: "no run with a known state")]
  }

  private func completed(from data: ReportData) -> Comparison {
    var result = self
    result.shifts = ShiftEffects.all(in: data, of: runs)
    for kind in MeasuredKind.allCases {
      for (state, run) in runs {
        result.attacks[kind, default: [:]][state] = AttackEffect.best(in: data, of: run, kind)
      }
    }
    result.shiftedRuns = runs[.best].map { ShiftedRun.all(in: data, of: $0) } ?? []
    return result
  }

  /// Runs that claims look at and that have no replicates, in the order of states, shifted ones last.
  package var withoutReplicates: [RunReport] {
    let shifted = shifts.flatMap { shift in
      StudyState.allCases.compactMap { shift.effects[$0]?.shifted }
    }
    return (StudyState.allCases.compactMap { runs[$0] } + shifted)
      .filter(\.replicates.isEmpty)
  }
}
