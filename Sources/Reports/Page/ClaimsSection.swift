// What the paper says, what this warehouse shows, and the verdict, claim by claim.

extension ReportPage {
  var claimsSection: [Block] {
    let comparisons = Comparison.all(in: data)
    let most = comparisons.map(\.runs.count).max() ?? 0
    let leading = comparisons.firstIndex { $0.runs.count == most }
    let parts = comparisons.enumerated().map { index, comparison -> Block in
      let judged = Claim.all.map { $0.judge(comparison) }
      let rows = judged.map(Self.row).joined()
      let table = Block.markup(
        """
        <ul class="note">\(Self.members(comparison))</ul>
        <div class="wide"><table class="claims"><thead><tr><th scope="col">§</th>\
        <th scope="col">The paper says</th><th scope="col">This warehouse shows</th>\
        <th scope="col">Verdict</th></tr></thead>
        <tbody>\(rows)</tbody></table></div>
        """)
      // The comparison of the most states is the answer; the others are for who asks.
      return index == leading
        ? .shown([.heading(comparison.title), .text(Self.tally(judged)), table])
        : .folded("\(comparison.title): \(Self.tally(judged))", [table])
    }
    let intro = Block.note(
      "D. Khaitan, Analysing the Robustness of Deep Neural Networks, 2024. Each verdict is "
        + "computed from the warehouse by the rule under the claim: a claim holds when every "
        + "number marked here bears it out. One run stands for each state, so no verdict says "
        + "how another seed would come out.")
    return [intro] + parts.filter { !$0.isFolded } + parts.filter(\.isFolded)
  }

  static func tally(_ judged: [Judgement]) -> String {
    let holds = judged.count { $0.verdict == .holds }
    let fails = judged.count { $0.verdict == .doesNotHold }
    return "Of \(judged.count) claims \(holds) \(holds == 1 ? "holds" : "hold"), "
      + "\(fails) \(fails == 1 ? "does" : "do") not, "
      + "\(judged.count - holds - fails) cannot be tested with these runs."
  }

  private static func members(_ comparison: Comparison) -> Markup {
    var lines: [Markup] = TrainingState.allCases.map { state in
      "<li>\(state.label): \(comparison.runs[state].map { "'\($0.info.name)'" } ?? "no run")</li>"
    }
    if !comparison.passedOver.isEmpty {
      let names = comparison.passedOver.map { "'\($0)'" }.joined(separator: ", ")
      lines.append("<li>not used, a later run has the same state: \(names)</li>")
    }
    return lines.joined()
  }

  private static func row(_ judgement: Judgement) -> Markup {
    let findings = judgement.findings.map { finding -> Markup in
      "<li>\(finding.holds ? "✓" : "✗") \(finding.text)</li>"
    }
    let remarks = judgement.remarks.map { remark -> Markup in
      "<li class=\"rule\">\(remark)</li>"
    }
    let look: String
    var shown: Markup = "<ul>\((findings + remarks).joined())</ul>"
    switch judgement.verdict {
    case .holds: look = "holds"
    case .doesNotHold: look = "fails"
    case .notTestable(let reason):
      look = "open"
      shown = "<span class=\"rule\">\(reason)</span>"
    }
    return """
      <tr><td>\(judgement.claim.section)</td><td>\(judgement.claim.statement)\
      <br><span class="rule">\(judgement.claim.rule)</span></td><td>\(shown)</td>\
      <td class="verdict \(look)">\(judgement.verdict.label)</td></tr>
      """
  }
}
