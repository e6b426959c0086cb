import Bits
import Testing

struct CountsBlockTests {
  @Test func theFormIsTheDocumentedOne() {
    let block = CountsBlock(samples: 300, firstRow: 2, rows: 1, columns: 2, counters: [300, 7])
    #expect(
      block.encoded() == [
        0x45, 0x43, 1, 2, 44, 1, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 44, 1, 7, 0,
      ])
  }

  @Test(arguments: [0, 1, 255, 256, 65535, 65536, 4_294_967_295])
  func blocksComeBack(samples: Int) throws {
    let counters = [0, UInt32(samples), UInt32(samples) / 2, 0, UInt32(samples) / 3, 0]
    let block = CountsBlock(samples: samples, firstRow: 5, rows: 2, columns: 3, counters: counters)
    #expect(try CountsBlock(decoding: block.encoded().span.bytes) == block)
  }

  @Test(arguments: [(255, 0, 1), (255, 1, 2), (65535, 0, 2), (65535, 1, 4)])
  func mergingWidensTheCounters(first: Int, second: Int, width: Int) throws {
    var block = CountsBlock(
      samples: first, firstRow: 0, rows: 1, columns: 2, counters: [UInt32(first), 0])
    let other = CountsBlock(
      samples: second, firstRow: 0, rows: 1, columns: 2, counters: [UInt32(second), 0])
    try block.merge(other)
    #expect(block.samples == first + second)
    #expect(block.counters == [UInt32(first + second), 0])
    #expect(Int(block.encoded()[3]) == width)
    #expect(try CountsBlock(decoding: block.encoded().span.bytes) == block)
  }

  @Test func onlyTheSameRowsMerge() {
    let block = CountsBlock(samples: 1, firstRow: 0, rows: 2, columns: 2, counters: [0, 1, 0, 1])
    for other in [
      CountsBlock(samples: 1, firstRow: 1, rows: 2, columns: 2, counters: [0, 1, 0, 1]),
      CountsBlock(samples: 1, firstRow: 0, rows: 1, columns: 4, counters: [0, 1, 0, 1]),
      CountsBlock(
        samples: 4_294_967_295, firstRow: 0, rows: 2, columns: 2, counters: [0, 1, 0, 1]),
    ] {
      var merged = block
      #expect(throws: BitsError.self) { try merged.merge(other) }
      #expect(merged == block)
    }
  }

  @Test func malformedBlobsAreRefused() {
    let blob = CountsBlock(
      samples: 300, firstRow: 0, rows: 2, columns: 2, counters: [1, 2, 3, 300]
    )
    .encoded()
    for length in 0..<blob.count {
      #expect(throws: BitsError.self) {
        try CountsBlock(decoding: [UInt8](blob.prefix(length)).span.bytes)
      }
    }
    #expect(throws: BitsError.self) { try CountsBlock(decoding: (blob + [0]).span.bytes) }
    // A wrong magic, version or width; no rows; more rows; a counter above the samples.
    for (index, value) in [(0, 0), (2, 2), (3, 1), (3, 4), (12, 0), (15, 255), (27, 255)] {
      var corrupt = blob
      corrupt[index] = UInt8(value)
      #expect(throws: BitsError.self, "byte \(index)") {
        try CountsBlock(decoding: corrupt.span.bytes)
      }
    }
    var huge = [UInt8](repeating: 255, count: 24)
    huge.replaceSubrange(0..<4, with: [0x45, 0x43, 1, 4])
    #expect(throws: BitsError.self) { try CountsBlock(decoding: huge.span.bytes) }
  }
}
