// What a neuron makes of many samples, in a few bits each: the idea of DeepEverest (He, Daum, Balazinska: VLDB 2022). The values
// are cut into partitions, small ones at both ends, where the samples are that excite a neuron most, and of one size between;
// of each sample the partition's number is kept, which bounds its value by the partition's edges. Leaves out the search
// (SampleSearch.swift).

internal import Bits

/// The partitions of one neuron's values, and which of them each sample falls in.
package struct NeuronPartitions: Equatable, Sendable {
  /// A value in partition p is not below edges[p] and not above edges[p + 1].
  package let edges: [Float]
  /// A number a sample, packed, and a byte of zeros; of a value that is not finite, the number behind the last partition.
  package let codes: [UInt8]

  /// Of the smallest partition, in samples; each further one is twice as large.
  private static let smallest = 8

  /// Bits of a sample's number.
  package static func bits(samples: Int) -> Int { samples >= 2000 ? 5 : 4 }

  package static func codeBytes(samples: Int) -> Int {
    (samples * bits(samples: samples) + 7) / 8 + 1
  }

  package static func edgeCount(samples: Int) -> Int { 1 << bits(samples: samples) }

  package init(_ values: [Float]) {
    let bits = Self.bits(samples: values.count)
    let sorted = values.filter(\.isFinite).sorted()
    let partitions = (1 << bits) - 1
    let edges =
      sorted.isEmpty
      ? [Float](repeating: 0, count: partitions + 1)
      : Self.starts(of: partitions, samples: sorted.count).map {
        sorted[min($0, sorted.count - 1)]
      }
    var codes = [UInt8](repeating: 0, count: Self.codeBytes(samples: values.count))
    for (sample, value) in values.enumerated() {
      let code = value.isFinite ? Self.partition(of: value, edges, partitions) : partitions
      let place = sample * bits
      let wide = UInt16(code) << UInt16(place & 7)
      codes[place >> 3] |= UInt8(truncatingIfNeeded: wide)
      codes[place >> 3 + 1] |= UInt8(truncatingIfNeeded: wide >> 8)
    }
    (self.edges, self.codes) = (edges, codes)
  }

  /// Where partitions begin among the sorted samples, and where the last one ends.
  private static func starts(of partitions: Int, samples: Int) -> [Int] {
    var ends = [0]
    while ends.count <= partitions / 4 {
      let next = max(smallest, 2 * ends[ends.count - 1])
      guard next <= samples / 4 else { break }
      ends.append(next)
    }
    let (tail, middle) = (ends.count - 1, partitions - 2 * (ends.count - 1))
    let inner = samples - 2 * ends[tail]
    return ends + (1..<middle).map { ends[tail] + inner * $0 / middle }
      + ends.reversed().map { samples - $0 }
  }

  /// The last partition that begins at or below a value.
  private static func partition(of value: Float, _ edges: [Float], _ partitions: Int) -> Int {
    var (low, high) = (0, partitions)
    while high - low > 1 {
      let middle = (low + high) / 2
      if edges[middle] <= value { low = middle } else { high = middle }
    }
    return low
  }

  /// Adds to the sum of every sample what stands in `terms` for its number.
  ///
  /// - Parameters:
  ///   - terms: A number a partition, and one for values that are not finite.
  ///   - codes: As packed, of as many samples as there are sums.
  package static func add(_ terms: [Double], of codes: RawSpan, to sums: inout [Double]) {
    let bits = bits(samples: sums.count)
    precondition(
      terms.count == 1 << bits && codes.byteCount == codeBytes(samples: sums.count),
      "terms and codes are of the samples")
    let (terms, mask) = (terms.span, 1 << bits - 1)
    var sums = sums.mutableSpan
    for sample in sums.indices {
      let place = sample * bits
      let pair = unsafe codes.unsafeLoadUnaligned(fromByteOffset: place >> 3, as: UInt16.self)
      sums[sample] += terms[Int(UInt16(littleEndian: pair)) >> (place & 7) & mask]
    }
  }
}
