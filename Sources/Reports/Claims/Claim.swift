// A statement of the paper that rows of a warehouse can bear out or refute, and how it is judged.
// Leaves out: the statements themselves (…Claims.swift) and what they may look at (Evidence).

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
  package let verdict: Verdict
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

/// One statement of the paper and the rule that judges it.
package struct Claim: Sendable {
  /// The paper's section.
  package let section: String
  /// The data set it was made on.
  package let madeOn: String
  /// A short handle, unique among claims.
  package let name: String
  /// What the paper says.
  package let statement: String
  /// "Holds when …", as it is computed.
  package let rule: String
  let evidence:
    @Sendable (Evidence) throws(MissingEvidence) -> (
      findings: [ClaimFinding], remarks: [String]
    )

  static let cifar = "CIFAR-10"
  static let imageNet = "ImageNet"
  static let shiftedImageNet = "ImageNet, ImageNet-R"

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
        claim: self, verdict: .notMeasurable(error.description), findings: [], remarks: [])
    }
  }

  /// Every claim of the paper, in its order.
  package static let all =
    sparsityClaims + shiftedSparsityClaims + trainingClaims + shiftedDivergenceClaims
    + memorisationClaims + attackClaims + manifoldClaims

  /// A change by less than this factor is called none.
  static let notable = 1.25
}
