import Bits
import Testing

struct SignificancePairsTests {
  @Test(arguments: edgeShapes)
  func comparisonsAgreeWithTheMatrices(shape: LayerShape) throws {
    let example = Example(shape, count: 2)
    let (a, b) = (example.stored(0), example.stored(1))
    let pairs = zip(example.bits(0), example.bits(1))
    let both = pairs.count { $0 && $1 }
    let either = pairs.count { $0 || $1 }
    #expect(try Significance.andPopcount(a.span.bytes, b.span.bytes) == both)
    #expect(try Significance.hamming(a.span.bytes, b.span.bytes) == either - both)
    #expect(
      try Significance.jaccard(a.span.bytes, b.span.bytes)
        == (either == 0 ? 1 : Double(both) / Double(either)))
    #expect(try Significance.hamming(a.span.bytes, a.span.bytes) == 0)
    #expect(try Significance.jaccard(b.span.bytes, b.span.bytes) == 1)
  }

  @Test func differentShapesAreRefused() {
    let a = Example(LayerShape(outputs: 3, inputs: 8, hasBias: false), count: 1).stored(0)
    let b = Example(LayerShape(outputs: 3, inputs: 7, hasBias: true), count: 1).stored(0)
    #expect(
      throws: BitsError(
        "cannot compare layers of shapes 3 × 8 without bias and 3 × 7 with bias")
    ) { try Significance.andPopcount(a.span.bytes, b.span.bytes) }
    #expect(throws: BitsError.self) { try Significance.hamming(a.span.bytes, [UInt8]().span.bytes) }
    #expect(throws: BitsError.self) {
      try Significance.jaccard([UInt8]([1]).span.bytes, b.span.bytes)
    }
  }
}
