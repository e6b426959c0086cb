// Separations whose draws are made once for many scores, against engram_separation and against replicates drawn one by one.

import Analytics
import Basics
import SQLiteKit
import Testing

struct ResampledSeparationTests {
  private func scores(_ count: Int, levels: Int, _ generator: inout TestGenerator) -> [Double] {
    (0..<count).map { _ in Double(generator.below(levels)) / 7 - 1 }
  }

  /// As the function's requirements have it: every replicate by itself, every pair of it.
  private func areas(_ inside: [Double], _ outside: [Double], replicates: Int, seed: UInt64)
    -> [Double]
  {
    (0..<replicates).map { replicate in
      var generator = SplitMix64(
        seed: SplitMix64.mixed(SplitMix64.mixed(seed) ^ UInt64(replicate)))
      let own = inside.map { _ in inside[generator.next(below: inside.count)] }
      let other = outside.map { _ in outside[generator.next(below: outside.count)] }
      let halves = own.reduce(0) { sum, score in
        sum + other.reduce(0) { $0 + (score > $1 ? 2 : score == $1 ? 1 : 0) }
      }
      return Double(halves) / (2 * Double(own.count) * Double(other.count))
    }.sorted()
  }

  private func point(_ sorted: [Double], _ share: Double) -> Double {
    let place = share * Double(sorted.count - 1)
    let above = min(Int(place) + 1, sorted.count - 1)
    return sorted[Int(place)] + (place - Double(Int(place))) * (sorted[above] - sorted[Int(place)])
  }

  @Test(arguments: [(1, 1, 3), (2, 9, 1), (40, 7, 5), (33, 64, 1000), (130, 20, 12)])
  func intervalsAreThoseOfReplicatesDrawnOneByOne(inside: Int, outside: Int, levels: Int) throws {
    var generator = TestGenerator(UInt64(inside * levels))
    let resampler = SeparationResampler(replicates: 50, seed: 9)
    // The same draws serve several scores of as many samples.
    for _ in 0..<3 {
      let (a, b) = (
        scores(inside, levels: levels, &generator), scores(outside, levels: levels, &generator)
      )
      let found = try #require(resampler.separation(of: SortedScores(a), from: SortedScores(b)))
      let expected = areas(a, b, replicates: 50, seed: 9)
      #expect(found.low == point(expected, 0.025) && found.high == point(expected, 0.975))
    }
  }

  /// Twice the pairs are more than 32 bits hold, and nearly all count.
  @Test(arguments: [5, 70])
  func manySamplesAreCountedInFull(replicates: Int) throws {
    let host = try FunctionHost()
    try host.connection.execute(
      """
      create table s (score real, is_in int);
      with recursive n (i) as (select 0 union all select i + 1 from n where i < 99999)
      insert into s select (i * 7919) % 20011 + iif(i % 2, 19000, 0), i % 2 from n
      """)
    func scores(_ isInside: Int) throws -> [Double] {
      var found: [Double] = []
      var rows = try host.connection.prepare("select score from s where is_in = ? order by rowid")
      try rows.bind(isInside, at: 1)
      while try rows.step() { found.append(rows.double(0)) }
      return found
    }
    let found = try #require(
      SeparationResampler(replicates: replicates, seed: 3)
        .separation(of: SortedScores(try scores(1)), from: SortedScores(try scores(0))))
    #expect(found.areaUnderROC > 0.95)
    for (name, value) in [("auroc_low", found.low), ("auroc_high", found.high)] {
      let asked = try host.real(
        "json_extract(engram_separation(score, is_in, \(replicates), 3), '$.\(name)') from s")
      #expect(asked == value, "\(name)")
    }
  }

  @Test(arguments: [(60, 40, 1000), (200, 30, 9), (15, 90, 4)])
  func theyAreTheSQLFunctions(inside: Int, outside: Int, levels: Int) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(inside + levels))
    let (a, b) = (
      scores(inside, levels: levels, &generator) + [.infinity],
      scores(outside, levels: levels, &generator) + [-.infinity, 0, -0.0]
    )
    try host.connection.execute("create table s (score real, is_in int)")
    for (values, isInside) in [(a, 1), (b, 0)] {
      for value in values {
        try host.connection.run(
          "insert into s values (?, ?)", .real(value), .integer(isInside))
      }
    }
    let found = try #require(
      SeparationResampler(replicates: 200, seed: 0)
        .separation(of: SortedScores(a), from: SortedScores(b)))
    for (name, value) in [
      ("auroc", found.areaUnderROC), ("auroc_low", found.low), ("auroc_high", found.high),
      ("fpr_at_95_tpr", found.falsePositivesAt95), ("aupr_in", found.averagePrecisionInside),
    ] {
      let asked = try host.real(
        "json_extract(engram_separation(score, is_in, 200, 0), '$.\(name)') from s")
      #expect(asked == value, "\(name)")
    }
  }

  @Test(arguments: [0, 1, 2, 255, 1000])
  func scoresOfBothSidesDescend(count: Int) {
    var generator = TestGenerator(UInt64(count + 1))
    let ends: [Double] = [.infinity, -.infinity, 0, -0.0, 1e-300, -1e-300, 1e300, -1e300]
    var a = (0..<count).map { _ in Double(generator.below(90)) - 45 }
    if count > 1 { a += ends }
    let b = (0..<count).map { _ in Double(generator.below(1 << 30)) / 1e7 - 45 }
    let found = SortedScores.descending(SortedScores(a), SortedScores(b))
    let own = a.map { (score: $0, isInside: true) }
    let other = b.map { (score: $0, isInside: false) }
    let expected = (own + other).sorted {
      $0.score == $1.score ? $0.isInside && !$1.isInside : $0.score > $1.score
    }
    #expect(found.map(\.score) == expected.map(\.score))
    #expect(found.map(\.isInside) == expected.map(\.isInside))
  }

  @Test func withoutAScoreOnEitherSideThereIsNone() {
    let resampler = SeparationResampler(replicates: 5, seed: 0)
    let (none, one) = (SortedScores([]), SortedScores([1]))
    #expect(resampler.separation(of: none, from: one) == nil)
    #expect(resampler.separation(of: one, from: none) == nil)
    #expect(resampler.separation(of: one, from: one)?.low == 0.5)
  }
}
