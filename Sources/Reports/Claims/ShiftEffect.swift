// What a shift of the data does to a run: the clean run, the shifted one, and the divergence of each class from itself.

package import Basics
package import Warehouse

/// KL per interaction or neuron, from a run to another, between the same class of both, in one layer.
package struct SameClassDivergence: Sendable {
  package let from: Int
  package let to: Int
  package let kind: MeasuredKind
  package let layerPosition: Int
  /// By the class's key.
  package var values: [ByteText: Double] = [:]

  package init(
    from: Int, to: Int, kind: MeasuredKind = .interaction, layerPosition: Int,
    values: [ByteText: Double] = [:]
  ) {
    (self.from, self.to, self.kind, self.layerPosition) = (from, to, kind, layerPosition)
    self.values = values
  }
}

/// One run beside the same network over shifted data.
package struct ShiftEffect: Sendable {
  package let clean: RunReport
  package let shifted: RunReport
  /// By kind and the layer's position, KL(clean ‖ shifted) and KL(shifted ‖ clean) of the same class.
  package let toShifted: [MeasuredKind: [Int: [ByteText: Double]]]
  package let toClean: [MeasuredKind: [Int: [ByteText: Double]]]

  /// Which runs the numbers are of.
  var remark: String { "'\(shifted.info.name)' beside '\(clean.info.name)'" }
}

/// One shift of the data, and its effect on the network in several states.
package struct ShiftEffects: Sendable {
  package let title: String
  package internal(set) var effects: [StudyState: ShiftEffect] = [:]

  /// Every shift of runs of the comparison's networks, those of most states first, other data sets before perturbations.
  /// Of two data sets the one that the best network classifies better is no shift of the other.
  static func all(in data: ReportData, of runs: [StudyState: RunReport]) -> [ShiftEffects] {
    var order: [[String]] = []
    var found: [[String]: ShiftEffects] = [:]
    for state in StudyState.allCases {
      guard let own = runs[state] else { continue }
      let twins = data.runs.filter { $0.isClean && $0.isTwin(of: own) }
        .sorted { ($0.info.id == own.info.id ? 0 : 1) < ($1.info.id == own.info.id ? 0 : 1) }
      for clean in twins {
        for shifted in data.runs
        where shifted.info.weightsHash == clean.info.weightsHash
          && shifted.info.isShifted(from: clean.info)
          && !data.isEasier(shifted.info.datasetID, than: clean.info.datasetID, for: runs[.best])
        {
          let info = shifted.info
          let toShifted = data.sameClass(from: clean.info.id, to: info.id)
          let toClean = data.sameClass(from: info.id, to: clean.info.id)
          guard !toShifted.isEmpty, !toClean.isEmpty else { continue }
          let isOther = info.datasetID != clean.info.datasetID
          let key = [
            isOther ? "0" : "1", String(info.datasetID), info.perturbation, info.sampleSet,
            String(info.samples),
          ]
          if found[key] == nil {
            order.append(key)
            found[key] = ShiftEffects(title: isOther ? info.dataset : info.perturbation)
          }
          guard found[key]?.effects[state] == nil else { continue }
          found[key]?.effects[state] = ShiftEffect(
            clean: clean, shifted: shifted, toShifted: toShifted, toClean: toClean)
        }
      }
    }
    let shifts = order.enumerated().compactMap { place, key in
      found[key].map { (shift: $0, rank: (-$0.effects.count, key[0], place)) }
    }
    return shifts.sorted { $0.rank < $1.rank }.map(\.shift)
  }
}

extension RunReport {
  var isClean: Bool { info.perturbation == "none" }
  /// Of the same network over the same data set, some of its samples.
  func isTwin(of other: RunReport) -> Bool {
    info.weightsHash == other.info.weightsHash && info.datasetID == other.info.datasetID
  }
}

extension RunInfo {
  /// Shifted images of the same data, or another data set than a part of the same one. An attack is no shift, nor is
  /// the control beside it or ODIN's step.
  func isShifted(from clean: RunInfo) -> Bool {
    switch PerturbationKind(perturbation) {
    case .shift: true
    case .none: family != clean.family
    case .attack, .control, .step: false
    }
  }
}

extension ReportData {
  /// Whether a network classifies more of the samples of one data set right than of another, as they are.
  fileprivate func isEasier(_ dataset: Int, than other: Int, for network: RunReport?) -> Bool {
    func accuracy(_ dataset: Int) -> Double? {
      runs.filter {
        $0.isClean && $0.info.weightsHash == network?.info.weightsHash
          && $0.info.datasetID == dataset
      }.compactMap(\.info.accuracy).max()
    }
    guard dataset != other, let own = accuracy(dataset), let others = accuracy(other) else {
      return false
    }
    return own > others
  }

  /// By kind and the layer's position.
  func sameClass(from: Int, to: Int) -> [MeasuredKind: [Int: [ByteText: Double]]] {
    let own = sameClass.filter { $0.from == from && $0.to == to }
    return Dictionary(grouping: own, by: \.kind).mapValues { own in
      Dictionary(own.map { ($0.layerPosition, $0.values) }) { first, _ in first }
    }
  }
}
