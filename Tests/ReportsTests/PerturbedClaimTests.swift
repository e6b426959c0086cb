// The claims on attacked and shifted data, both ways on constructed rows.

import Reports
import Testing

@Suite struct PerturbedClaimTests {
  /// The study's four networks with, for each, run ids 10, 11, …: a clean one, an attacked one and a shifted one.
  private static func study() -> ReportData {
    var data = ReportData()
    for (index, state) in TrainingState.allCases.enumerated() {
      for (place, perturbation) in ["none", "pgd:eps=8/255", "blur:3", "sign-noise:eps=8/255"]
        .enumerated()
      {
        guard var run = StudyRuns.asThePaperSays[state] else { continue }
        run.info.id = 10 * index + place
        run.info.name = "\(state.rawValue) \(perturbation)"
        run.info.weightsHash = state.rawValue
        run.info.perturbation = perturbation
        // Shifted images: entropies do not fall by training.
        if place == 2 {
          for layer in run.layers.indices {
            run.layers[layer].setSeparation(state == .best ? 0.4 : 0.1, state == .best ? 0.3 : 0.2)
          }
        }
        data.runs.append(run)
      }
      let (clean, attacked, shifted) = (10 * index, 10 * index + 1, 10 * index + 2)
      for other in [attacked, 10 * index + 3] {
        let changes = state == .random ? [0.1, -0.1, 0.2] : [-0.1, -0.2, -0.3]
        data.likelihoods.append(likelihood(clean, other, other == attacked ? changes : [0, 0, 0]))
      }
      let near = state == .best ? 0.01 : 0.05
      data.between.append(between(clean, shifted, near))
      data.between.append(between(shifted, clean, 2 * near))
    }
    return data
  }

  private static func likelihood(
    _ clean: Int, _ other: Int, _ changes: [Double]
  ) -> LikelihoodComparison {
    var comparison = LikelihoodComparison(
      clean: clean, other: other, layerPosition: 2, layer: "fc3", kind: "interaction")
    comparison.classes = changes.enumerated().map { position, change in
      ClassLikelihood(
        position: position, name: "class \(position)", samples: 10, clean: -0.5,
        other: -0.5 + change, fell: change < 0 ? 0.9 : 0.1)
    }
    return comparison
  }

  private static func between(_ from: Int, _ to: Int, _ same: Double) -> BetweenRuns {
    var matrix = ClassMatrix(classes: [0: "class 0", 1: "class 1"])
    for place in 0..<4 { matrix[place / 2, place % 2] = place % 3 == 0 ? same : 1 }
    return BetweenRuns(from: from, to: to, layerPosition: 2, layer: "fc3", matrix: matrix)
  }

  private static func verdicts(_ data: ReportData) -> [String: Judgement] {
    let comparison = Comparison.all(in: data)[0]
    return Dictionary(uniqueKeysWithValues: Claim.all.map { ($0.name, $0.judge(comparison)) })
  }

  private static let names = [
    "shifted data, entropy", "shifted data, closer by training", "shifted data, asymmetry",
    "attacks lower likelihood",
  ]

  @Test func allHoldOnRowsAsThePaperDescribesThem() {
    let verdicts = Self.verdicts(Self.study())
    for name in Self.names { #expect(verdicts[name]?.verdict == .holds, "\(name)") }
    let remarks = verdicts["attacks lower likelihood"]?.remarks ?? []
    #expect(remarks.count == 2 && remarks.allSatisfy { $0.contains("sign noise") })
  }

  /// Turns the study's rows against each of `names`.
  private static let refutations: [@Sendable (inout ReportData) -> Void] = [
    { data in
      for index in data.runs.indices where data.runs[index].info.name == "best blur:3" {
        data.runs[index].layers[0].setSeparation(0.4, 0.1)
      }
    },
    { data in data.between[0] = between(0, 2, 0.001) },
    { data in
      let best = data.runs.first { $0.info.name == "best none" }?.info.id ?? 0
      for index in data.between.indices where data.between[index].from == best {
        data.between[index] = between(best, best + 2, 0.5)
      }
    },
    { data in
      for index in data.likelihoods.indices { data.likelihoods[index].classes.removeAll() }
      for state in TrainingState.allCases {
        let clean = data.runs.first { $0.info.name == "\(state.rawValue) none" }?.info.id ?? 0
        data.likelihoods.append(likelihood(clean, clean + 1, [-0.1, -0.1, -0.1]))
      }
    },
  ]

  @Test(arguments: refutations.indices)
  func eachFailsOnRowsAgainstIt(_ index: Int) {
    var data = Self.study()
    Self.refutations[index](&data)
    #expect(Self.verdicts(data)[Self.names[index]]?.verdict == .doesNotHold)
  }

  @Test func withoutScoresTheySayWhatAddsThem() {
    var data = Self.study()
    (data.likelihoods, data.between) = ([], [])
    for (name, part) in [(Self.names[1], "divergences"), (Self.names[3], "--under CLEAN_RUN")] {
      guard case .notTestable(let reason) = Self.verdicts(data)[name]?.verdict else {
        Issue.record("\(name) has a verdict")
        continue
      }
      #expect(reason.contains(part))
    }
  }
}
