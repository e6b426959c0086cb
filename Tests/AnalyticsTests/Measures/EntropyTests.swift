import Analytics
import Glibc
import Testing

struct EntropyTests {
  private func entropy(_ counters: [UInt32], samples: Int) -> Double {
    var frequencies = CountFrequencies(samples: samples)
    frequencies.add(counters)
    return frequencies.entropy
  }

  @Test func certainInteractionsHaveNone() {
    #expect(entropy([0, 7, 0, 7], samples: 7) == 0)
    #expect(entropy([0, 1], samples: 1) == 0)
    #expect(entropy([0, 0], samples: 0) == 0)
    #expect(entropy([], samples: 3) == 0)
  }

  @Test func evenInteractionsHaveLn2() {
    #expect(isClose(entropy([5, 5, 5], samples: 10), 3 * log(2)))
  }

  @Test(arguments: [1, 2, 3, 40, 999, 70_000, 5_000_000])
  func agreesWithTheNaiveSum(samples: Int) {
    var generator = TestGenerator(UInt64(samples) + 1)
    let counters = generator.counters(2_000, samples: samples)
    var naive = 0.0
    for count in counters {
      let p = Double(count) / Double(samples)
      if p > 0 { naive -= p * log(p) }
      if p < 1 { naive -= (1 - p) * log(1 - p) }
    }
    #expect(isClose(entropy(counters, samples: samples), naive))
  }

  @Test func blocksAdd() {
    var generator = TestGenerator(9)
    let (a, b) = (generator.counters(50, samples: 30), generator.counters(70, samples: 30))
    #expect(
      isClose(entropy(a + b, samples: 30), entropy(a, samples: 30) + entropy(b, samples: 30)))
  }
}
