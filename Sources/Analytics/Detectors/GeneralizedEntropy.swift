// GEN, a generalised entropy of the M largest probabilities, negated. 1 − p is taken in log space.

import Glibc

extension Detector {
  static let generalizedEntropy = Detector(
    "gen", formula: "−Σ over the M largest p of p^γ (1 − p)^γ",
    source:
      "Liu, Lochman & Zach 2023, GEN: Pushing the Limits of Softmax-Based Out-of-Distribution "
      + "Detection, CVPR",
    needs: [.logits],
    parameters: [
      .real("gamma", 0.1, in: 1e-6...100, "γ"),
      .whole("M", 100, in: 1...1_000_000, "how many of the largest p; all, where there are fewer"),
    ]
  ) { settings, _ in
    let (gamma, most) = (settings["gamma"], Int(settings["M"]))
    return .ofRows { block, row in
      let logs = block.softmax(row).logs.sorted(by: >).prefix(most)
      return logs.reduce(0) { $0 - pow(exp($1), gamma) * pow(-expm1($1), gamma) }
    }
  }
}
