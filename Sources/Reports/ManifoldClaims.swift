// Section 3.4: ranks of the class manifolds in the (n−1)th hidden layer and their overlaps.

extension Claim {
  static let manifoldClaims = [
    Claim(
      section: "3.4", name: "random labels, higher rank",
      statement: "The random network's manifolds have much higher rank than the clean network's.",
      rule:
        "Holds when at rule 1e-2 the mean rank over classes with random labels is more than 1.25 times the best network's. The other rules of the ladder are shown beside it."
    ) { evidence throws(MissingEvidence) in
      try ladder(evidence, measure: "mean rank", ranksByRule) { random, best in
        ratioHolds(random, best)
      }
    },
    Claim(
      section: "3.4", name: "random labels, more overlap",
      statement: "The random network has significant overlap between classes.",
      rule:
        "Holds when at rule 1e-2 the mean entanglement over pairs of classes with random labels is more than 1.25 times the best network's, and above zero. The other rules are shown beside it."
    ) { evidence throws(MissingEvidence) in
      try ladder(evidence, measure: "mean entanglement", overlapsByRule) { random, best in
        random > 0 && ratioHolds(random, best)
      }
    },
    Claim(
      section: "3.4", name: "best network, no overlap",
      statement: "The clean network doesn't see any overlap at all.",
      rule:
        "Holds when at rule 1e-2 no pair of classes of the best network has an entanglement above zero."
    ) { evidence throws(MissingEvidence) in
      let best = try evidence.runs(.best)[0]
      let pairs = best.overlaps.filter { $0.rule == RankLadder.leading }
      guard !pairs.isEmpty else {
        throw MissingEvidence("needs the entanglement of '\(best.info.name)' at rule 1e-2")
      }
      try refuseLimited(pairs.contains(where: \.isLimited), best)
      let above = pairs.filter { $0.entanglement > 0 }
      let values = pairs.map { Double($0.entanglement) }
      return (
        [
          Finding(
            "\(above.count) of \(NumberText.count(pairs.count, "pair", "pairs")) above zero; mean \(NumberText.short(mean(values))), largest \(NumberText.short(values.max() ?? .nan))",
            holds: above.isEmpty)
        ], []
      )
    },
    Claim(
      section: "3.4", name: "overtraining raises ranks",
      statement:
        "The overtrained network's manifold has several classes actually increase in rank.",
      rule: "Holds when at rule 1e-2 at least two classes have a higher rank overtrained than best."
    ) { evidence throws(MissingEvidence) in
      let runs = try evidence.runs(.overtrained, .best)
      let after = try ranks(runs[0])
      let before = try ranks(runs[1])
      let pairs = after.compactMap { rank in
        before.first { $0.position == rank.position }.map { (rank, $0) }
      }
      guard !pairs.isEmpty else { throw MissingEvidence("needs ranks of the same classes") }
      let higher = pairs.filter { $0.0.rank > $0.1.rank }
      let lower = pairs.filter { $0.0.rank < $0.1.rank }
      let named = higher.prefix(12).map { "\($0.0.name) \($0.1.rank) → \($0.0.rank)" }
      let list = higher.isEmpty ? "" : " (" + named.joined(separator: ", ") + ")"
      return (
        [
          Finding(
            "\(higher.count) of \(NumberText.count(pairs.count, "class", "classes")) higher\(list), \(lower.count) lower",
            holds: higher.count >= 2)
        ],
        [
          "mean rank: best \(NumberText.short(mean(pairs.map { Double($0.1.rank) }))), overtrained \(NumberText.short(mean(pairs.map { Double($0.0.rank) })))"
        ]
      )
    },
  ]

  /// Judges at rule 1e-2, remarks on the rules besides.
  private static func ladder(
    _ evidence: Evidence, measure: String, _ values: (RunReport) -> [String: [Double]],
    _ test: (Double, Double) -> Bool
  ) throws(MissingEvidence) -> (findings: [Finding], remarks: [String]) {
    let runs = try evidence.runs(.random, .best)
    let (random, best) = (values(runs[0]), values(runs[1]))
    guard let a = random[RankLadder.leading], let b = best[RankLadder.leading] else {
      throw MissingEvidence("needs \(measure)s of both runs at rule 1e-2")
    }
    for run in runs {
      try refuseLimited(
        run.ranks.contains { $0.rule == RankLadder.leading && $0.isLimited }
          || run.overlaps.contains { $0.rule == RankLadder.leading && $0.isLimited }, run)
    }
    func line(_ rule: String, _ a: [Double], _ b: [Double]) -> String {
      "\(rule): \(measure) random \(NumberText.short(mean(a))), best \(NumberText.short(mean(b)))"
    }
    let remarks = RankLadder.sorted(Set(random.keys).intersection(best.keys))
      .filter { $0 != RankLadder.leading }
      .compactMap { rule -> String? in
        guard let a = random[rule], let b = best[rule] else { return nil }
        return line(rule, a, b) + (test(mean(a), mean(b)) ? ": holds" : ": does not hold")
      }
    return ([Finding(line(RankLadder.leading, a, b), holds: test(mean(a), mean(b)))], remarks)
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

  private static func ranksByRule(_ run: RunReport) -> [String: [Double]] {
    Dictionary(grouping: run.ranks, by: \.rule).mapValues { $0.map { Double($0.rank) } }
  }

  private static func overlapsByRule(_ run: RunReport) -> [String: [Double]] {
    Dictionary(grouping: run.overlaps, by: \.rule).mapValues { $0.map { Double($0.entanglement) } }
  }

  private static func ratioHolds(_ x: Double, _ y: Double) -> Bool { x > notable * y && x > y }

  static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }
}
