import Bits
import TestSupport
import Testing

struct ClassCountsTests {
  /// The counters of a class over a list of samples, row-major.
  private func naive(_ example: Example, _ samples: [Int]) -> [UInt32] {
    var counters = [UInt32](repeating: 0, count: example.shape.interactions)
    for sample in samples {
      for (index, bit) in example.bits(sample).enumerated() where bit { counters[index] += 1 }
    }
    return counters
  }

  private func blocks(_ counts: ClassCounts, _ label: Int) throws -> [UInt32] {
    try (0..<ClassCounts.blockCount(counts.shape)).flatMap {
      try CountsBlock(decoding: counts.block($0, of: label).span.bytes).counters
    }
  }

  @Test(arguments: edgeShapes)
  func countsAgreeWithTheMatrices(shape: LayerShape) throws {
    let example = Example(shape, count: 7)
    let labels = [2, 0, 2, 2, 0, 3, 2]
    let counts = ClassCounts(shape: shape, classes: 4)
    try counts.add(example.encode(), classes: labels)
    #expect(counts.samples == [2, 0, 4, 1])
    for label in 0..<4 {
      let expected = naive(example, labels.indices.filter { labels[$0] == label })
      #expect(try blocks(counts, label) == expected)
      var target = [UInt32](repeating: 9, count: shape.interactions + 2)
      counts.take(label, into: &target, at: 1)
      // A class without samples leaves the target as it is.
      let taken = label == 1 ? expected.map { _ in 9 } : expected
      #expect(target == [9] + taken + [9])
      #expect(counts.samples[label] == 0)
    }
  }

  @Test func mergingIsAddingTogether() throws {
    let example = Example(LayerShape(outputs: 13, inputs: 65, hasBias: true), count: 12)
    let labels = (0..<12).map { $0 % 3 }
    let blobs = example.encode()
    let whole = ClassCounts(shape: example.shape, classes: 4)
    try whole.add(blobs, classes: labels)
    let parts = [0..<5, 5..<5, 5..<6, 6..<12].map { range in
      (ClassCounts(shape: example.shape, classes: 4), range)
    }
    let merged = ClassCounts(shape: example.shape, classes: 4)
    for (part, range) in parts {
      try part.add(Array(blobs[range]), classes: Array(labels[range]))
      merged.merge(part)
    }
    #expect(merged.samples == whole.samples)
    for label in 0..<4 {
      #expect(difference(merged.block(0, of: label), whole.block(0, of: label)) == nil)
    }
    // The parts keep what they had.
    #expect(parts.map { $0.0.samples.reduce(0, +) } == [5, 0, 1, 6])
  }

  @Test(arguments: [127, 128, 129, 255, 256, 300])
  func largeBatchesAreCountedWhole(count: Int) throws {
    let example = Example(LayerShape(outputs: 66, inputs: 3, hasBias: true), count: count)
    let counts = ClassCounts(shape: example.shape, classes: 1)
    try counts.add(example.encode(), classes: [Int](repeating: 0, count: count))
    #expect(try blocks(counts, 0) == naive(example, Array(0..<count)))
  }

  @Test(arguments: [(255, 1), (256, 2), (65535, 2), (65536, 4)])
  func theWidthHoldsTheSamples(samples: Int, width: Int) throws {
    let example = Example(LayerShape(outputs: 3, inputs: 2, hasBias: true), count: 1, zeros: 0)
    let one = ClassCounts(shape: example.shape, classes: 1)
    try one.add(example.encode(), classes: [0])
    // Doubling and adding: samples in binary, by merges alone.
    let counts = ClassCounts(shape: example.shape, classes: 1)
    for bit in stride(from: 17, through: 0, by: -1) {
      let twice = ClassCounts(shape: example.shape, classes: 1)
      twice.merge(counts)
      counts.merge(twice)
      if samples >> bit & 1 == 1 { counts.merge(one) }
    }
    let blob = counts.block(0, of: 0)
    #expect(counts.samples == [samples])
    #expect(Int(blob[3]) == width)
    #expect(blob.count == 20 + width * example.shape.interactions)
    let bits = example.bits(0)
    #expect(bits.contains(true) && bits.contains(false))
    #expect(try blocks(counts, 0) == bits.map { $0 ? UInt32(samples) : 0 })
  }

  @Test func blocksCutALargeLayerByRows() throws {
    let shape = LayerShape(outputs: 300, inputs: 4095, hasBias: true)
    #expect(ClassCounts.blockCount(shape) == 2)
    let example = Example(shape, count: 1, zeros: 0.9)
    let counts = ClassCounts(shape: shape, classes: 1)
    try counts.add(example.encode(), classes: [0])
    let parts = try (0..<2).map {
      try CountsBlock(decoding: counts.block($0, of: 0).span.bytes)
    }
    #expect(parts.map(\.firstRow) == [0, 256])
    #expect(parts.map(\.rows) == [256, 44])
    #expect(parts.map(\.columns) == [4096, 4096])
    #expect(difference(parts.flatMap(\.counters), example.bits(0).map { $0 ? 1 : 0 }) == nil)
  }

  @Test func aBadBlobLeavesTheCountsAlone() throws {
    let example = Example(LayerShape(outputs: 3, inputs: 2, hasBias: true), count: 2)
    let other = Example(LayerShape(outputs: 2, inputs: 3, hasBias: true), count: 1).stored(0)
    let counts = ClassCounts(shape: example.shape, classes: 2)
    #expect(throws: BitsError.self) {
      try counts.add(example.encode() + [other], classes: [0, 1, 1])
    }
    #expect(throws: BitsError.self) { try counts.add([[], example.stored(0)], classes: [0, 1]) }
    #expect(counts.samples == [0, 0])
  }

  @Test(arguments: [1, 8, 65, 130])
  func neuronsCountPositiveSums(outputs: Int) throws {
    var example = Example(LayerShape(outputs: outputs, inputs: 3, hasBias: false), count: 5)
    example.z[0] = .nan
    example.z[outputs] = 0
    example.z[2 * outputs] = .infinity
    let labels = [1, 1, 0, 1, 0]
    let whole = NeuronCounts(outputs: outputs, classes: 2)
    whole.add(z: example.z.span, classes: labels)
    let merged = NeuronCounts(outputs: outputs, classes: 2)
    for sample in 0..<5 {
      let part = NeuronCounts(outputs: outputs, classes: 2)
      part.add(
        z: Array(example.z[sample * outputs..<(sample + 1) * outputs]).span,
        classes: [labels[sample]])
      merged.merge(part)
    }
    #expect(whole.samples == [2, 3] && whole.blockCount == 1)
    for label in 0..<2 {
      let block = try CountsBlock(decoding: whole.block(0, of: label).span.bytes)
      #expect(block.rows == outputs && block.columns == 1 && block.samples == [2, 3][label])
      let expected = (0..<outputs).map { output in
        UInt32((0..<5).count { labels[$0] == label && example.z[$0 * outputs + output] > 0 })
      }
      #expect(difference(block.counters, expected) == nil)
      #expect(difference(merged.block(0, of: label), whole.block(0, of: label)) == nil)
    }
  }
}
