// Section 3.4: ranks of the class manifolds in the (n−1)th hidden layer and their overlaps.

extension Claim {
  static let manifoldClaims = [
    Claim(
      section: "3.4", madeOn: cifar, name: "random labels, higher rank",
      statement: "The random network's manifolds have much higher rank than the clean network's.",
      rule:
        "Holds when at rule 1e-2 the mean rank over classes with random labels is more than 1.25 times the best network's. The other rules of the ladder are shown beside it.",
      controls: []
    ) { evidence throws(MissingEvidence) in
      try ladder(evidence, measure: "mean_rank") { $0 > notable * $1 && $0 > $1 }
    },
    Claim(
      section: "3.4", madeOn: cifar, name: "random labels, more overlap",
      statement: "The random network has significant overlap between classes.",
      rule:
        "Holds when at rule 1e-2 the mean entanglement over pairs of classes with random labels is more than 1.25 times the best network's, and above zero. The other rules are shown beside it.",
      controls: []
    ) { evidence throws(MissingEvidence) in
      try ladder(evidence, measure: "mean_overlap") {
        $0 > 0 && $0 > notable * $1 && $0 > $1
      }
    },
    Claim(
      section: "3.4", madeOn: cifar, name: "best network, no overlap",
      statement: "The clean network doesn't see any overlap at all.",
      rule:
        "Holds when at rule 1e-2 no pair of classes of the best network has an entanglement above zero.",
      controls: []
    ) { evidence throws(MissingEvidence) in
      let best = try evidence.runs(.best)[0]
      let pairs = best.overlaps.filter { $0.rule == RankLadder.leading }
      guard !pairs.isEmpty, let overlap = mean("mean_overlap", RankLadder.leading, best, "best")
      else { throw MissingEvidence("needs the entanglement of '\(best.info.name)' at rule 1e-2") }
      try refuseLimited(pairs.contains(where: \.isLimited), best)
      let above = pairs.filter { $0.entanglement > 0 }
      let largest = Double(pairs.map(\.entanglement).max() ?? 0)
      return (
        [
          .likeness(
            "pairs that overlap, best",
            "\(above.count) of \(NumberText.count(pairs.count, "pair", "pairs")); mean overlap \(NumberText.short(overlap.value)), largest \(NumberText.short(largest))",
            difference: overlap.value, interval: Interval.of([(1, overlap)]), over: "mean − 0",
            holds: above.isEmpty)
        ], []
      )
    },
    Claim(
      section: "3.4", madeOn: cifar, name: "overtraining raises ranks",
      statement:
        "The overtrained network's manifold has several classes actually increase in rank.",
      rule:
        "Holds when at rule 1e-2 at least two classes have a higher rank overtrained than best, beyond sampling error.",
      controls: []
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.overtrained, .best)
      let (after, before) = (try ranks(runs[0]), try ranks(runs[1]))
      let pairs = after.compactMap { rank in
        before.first { $0.position == rank.position }.map { (rank, $0) }
      }
      guard !pairs.isEmpty,
        let overtrained = mean("mean_rank", RankLadder.leading, runs[0], "overtrained"),
        let best = mean("mean_rank", RankLadder.leading, runs[1], "best")
      else { throw MissingEvidence("needs ranks of the same classes") }
      let higher = pairs.filter { $0.0.rank > $0.1.rank }
      let beyond = higher.filter { pair in
        ClaimFinding.isBeyondError(
          Interval.of([(1, number(pair.0, runs[0])), (-1, number(pair.1, runs[1]))]))
      }
      let named = beyond.prefix(12).map { "\($0.0.name) \($0.1.rank) → \($0.0.rank)" }
      let list = beyond.isEmpty ? "" : " (" + named.joined(separator: ", ") + ")"
      let all = NumberText.count(pairs.count, "class", "classes")
      return (
        [
          .count(
            "classes of higher rank, overtrained than best",
            "\(higher.count) of \(all), \(beyond.count) beyond sampling error\(list); mean rank "
              + ClaimFinding.words(overtrained, best), difference: overtrained.value - best.value,
            interval: Interval.of([(1, overtrained), (-1, best)]), over: "of the means",
            holds: beyond.count >= 2, isSaid: higher.count >= 2)
        ], ["\(pairs.count { $0.0.rank < $0.1.rank }) of \(all) have a lower rank overtrained"]
      )
    },
  ]

  /// Judges at rule 1e-2, remarks on the rules besides.
  private static func ladder(
    _ evidence: Evidence, measure: String, _ test: (Double, Double) -> Bool
  ) throws(MissingEvidence) -> (findings: [ClaimFinding], remarks: [String]) {
    let runs = try evidence.runs(.random, .best)
    let name = measure == "mean_rank" ? "mean rank" : "mean entanglement"
    func finding(_ rule: String) -> ClaimFinding? {
      guard let random = mean(measure, rule, runs[0], "random"),
        let best = mean(measure, rule, runs[1], "best")
      else { return nil }
      return .differs("\(name) at \(rule)", random, best, test)
    }
    guard let leading = finding(RankLadder.leading) else {
      throw MissingEvidence("needs \(name)s of both runs at rule 1e-2")
    }
    for run in runs {
      try refuseLimited(
        run.ranks.contains { $0.rule == RankLadder.leading && $0.isLimited }
          || run.overlaps.contains { $0.rule == RankLadder.leading && $0.isLimited }, run)
    }
    let rules = RankLadder.sorted(Set(runs[0].ranks.map(\.rule) + runs[0].overlaps.map(\.rule)))
    let remarks = rules.filter { $0 != RankLadder.leading }.compactMap(finding).map { finding in
      "\(finding.text): difference \(finding.differenceText), "
        + (finding.holds
          ? "holds" : finding.isWithinError ? "within sampling error" : "does not hold")
    }
    return ([leading], remarks)
  }

  /// The mean over classes, or pairs of them, at a rule; nil where there is none.
  private static func mean(
    _ measure: String, _ rule: String, _ run: RunReport, _ label: String
  ) -> Measured? {
    let values =
      measure == "mean_rank"
      ? run.ranks.filter { $0.rule == rule }.map { Double($0.rank) }
      : run.overlaps.filter { $0.rule == rule }.map { Double($0.entanglement) }
    guard !values.isEmpty else { return nil }
    return Measured(
      label: label, value: mean(values), run: run,
      key: ReplicateKey(
        layer: run.info.lastPosition ?? 0, kind: "input", measure: measure, rule: rule))
  }

  private static func number(_ rank: ClassRank, _ run: RunReport) -> Measured {
    Measured(
      label: rank.name, value: Double(rank.rank), run: run,
      key: ReplicateKey(
        layer: run.info.lastPosition ?? 0, kind: "input", measure: "rank", rule: rank.rule,
        classPosition: rank.position))
  }

  private static func ranks(_ run: RunReport) throws(MissingEvidence) -> [ClassRank] {
    let ranks = run.ranks.filter { $0.rule == RankLadder.leading }
    guard !ranks.isEmpty else {
      throw MissingEvidence("needs the ranks of '\(run.info.name)' at rule 1e-2")
    }
    try refuseLimited(ranks.contains(where: \.isLimited), run)
    return ranks
  }

  private static func refuseLimited(
    _ isLimited: Bool, _ run: RunReport
  ) throws(MissingEvidence) {
    guard isLimited else { return }
    throw MissingEvidence(
      "needs at least as many samples per class as the layer has inputs: ranks of '\(run.info.name)' are limited by the sample count"
    )
  }

  static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }
}
