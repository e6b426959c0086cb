// AUROC, FPR95 and average precisions of two lists of scores, against pairs and thresholds counted one by one.

import Analytics
import Testing

@Suite struct SeparationTests {
  /// With many ties where there are few levels.
  private func scores(
    _ count: Int, levels: Int, ahead: Int, _ generator: inout TestGenerator
  ) -> [Double] {
    (0..<count).map { _ in Double(generator.below(levels) + ahead) / 8 }
  }

  /// Σ (R_n − R_{n−1}) P_n over the thresholds, from the largest down.
  private func averagePrecision(_ positives: [Double], _ negatives: [Double]) -> Double {
    var (sum, before) = (0.0, 0.0)
    for threshold in Set(positives + negatives).sorted(by: >) {
      let found = Double(positives.count { $0 >= threshold })
      let all = found + Double(negatives.count { $0 >= threshold })
      sum += (found - before) / Double(positives.count) * found / all
      before = found
    }
    return sum
  }

  @Test(arguments: [
    (1, 1, 3), (19, 20, 6), (20, 40, 1000), (21, 7, 5), (100, 99, 1000), (400, 300, 50),
  ])
  func `They are their definitions`(inside: Int, outside: Int, levels: Int) throws {
    var generator = TestGenerator(UInt64(inside * outside + levels))
    for ahead in [0, levels / 3, -levels] {
      let a = scores(inside, levels: levels, ahead: ahead, &generator)
      let b = scores(outside, levels: levels, ahead: 0, &generator)
      let found = try #require(Separation(inside: a, outside: b))
      let pairs = a.reduce(0.0) { sum, score in
        sum + b.reduce(0) { $0 + (score > $1 ? 1 : score == $1 ? 0.5 : 0) }
      }
      #expect(isClose(found.areaUnderROC, pairs / Double(inside * outside), relative: 1e-12))
      let threshold = a.sorted()[inside * 5 / 100]
      #expect(
        found.falsePositivesAt95 == Double(b.count { $0 >= threshold }) / Double(outside))
      #expect(isClose(found.averagePrecisionInside, averagePrecision(a, b), relative: 1e-12))
      #expect(
        isClose(
          found.averagePrecisionOutside, averagePrecision(b.map { -$0 }, a.map { -$0 }),
          relative: 1e-12))
      // Any increasing function of scores tells the same.
      #expect(Separation(inside: a.map { 3 * $0 - 7 }, outside: b.map { 3 * $0 - 7 }) == found)
    }
  }

  @Test func `What has no score counts nowhere`() throws {
    let found = try #require(Separation(inside: [3, nil, 2, .nan], outside: [nil, 1]))
    #expect(found.inside == 2 && found.outside == 1 && found.areaUnderROC == 1)
    #expect(found.falsePositivesAt95 == 0)
    #expect(Separation(inside: [nil], outside: [1]) == nil)
    #expect(Separation(inside: [1], outside: [Double?]()) == nil)
  }

  @Test func `Infinite scores are scores`() throws {
    let found = try #require(Separation(inside: [.infinity, 0], outside: [-.infinity, 0]))
    #expect(found.areaUnderROC == (1 + 1 + 1 + 0.5) / 4)
  }
}
