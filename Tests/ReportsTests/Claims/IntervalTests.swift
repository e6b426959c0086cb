// Intervals of differences, and what they do to claims.

import Reports
import Testing

@Suite struct IntervalTests {
  /// Replicates of a measure that swing by `swing` around a value, in step for one phase.
  private static func swinging(_ value: Double, _ swing: Double, phase: Int = 0, seed: Int = 1)
    -> Replicates
  {
    Replicates(
      seed: seed, method: "grouped-bootstrap",
      values: (0..<100).map { value + ((($0 + phase) / 2) % 2 == 0 ? swing : -swing) })
  }

  /// The study with replicates of separation in every run and layer.
  private static func study(
    swing: Double, _ phase: (StudyState) -> Int = { _ in 0 },
    seed: (StudyState) -> Int = { _ in 1 }
  ) -> ReportData {
    var runs = StudyRuns.asThePaperSays
    for state in StudyState.allCases {
      for layer in 0..<3 {
        let value = runs[state]?.layers[layer].interaction.separation?.separation ?? 0
        runs[state]?.replicates[ReplicateKey(layer: layer, measure: "separation")] = swinging(
          value, swing, phase: phase(state), seed: seed(state))
      }
    }
    return StudyRuns.study(runs)
  }

  @Test func aDifferenceWithinErrorDoesNotHold() throws {
    // Out of step the swings of 0.5 add up; the separations are 0.2 and 0.4.
    let judged = ClaimTests.judgements(Self.study(swing: 0.5, { $0 == .best ? 2 : 0 }))
    let claim = try #require(judged["overtrained weaker"])
    #expect(claim.verdict == .doesNotHold)
    #expect(claim.findings.allSatisfy { $0.isWithinError && !$0.holds })
    #expect(claim.reason == "3 differences are within sampling error; nothing else is against it")
    // What says that there is no change holds, and states its interval.
    let none = try #require(judged["random labels leave separation"])
    #expect(none.verdict == .holds && none.findings.allSatisfy { $0.interval != nil })
  }

  @Test func pairedSwingsCancel() throws {
    let judged = ClaimTests.judgements(Self.study(swing: 0.5))
    let claim = try #require(judged["overtrained weaker"])
    #expect(claim.verdict == .holds && claim.reason == nil)
    let interval = try #require(claim.findings[0].interval)
    #expect(abs(interval.low + 0.2) < 1e-12 && abs(interval.high + 0.2) < 1e-12)
    #expect(claim.findings[0].differenceText == "-0.200 [-0.200, -0.200]")
  }

  @Test func otherSeedsOrSamplesAreIndependent() throws {
    var data = Self.study(swing: 0.5, seed: { $0 == .best ? 2 : 1 })
    let seeds = try #require(ClaimTests.judgements(data)["overtrained weaker"]?.findings[0])
    let interval = try #require(seeds.interval)
    // SD of ±0.5 is 0.5025; squares add.
    #expect(abs((interval.high - interval.low) / 2 - 1.96 * 0.502519 * 2.0.squareRoot()) < 1e-4)
    #expect(seeds.isWithinError)
    data = Self.study(swing: 0.5)
    data.change("best/shapes") { $0.replicates.removeAll() }
    let bare = try #require(ClaimTests.judgements(data)["overtrained weaker"])
    #expect(bare.verdict == .holds && bare.findings[0].interval == nil)
    #expect(
      Comparison.all(in: data)[0].withoutReplicates.contains { $0.info.name == "best/shapes" })
  }

  @Test func sharesAndMeansHaveTheirFormulas() throws {
    // R: binom::binom.confint(8, 10, methods = "wilson"), z = 1.96.
    let share = Interval.share(8, of: 10)
    #expect(abs(share.low - 0.4901625) < 1e-4 && abs(share.high - 0.9433178) < 1e-4)
    let mean = try #require(Interval.mean(of: [1, 2, 3, 4]))
    #expect(abs(mean.low - (2.5 - 1.96 * 0.6454972)) < 1e-6)
    #expect(Interval.mean(of: [1]) == nil)
    let `class` = AttackedClass(
      name: "a", samples: 4, fell: 0, attacked: 0, clean: 0, difference: 2.5, square: 7.5)
    #expect(abs((`class`.interval?.low ?? 0) - mean.low) < 1e-9)
  }
}
