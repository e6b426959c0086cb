import Basics
import Testing

struct SplitMix64Tests {
  /// The published reference implementation's first outputs for seed 1234567.
  @Test func givesThePublishedNumbers() {
    var generator = SplitMix64(seed: 1_234_567)
    let found = (0..<3).map { _ in generator.next() }
    #expect(
      found == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
  }

  @Test func permutationsAreComplete() {
    var generator = SplitMix64(seed: 1)
    for count in [0, 1, 2, 13, 1000] {
      #expect(generator.permutation(count).sorted() == Array(0..<count))
    }
    #expect(generator.permutation(1000) != generator.permutation(1000))
  }

  @Test(arguments: [1, 2, 3, 7, 1000, 65_537, 1 << 31, Int(UInt32.max)])
  func manyBoundedNumbersAreThoseOfOneByOne(bound: Int) {
    for seed in [0, 5, UInt64.max] {
      var (one, many) = (SplitMix64(seed: seed), SplitMix64(seed: seed))
      let expected = (0..<500).map { _ in one.next(below: bound) }
      #expect(many.next(500, below: bound).map(Int.init) == expected)
      #expect(many == one)
    }
  }

  @Test func boundedNumbersAreEven() {
    var generator = SplitMix64(seed: 1)
    var counts = [Int](repeating: 0, count: 3)
    for _ in 0..<30_000 { counts[generator.next(below: 3)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 400 })
  }
}
