// The generator against published values, and the draws made from them.

import DataSets
import Testing

/// The state is SplitMix64's published sequence for this seed.
@Test func seedsAreSpreadBySplitMix64() {
  var seeded = SeededGenerator(seed: 1_234_567)
  var expected = SeededGenerator(
    state: (
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431
    ))
  for _ in 0..<3 { #expect(seeded.next() == expected.next()) }
}

@Test func xoshiro256StarStarGivesTheReferenceSequence() {
  var generator = SeededGenerator(state: (1, 2, 3, 4))
  let drawn = (0..<5).map { _ in generator.next() }
  #expect(
    drawn == [
      11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360,
    ])
}

@Test(arguments: [1, 2, 3, 10, 64])
func drawsBelowABoundReachEveryNumberAndNoOther(bound: Int) {
  var generator = SeededGenerator(seed: 5)
  var hits = [Int](repeating: 0, count: bound)
  for _ in 0..<bound * 1000 { hits[generator.below(bound)] += 1 }
  #expect(hits.allSatisfy { (850...1150).contains($0) })
}

@Test func shufflesArePermutationsThatDependOnTheSeed() {
  var first = SeededGenerator(seed: 1)
  var again = SeededGenerator(seed: 1)
  var other = SeededGenerator(seed: 2)
  let a = shuffled(0..<100, using: &first)
  #expect(a.sorted() == Array(0..<100))
  #expect(a == shuffled(0..<100, using: &again))
  #expect(a != shuffled(0..<100, using: &other))
  #expect(shuffled([7], using: &first) == [7])
  #expect(shuffled([Int](), using: &first) == [])
}

@Test func streamsDifferByEachWord() {
  let words: [(UInt64, UInt64)] = [(0, 0), (0, 1), (1, 0), (1, 1)]
  let firsts = words.map { words in
    var generator = SeededGenerator(seed: 9, words.0, words.1)
    return generator.next()
  }
  #expect(Set(firsts).count == 4)
}
