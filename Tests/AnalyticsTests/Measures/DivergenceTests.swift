import Analytics
import Glibc
import Testing

struct DivergenceTests {
  /// The definition, term by term, in extended precision where the processor has it.
  private func naive(
    _ p: [UInt32], _ pSamples: Int, _ q: [UInt32], _ qSamples: Int, alpha: Double = 0.5
  ) -> Double {
    #if arch(x86_64)
      typealias Real = Float80
    #else
      typealias Real = Double
    #endif
    var sum: Real = 0
    for (k, m) in zip(p, q) {
      let a = (Real(k) + Real(alpha)) / (Real(pSamples) + 2 * Real(alpha))
      let b = (Real(m) + Real(alpha)) / (Real(qSamples) + 2 * Real(alpha))
      sum += a * log(a / b) + (1 - a) * log((1 - a) / (1 - b))
    }
    return Double(sum)
  }

  @Test func aHandWorkedPair() {
    // N = 1 and α = ½: P = 3/4, Q = 1/4, KL = ¾ ln 3 − ¼ ln 3 = ½ ln 3.
    #expect(isClose(Divergence.kl([1], samples: 1, [0], samples: 1), 0.5 * log(3)))
    // No samples: both are ½.
    #expect(Divergence.kl([0, 0], samples: 0, [0, 0], samples: 0) == 0)
    #expect(isClose(Divergence.kl([0], samples: 0, [0], samples: 1), 0.5 * log(4.0 / 3)))
  }

  @Test(arguments: [(1, 1), (2, 5), (100, 100), (977, 1_024), (70_000, 3)])
  func directSumIsTheDefinition(samples: (Int, Int)) {
    var generator = TestGenerator(UInt64(samples.0))
    let p = generator.counters(500, samples: samples.0)
    let q = generator.counters(500, samples: samples.1)
    for alpha in [0.5, 1, 0.01] {
      let kl = Divergence.kl(p, samples: samples.0, q, samples: samples.1, alpha: alpha)
      #expect(isClose(kl, naive(p, samples.0, q, samples.1, alpha: alpha), relative: 1e-12))
    }
  }

