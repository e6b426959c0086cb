// One rule for every claim: what says that two numbers differ holds only where the interval of their difference excludes
// 0. Walks the list of claims, so that one that judges by a rule of its own is found.

import Basics
import Reports
import Testing

@Suite struct ClaimIntervalTests {
  /// Claims that something does not change, or that there is nothing: an interval around 0 is no evidence against them.
  private static let ofLikeness: Set = [
    "random labels leave separation", "best and overtrained alike", "best network, no overlap",
    "shifted data, entropy",
  ]

  /// The study in which every claim holds, with everything that says how far its numbers depend on samples: replicates
  /// of every measure, samples' and classes' differences, all of them as wide as `spread`.
  private static func study(spread: Double) -> ReportData {
    var generator = SplitMix64(seed: 11)
    func replicates(_ value: Double) -> Replicates {
      Replicates(
        seed: 1, method: "m",
        values: (0..<100).map { _ in value + spread * Double(generator.symmetric()) })
    }
    var runs = StudyRuns.asThePaperSays
    for state in StudyState.allCases {
      for layer in 0..<3 {
        for measure in [
          "last_bin_share", "always_share", "mean_proportion", "separation", "mean_entropy",
          "relative_separation",
        ] {
          runs[state]?.replicates[ReplicateKey(layer: layer, measure: measure)] = replicates(0.3)
        }
      }
      for rule in ["1e-2", "numpy"] {
        for (measure, classes) in [
          ("mean_rank", [nil]), ("mean_overlap", [nil]), ("rank", [0, 1, 2]),
        ] as [(String, [Int?])] {
          for label in classes {
            runs[state]?.replicates[
              ReplicateKey(
                layer: 2, kind: "input", measure: measure, rule: rule, classPosition: label)] =
              replicates(50)
          }
        }
      }
    }
    var data = StudyRuns.study(runs)
    // Runs over the same samples are paired, and those of shifted ones vary on their own.
    for index in data.runs.indices where data.runs[index].info.perturbation.hasPrefix("blur") {
      data.runs[index].replicates = data.runs[index].replicates.mapValues { _ in replicates(0.3) }
    }
    // What a class differs in from the others, more in deeper layers and towards the shifted data alone.
    for index in data.sameClass.indices where data.sameClass[index].from < 10 {
      let size = spread * Double(data.sameClass[index].layerPosition + 1)
      let by = data.sameClass[index].from == 1 ? [0, 0, 0] : [size, -size, 0]
      for (key, step) in zip(["a", "b", "c"], by) {
        data.sameClass[index].values[ByteText(key)]? += step
      }
    }
    data.attacks = data.attacks.map { effect in
      var wide = AttackEffect(attacked: effect.attacked, clean: effect.clean, kind: effect.kind)
      for layer in effect.layers {
        for each in layer.classes {
          let fell = spread < 0.5 ? each.fell : 6
          wide.add(
            AttackedClass(
              name: each.name, samples: each.samples, fell: fell, attacked: each.attacked,
              clean: each.clean, difference: each.difference,
              square: each.difference * each.difference + spread * spread), layer: layer.position,
            name: layer.name)
        }
      }
      return wide
    }
    return data
  }

  @Test func everyClaimHoldsWhereItsIntervalsAreNarrow() {
    for (name, judged) in ClaimTests.judgements(Self.study(spread: 1e-6)) {
      #expect(judged.verdict == .holds, "\(name): \(judged.findings.map(\.text))")
      for finding in judged.findings where finding.kind == .difference {
        #expect(finding.interval?.excludesZero == true, "\(name): \(finding.text)")
      }
    }
  }

  @Test(arguments: [1e4, .nan])
  func noClaimOfADifferenceHoldsWithinSamplingError(spread: Double) {
    let judged = ClaimTests.judgements(Self.study(spread: spread))
    #expect(judged.count == Claim.all.count)
    for (name, judgement) in judged {
      let kinds = Set(judgement.findings.map(\.kind))
      #expect((kinds == [.likeness]) == Self.ofLikeness.contains(name), "\(name): \(kinds)")
      if !Self.ofLikeness.contains(name) {
        #expect(judgement.verdict == .doesNotHold, "\(name)")
      }
      for finding in judgement.findings where finding.kind == .difference {
        #expect(
          finding.interval != nil && !finding.holds && (finding.isWithinError || spread.isNaN),
          "\(name): \(finding.text), \(finding.differenceText)")
      }
    }
  }

  @Test(arguments: [0, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3])
  func noFindingOfADifferenceHoldsWhoseIntervalHoldsZero(spread: Double) {
    for (name, judgement) in ClaimTests.judgements(Self.study(spread: spread)) {
      for finding in judgement.findings where finding.kind == .difference && finding.holds {
        let interval = finding.interval
        #expect(
          interval.map { $0.low > 0 || $0.high < 0 } ?? true,
          "\(name): \(finding.text), \(finding.differenceText)")
      }
    }
  }

  @Test func endsOfAnIntervalBelongToIt() {
    for (low, high, excludes) in [
      (-1.0, 1.0, false), (0, 1, false), (-1, 0, false), (0, 0, false), (1e-300, 1, true),
      (-1, -1e-300, true), (.nan, .nan, false), (-.infinity, .infinity, false),
    ] {
      #expect(
        Interval(low: low, high: high).excludesZero == excludes, "from \(low) to \(high)")
    }
  }
}
