// A statement of the paper that rows of a warehouse can bear out or refute, and how it is judged.
// Leaves out: the statements themselves (Claims….swift).

package enum Verdict: Sendable, Equatable {
  case holds
  case doesNotHold
  /// What is missing.
  case notTestable(String)

  package var label: String {
    switch self {
    case .holds: "holds"
    case .doesNotHold: "does not hold"
    case .notTestable: "not testable here"
    }
  }
}

/// One comparison of numbers that a claim rests on.
package struct Finding: Sendable, Equatable {
  package let text: String
  package let holds: Bool

  package init(_ text: String, holds: Bool) { (self.text, self.holds) = (text, holds) }
}

package struct Judgement: Sendable {
  package let claim: Claim
  package let verdict: Verdict
  package let findings: [Finding]
  /// What else the reader should see, and what no verdict rests on.
  package let remarks: [String]
}

package struct Claim: Sendable {
  /// The paper's section.
  package let section: String
  /// A short handle, unique among claims.
  package let name: String
  /// What the paper says.
  package let statement: String
  /// "Holds when …", as it is computed.
  package let rule: String
  let evidence:
    @Sendable (Evidence) throws(MissingEvidence) -> (
      findings: [Finding], remarks: [String]
    )

  /// The claim holds when every finding does.
  package func judge(_ comparison: Comparison) -> Judgement {
    do {
      let (findings, remarks) = try evidence(Evidence(comparison: comparison))
      precondition(!findings.isEmpty, "a claim rests on findings")
      return Judgement(
        claim: self, verdict: findings.allSatisfy(\.holds) ? .holds : .doesNotHold,
        findings: findings, remarks: remarks)
    } catch {
      return Judgement(
        claim: self, verdict: .notTestable(error.description), findings: [], remarks: [])
    }
  }

  /// Every claim of the paper, in its order.
  package static let all =
    sparsityClaims + divergenceClaims + shiftClaims + attackClaims + manifoldClaims

  /// A change by less than this factor is called none.
  static let notable = 1.25
}

struct MissingEvidence: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// What a claim may look at; everything absent throws what it is.
struct Evidence {
  let comparison: Comparison

  /// The runs of `states`, in their order.
  func runs(_ states: TrainingState...) throws(MissingEvidence) -> [RunReport] {
    let missing = TrainingState.allCases.filter {
      states.contains($0) && comparison.runs[$0] == nil
    }
    guard missing.isEmpty else {
      throw MissingEvidence(
        "needs " + NumberText.count(missing.count, "run", "runs") + " of a model in the state "
          + missing.map { "'\($0.rawValue)'" }.joined(separator: " and "))
    }
    return states.compactMap { comparison.runs[$0] }
  }

  /// The layers that all `runs` have, first to last; one row per layer, in the order of the runs.
  func layers(_ runs: [RunReport]) throws(MissingEvidence) -> [[LayerReport]] {
    var rows: [[LayerReport]] = []
    for layer in runs[0].layers {
      let row = runs.compactMap { run in run.layers.first { $0.position == layer.position } }
      if row.count == runs.count { rows.append(row) }
    }
    guard !rows.isEmpty else { throw MissingEvidence("needs fully connected layers in every run") }
    return rows
  }

  /// The layer `fromEnd` places before the models' last (0: the last), in the order of the runs.
  func layer(fromEnd: Int, _ runs: [RunReport]) throws(MissingEvidence) -> [LayerReport] {
    var row: [LayerReport] = []
    for run in runs {
      guard let last = run.info.lastPosition, last >= fromEnd else {
        throw MissingEvidence("needs a network with \(fromEnd + 1) fully connected layers")
      }
      guard let layer = run.layers.first(where: { $0.position == last - fromEnd }) else {
        throw MissingEvidence(
          "needs the network's \(fromEnd == 0 ? "last" : "second last") layer, which "
            + "'\(run.info.name)' did not capture")
      }
      row.append(layer)
    }
    return row
  }

  func sparsity(_ layer: LayerReport) throws(MissingEvidence) -> Sparsity {
    guard let sparsity = layer.interaction.sparsity, !sparsity.histogram.isEmpty else {
      throw MissingEvidence("needs the sparsity of layer \(layer.name)")
    }
    return sparsity
  }

  func separation(_ layer: LayerReport) throws(MissingEvidence) -> Separation {
    guard let separation = layer.interaction.separation else {
      throw MissingEvidence("needs the divergences of layer \(layer.name)")
    }
    return separation
  }
}
