// What the paper and its successor say, what this warehouse shows, and the verdicts, claim by claim: of interactions, and
// beside them of neurons and activations.

internal import Basics
internal import Warehouse

extension ReportPage {
  var claimsSection: [Block] {
    let comparisons = Comparison.all(in: data)
    let most = comparisons.map(\.runs.count).max() ?? 0
    let leading = comparisons.firstIndex { $0.runs.count == most }
    let intro = Block.note(
      "D. Khaitan, Analysing the Robustness of Deep Neural Networks, 2024, and its successor, Khaitan & Banerjee, 2026, "
        + "which calls the method a diagnostic and adds the control in activation space. Each verdict is "
        + "computed from the warehouse by the rule under the claim: a claim holds when every "
        + "number marked here bears it out. An interval is the difference ± 1.96 standard deviations "
        + "over resampled samples; a difference whose interval contains 0 is within sampling error, and bears out no "
        + "claim of a difference. One run stands for each state, so no verdict says "
        + "how another seed would come out, and claims are judged on whatever data set the runs are over. "
        + "The numbers are of interactions; the same rule is judged of neurons (z > 0) and of activations "
        + "(z as independent Gaussians), where it can be made of them. "
        + "Classes are the data sets' own, foreign ones among them; accuracies are over the samples that have a right answer, "
        + "likelihoods over those whose class has a profile."
    )
    let parts = comparisons.enumerated().map { index, comparison -> Block in
      let judged = Claim.all.map { $0.judge(comparison) }
      let members = Block.markup("<ul class=\"note\">\(Self.members(comparison))</ul>")
      let lists = Claim.Source.allCases.map { source -> (verdicts: [Block], numbers: [Block]) in
        let own = judged.filter { $0.claim.source == source }
        let heading = Block.heading(Self.title(source))
        return (
          [heading, .text(Self.tally(own))] + Self.verdicts(own),
          [heading, Self.table(own, of: source)]
        )
      }
      let numbers = [members] + lists.flatMap(\.numbers)
      // The comparison of the most states is the answer; the others are for who asks.
      return index == leading
        ? .shown(
          [.heading(comparison.title)] + lists.flatMap(\.verdicts)
            + [.folded("Rules, numbers and intervals behind the verdicts", [intro] + numbers)])
        : .folded("\(comparison.title): \(Self.tally(judged))", numbers)
    }
    return parts.filter { !$0.isFolded } + parts.filter(\.isFolded)
  }

  private static func title(_ source: Claim.Source) -> String {
    switch source {
    case .paper: "Khaitan 2024"
    case .successor: "Its successor, Khaitan & Banerjee 2026"
    }
  }

  /// A line a claim, its verdict and what it says; nothing where no claim could be judged.
  private static func verdicts(_ judged: [Judgement]) -> [Block] {
    guard judged.contains(where: { ["holds", "fails"].contains(look($0.verdict)) }) else {
      return []
    }
    let lines = judged.map { one -> Markup in
      """
      <li><span class="verdict \(look(one.verdict))">\(one.verdict.label)</span> \(one.claim.statement)</li>
      """
    }.joined()
    return [.markup("<ul class=\"verdicts\">\(lines)</ul>")]
  }

  private static func table(_ judged: [Judgement], of source: Claim.Source) -> Block {
    let rows = judged.map(row).joined()
    let madeOn: Markup = source == .paper ? "<th scope=\"col\">Made on</th>" : ""
    let kinds = Claim.shownControls.map { kind -> Markup in
      "<th scope=\"col\">Of \(kind.plural)</th>"
    }.joined()
    return .markup(
      """
      <div class="wide"><table class="claims"><thead><tr><th scope="col">It says</th>\
      \(madeOn)<th scope="col">Two numbers</th>\
      <th scope="col">Difference [95 % interval]</th><th scope="col">Of interactions</th>\(kinds)</tr></thead>
      <tbody>\(rows)</tbody></table></div>
      """)
  }