  @Test(arguments: [1, 100, 10_000, 65_535, 65_536, 1_000_000])
  func tinyDivergencesKeepTheirDigits(samples: Int) {
    var generator = TestGenerator(3)
    let p = generator.counters(9_000, samples: samples)
    // One interaction in 1,000 differs by one count.
    var q = p
    for index in stride(from: 0, to: q.count, by: 1_000) {
      q[index] = q[index] > 0 ? q[index] - 1 : 1
    }
    let expected = naive(p, samples, q, samples)
    #expect(expected > 0)
    #expect(
      isClose(Divergence.kl(p, samples: samples, q, samples: samples), expected, relative: 1e-7))
    var matrix = DivergenceMatrix(from: [samples, samples], to: [samples, samples])
    matrix.add(from: [p, q], to: [p, q])
    #expect(isClose(matrix[0, 1], expected, relative: 1e-7))
    #expect(matrix[0, 0] == 0 && matrix[1, 1] == 0)
  }

  @Test(arguments: [0, 1, 13, 4_095, 4_096, 4_097, 10_000])
  func allPairsAgreeWithTheDefinition(interactions: Int) {
    var generator = TestGenerator(UInt64(interactions))
    let (from, to) = ([5, 0, 1, 1_000], [300, 40, 7])
    let p = from.map { generator.counters(interactions, samples: $0) }
    let q = to.map { generator.counters(interactions, samples: $0) }
    var matrix = DivergenceMatrix(from: from, to: to)
    // In two blocks of different sizes.
    let cut = interactions / 3
    matrix.add(from: p.map { Array($0[..<cut]) }, to: q.map { Array($0[..<cut]) })
    matrix.add(from: p.map { Array($0[cut...]) }, to: q.map { Array($0[cut...]) })
    #expect(matrix.interactions == interactions)
    for i in from.indices {
      for j in to.indices {
        let expected = naive(p[i], from[i], q[j], to[j])
        #expect(isClose(matrix[i, j], expected, relative: 1e-12))
        #expect(matrix[i, j] >= 0)
      }
    }
  }

  @Test(arguments: [1, 20, 400])
  func mostlySilentClassesStayAccurate(rate: Int) {
    // One interaction in a hundred is ever significant, and there in few samples.
    var generator = TestGenerator(UInt64(rate))
    let samples = 1_000
    let profiles = (0..<10).map { _ in
      (0..<20_000).map { _ in
        generator.below(100) == 0 ? UInt32(generator.below(rate + 1)) : 0
      }
    }
    let sizes = [Int](repeating: samples, count: profiles.count)
    var matrix = DivergenceMatrix(from: sizes, to: sizes)
    matrix.add(from: profiles, to: profiles)
    for i in profiles.indices {
      for j in profiles.indices where i != j {
        let expected = naive(profiles[i], samples, profiles[j], samples)
        #expect(isClose(matrix[i, j], expected, relative: 1e-12))
      }
    }
  }

  @Test(arguments: [1, 4, 10, 192])
  func fewNeuronsOfNearlyEqualClassesStayAccurate(neurons: Int) {
    var generator = TestGenerator(UInt64(neurons))
    let samples = 1_000
    let base = (0..<neurons).map { _ in UInt32(50 + generator.below(900)) }
    let profiles = (0..<8).map { _ in base.map { UInt32(Int($0) + generator.below(21) - 10) } }
    let sizes = [Int](repeating: samples, count: profiles.count)
    var matrix = DivergenceMatrix(from: sizes, to: sizes)
    matrix.add(from: profiles, to: profiles)
    for i in profiles.indices {
      for j in profiles.indices where i != j {
        let expected = naive(profiles[i], samples, profiles[j], samples)
        #expect(isClose(matrix[i, j], expected, relative: 1e-12))
      }
    }
  }

  @Test func nearbyClassesOfAllSizesStayAccurate() {
    // Classes around one profile: divergences from 1e-9 to 1 per interaction in one matrix.
    var generator = TestGenerator(17)
    let samples = 2_000
    let base = (0..<6_000).map { _ in UInt32(200 + generator.below(1_600)) }
    let profiles = [0, 1, 4, 16, 64, 199].map { spread in
      base.map { UInt32(Int($0) + generator.below(2 * spread + 1) - spread) }
    }
    let sizes = [Int](repeating: samples, count: profiles.count)
    var matrix = DivergenceMatrix(from: sizes, to: sizes)
    matrix.add(from: profiles, to: profiles)
    for i in profiles.indices {
      for j in profiles.indices {
        let expected = naive(profiles[i], samples, profiles[j], samples)
        #expect(isClose(matrix[i, j], expected, relative: 1e-12))
      }
    }
  }

  /// Equal classes, nearby ones and others, of as many samples as a byte counts, in pieces of which the last is too small to sort.
  @Test(arguments: [(40, 50), (25, 3), (70, 20), (32, 127), (33, 255), (33, 256)])
  func manyClassesOfFewSamplesAgreeWithTheDefinition(classes: Int, most: Int) {
    var generator = TestGenerator(UInt64(most))
    let base = generator.counters(4_096 + 1_100, samples: most)
    let sizes = (0..<classes).map { $0 % 7 == 6 ? most / ($0 + 1) : most }
    let profiles = sizes.enumerated().map { label, samples in
      base.map { count in
        let moved = generator.below(100) < [0, 1, 20, 100][label % 4]
        return min(UInt32(samples), moved ? UInt32(generator.below(samples + 1)) : count)
      }
    }
    var matrix = DivergenceMatrix(from: sizes, to: sizes)
    matrix.add(from: profiles, to: profiles)
    matrix.add(from: profiles.map { Array($0[..<30]) }, to: profiles.map { Array($0[..<30]) })
    for (i, p) in profiles.enumerated() {
      for j in [i, 0, 1, 6, 11, classes - 1] {
        let q = profiles[j]
        let expected = naive(p + p[..<30], sizes[i], q + q[..<30], sizes[j])
        #expect(isClose(matrix[i, j], expected, relative: 1e-12), "\(i) to \(j)")
      }
    }
    #expect(matrix[0, 4] == 0)
  }

  @Test func noClasses() {
    var matrix = DivergenceMatrix(from: [], to: [])
    matrix.add(from: [], to: [])
    #expect(matrix.values.isEmpty)
  }
}
