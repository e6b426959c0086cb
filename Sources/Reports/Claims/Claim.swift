// A statement of the paper or of its successor that rows of a warehouse can bear out or refute, and how it is judged.
// Leaves out: the statements themselves (…Claims.swift) and what they may look at (Evidence).

package import Warehouse

/// What a warehouse says of a claim.
package enum Verdict: Sendable, Equatable {
  case holds
  case doesNotHold
  /// What is missing.
  case notMeasurable(String)

  package var label: String {
    switch self {
    case .holds: "holds"
    case .doesNotHold: "does not hold"
    case .notMeasurable: "not measurable here"
    }
  }
}

/// A verdict with what it rests on.
package struct Judgement: Sendable {
  package let claim: Claim
  /// Of interactions.
  package let verdict: Verdict
  /// The same claim of the control kinds that it can be made of.
  package let controls: [MeasuredKind: Verdict]
  package let findings: [ClaimFinding]
  /// What else the reader should see, and what no verdict rests on.
  package let remarks: [String]

  /// Why a claim fails although the numbers alone say what it claims.
  package var reason: String? {
    let within = findings.count(where: \.isWithinError)
    guard verdict == .doesNotHold, within > 0 else { return nil }
    let against = findings.count { !$0.holds && !$0.isWithinError }
    let differences = NumberText.count(within, "difference is", "differences are")
    return "\(differences) within sampling error"
      + (against == 0 ? "; nothing else is against it" : "")
  }
}

/// One statement and the rule that judges it.
package struct Claim: Sendable {
  /// Whose it is.
  package enum Source: CaseIterable, Sendable { case paper, successor }

  package var source = Source.paper
  /// The paper's section; empty where it is not the paper's.
  package var section = ""
  /// The data set it was made on.
  package let madeOn: String
  /// A short handle, unique among claims.
  package let name: String
  /// What it says.
  package let statement: String
  /// "Holds when …", as it is computed.
  package let rule: String
  /// What it can be judged of beside interactions.
  package var controls = Claim.shownControls
  let evidence:
    @Sendable (Evidence) throws(MissingEvidence) -> (
      findings: [ClaimFinding], remarks: [String]
    )

  static let cifar = "CIFAR-10"
  static let imageNet = "ImageNet"
  static let shiftedImageNet = "ImageNet, ImageNet-R"

  /// The claim holds when every finding does.
  package func judge(_ comparison: Comparison) -> Judgement {
    let own = judged(Evidence(comparison: comparison))
    return Judgement(
      claim: self, verdict: own.verdict,
      controls: Dictionary(
        uniqueKeysWithValues: controls.map {
          ($0, judged(Evidence(comparison: comparison, kind: $0)).verdict)
        }), findings: own.findings, remarks: own.remarks)
  }

  private func judged(
    _ evidence: Evidence
  ) -> (verdict: Verdict, findings: [ClaimFinding], remarks: [String]) {
    do {
      let (findings, remarks) = try self.evidence(evidence)
      precondition(!findings.isEmpty, "a claim rests on findings")
      return (findings.allSatisfy(\.holds) ? .holds : .doesNotHold, findings, remarks)
    } catch {
      return (.notMeasurable(error.description), [], [])
    }
  }

  /// Every claim, the paper's in its order and then its successor's.
  package static let all =
    sparsityClaims + shiftedSparsityClaims + trainingClaims + shiftedDivergenceClaims
    + memorisationClaims + attackClaims + manifoldClaims + controlClaims + severityClaims

  /// The kinds beside interactions, in the order they are shown.
  static let shownControls = [MeasuredKind.neuron, .activation]

  /// A change by less than this factor is called none.
  static let notable = 1.25
}