  static func tally(_ judged: [Judgement]) -> String {
    let holds = judged.count { $0.verdict == .holds }
    let fails = judged.count { $0.verdict == .doesNotHold }
    return "Of \(judged.count) claims \(holds) \(holds == 1 ? "holds" : "hold"), "
      + "\(fails) \(fails == 1 ? "does" : "do") not, "
      + "\(judged.count - holds - fails) cannot be measured with these runs."
  }

  private static func members(_ comparison: Comparison) -> Markup {
    var lines: [Markup] = StudyState.allCases.map { state in
      "<li>\(state.label): \(comparison.runs[state].map { "'\($0.info.name)'" } ?? "no run")</li>"
    }
    if !comparison.passedOver.isEmpty {
      let names = comparison.passedOver.map { "'\($0)'" }.joined(separator: ", ")
      lines.append("<li>not used, a later run has the same state: \(names)</li>")
    }
    if !comparison.shifts.isEmpty {
      let names = comparison.shifts.map(\.title).joined(separator: ", ")
      lines.append("<li>shifted data: \(names)</li>")
    }
    let bare = comparison.withoutReplicates
    if !bare.isEmpty {
      let names = bare.map { "'\($0.info.name)'" }.joined(separator: ", ")
      lines.append(
        "<li>no intervals for \(names): engram-ingest measure WAREHOUSE --bootstrap 100 adds them, of a perturbed run with --run NAME</li>"
      )
    }
    return lines.joined()
  }

  private static func row(_ judgement: Judgement) -> Markup {
    let claim = judgement.claim
    let remarks = judgement.remarks.map { remark -> Markup in
      "<br><span class=\"rule\">\(remark)</span>"
    }.joined()
    let span = max(1, judgement.findings.count)
    let said: Markup = """
      <td rowspan="\(span)">\(claim.section.isEmpty ? "" : "§ \(claim.section). ")\(claim.statement)\
      <br><span class="rule">\(claim.rule)</span>\(remarks)</td>\
      \(claim.source == .paper ? "<td rowspan=\"\(span)\">\(claim.madeOn)</td>" as Markup : "")
      """
    let reason: Markup = judgement.reason.map { "<br><span class=\"rule\">\($0)</span>" } ?? ""
    let verdict: Markup = """
      <td rowspan="\(span)" class="verdict \(look(judgement.verdict))">\(judgement.verdict.label)\(reason)</td>\
      \(controls(judgement, span))
      """
    if case .notMeasurable(let missing) = judgement.verdict {
      return """
        <tr>\(said)<td colspan="2"><span class="rule">\(missing)</span></td>\(verdict)</tr>
        """
    }
    return judgement.findings.enumerated().map { index, finding -> Markup in
      let cells: Markup = """
        <td>\(finding.holds ? "✓" : "✗") \(finding.text)</td><td>\(finding.differenceText)\
        \(finding.isWithinError ? ": within sampling error" : "")</td>
        """
      return index == 0 ? "<tr>\(said)\(cells)\(verdict)</tr>" : "<tr>\(cells)</tr>"
    }.joined()
  }

  private static func look(_ verdict: Verdict) -> String {
    switch verdict {
    case .holds: "holds"
    case .doesNotHold: "fails"
    case .notMeasurable: "open"
    }
  }

  /// The verdicts of the other kinds; what is missing is told by pointing at them.
  private static func controls(_ judgement: Judgement, _ span: Int) -> Markup {
    Claim.shownControls.map { kind -> Markup in
      guard let verdict = judgement.controls[kind] else { return "<td rowspan=\"\(span)\">–</td>" }
      guard case .notMeasurable(let missing) = verdict else {
        return "<td rowspan=\"\(span)\" class=\"verdict \(look(verdict))\">\(verdict.label)</td>"
      }
      return """
        <td rowspan="\(span)" class="verdict open" title="\(missing)">\(verdict.label)</td>
        """
    }.joined()
  }
}
