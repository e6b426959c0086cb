import Analytics
import Testing

struct SparsityTests {
  private func measure(_ counters: [UInt32], samples: Int) -> Sparsity {
    var frequencies = CountFrequencies(samples: samples)
    frequencies.add(counters)
    return frequencies.sparsity
  }

  @Test func aHandWorkedProfile() {
    let sparsity = measure([0, 0, 1, 2, 3, 4, 4, 4], samples: 4)
    // p = 0, 0, 0.25, 0.5, 0.75, 1, 1, 1: bins 0, 0, 5, 10, 15, 19, 19, 19.
    var expected = [Double](repeating: 0, count: 20)
    (expected[0], expected[5], expected[10], expected[15], expected[19]) = (
      0.25, 0.125, 0.125, 0.125, 0.375
    )
    #expect(sparsity.histogram == expected)
    #expect(sparsity.meanProportion == 18.0 / 32)
    #expect(sparsity.neverShare == 0.25)
    #expect(sparsity.alwaysShare == 0.375)
    #expect(sparsity.interactions == 8)
  }

  @Test func binsAreCutInIntegers() {
    // 20 · 3 / 60 = 1 exactly; in floating point 3 / 60 · 20 may fall below.
    for samples in [20, 60, 100, 140, 340, 4_900] {
      for bin in 0..<20 {
        #expect(Sparsity.bin(of: bin * samples / 20, samples: samples) == bin)
        if bin > 0 {
          #expect(Sparsity.bin(of: bin * samples / 20 - 1, samples: samples) == bin - 1)
        }
      }
      #expect(Sparsity.bin(of: samples, samples: samples) == 19)
    }
  }

  @Test(arguments: [1, 2, 7, 250, 5_000, 5_000_000])
  func agreesWithTheDefinition(samples: Int) {
    var generator = TestGenerator(UInt64(samples))
    let counters = generator.counters(3_000, samples: samples)
    let sparsity = measure(counters, samples: samples)
    var bins = [Int](repeating: 0, count: 20)
    for count in counters { bins[min(19, 20 * Int(count) / samples)] += 1 }
    #expect(sparsity.histogram == bins.map { Double($0) / 3_000 })
    let mean = counters.reduce(0.0) { $0 + Double($1) / Double(samples) } / 3_000
    #expect(isClose(sparsity.meanProportion, mean))
    #expect(isClose(sparsity.histogram.reduce(0, +), 1))
  }

  @Test func nothingIsDefined() {
    let unseen = measure([0, 0, 0], samples: 0)
    #expect(unseen.histogram == [Double](repeating: 0, count: 20))
    #expect(unseen.meanProportion == 0 && unseen.neverShare == 0 && unseen.alwaysShare == 0)
    let empty = measure([], samples: 5)
    #expect(empty.histogram == [Double](repeating: 0, count: 20))
    #expect(empty.meanProportion == 0)
  }

  @Test func histogramAsJSON() {
    let json = measure([0, 1, 1, 1], samples: 1).histogramJSON
    #expect(json == "[0.25" + String(repeating: ",0.0", count: 18) + ",0.75]")
  }
}
