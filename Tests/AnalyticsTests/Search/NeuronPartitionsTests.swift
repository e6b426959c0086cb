// Partitions of a neuron's values: their edges hold what falls in them, whatever the values.

import Analytics
import Bits
import Testing

@Suite struct NeuronPartitionsTests {
  /// The numbers of all samples, as they are packed.
  private func codes(_ partitions: NeuronPartitions, _ samples: Int) -> [Int] {
    var codes = [Double](repeating: 0, count: samples)
    let terms = (0..<partitions.edges.count).map(Double.init)
    NeuronPartitions.add(terms, of: partitions.codes.span.bytes, to: &codes)
    return codes.map(Int.init)
  }

  private static let settings: [(samples: Int, value: @Sendable (Int) -> Float)] = [
    (1, { _ in 2 }), (5, { Float($0) }), (100, { Float(($0 * 37) % 101) - 50 }),
    (1999, { Float(($0 * 7919) % 1999) }), (2000, { Float(($0 * 7919) % 2003) / 7 }),
    (5000, { Float($0 % 3) }), (5000, { _ in -0.0 }),
    (5000, { $0 % 10 == 0 ? .nan : $0 % 10 == 1 ? .infinity : Float($0 * $0 % 977) }),
    (3000, { _ in .nan }), (3000, { $0 == 7 ? .greatestFiniteMagnitude : -1e-30 * Float($0) }),
  ]

  @Test(arguments: settings.indices)
  func `Every value lies between its edges`(index: Int) {
    let (samples, value) = Self.settings[index]
    let values = (0..<samples).map(value)
    let partitions = NeuronPartitions(values)
    let edges = partitions.edges
    #expect(edges.count == (samples < 2000 ? 16 : 32) && edges == edges.sorted())
    for (value, code) in zip(values, codes(partitions, samples)) {
      if value.isFinite {
        #expect(code < edges.count - 1 && edges[code] <= value && value <= edges[code + 1])
      } else {
        #expect(code == edges.count - 1)
      }
    }
  }

  @Test func `Partitions are small at the ends and of one size between`() {
    let partitions = NeuronPartitions((0..<50_000).map { Float(($0 * 7919) % 50_021) })
    var sizes = [Int](repeating: 0, count: 31)
    for code in codes(partitions, 50_000) { sizes[code] += 1 }
    #expect(sizes.prefix(7) == [8, 8, 16, 32, 64, 128, 256])
    // The last edge is the largest value itself.
    #expect(sizes.suffix(7) == [256, 128, 64, 32, 16, 8, 8])
    #expect(sizes[7..<24].allSatisfy { abs($0 - (50_000 - 1024) / 17) <= 1 })
  }

  /// Of 4 bytes a value.
  @Test(arguments: [500, 1000, 2000, 10_000, 50_000])
  func `They take less than a fifth of the values`(samples: Int) {
    let partitions = NeuronPartitions((0..<samples).map { Float($0) })
    #expect(4 * partitions.edges.count + partitions.codes.count < samples * 4 / 5)
  }
}
