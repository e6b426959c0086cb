import Bits
import CKernels
import TestSupport
import Testing

struct SignificanceDenseTests {
  @Test(arguments: edgeShapes)
  func bitsStandInTheDocumentedOrder(shape: LayerShape) throws {
    let example = Example(shape, count: 1)
    #expect(
      try difference(Significance.dense(example.stored(0).span.bytes), packed(example.bits(0)))
        == nil)
  }

  @Test(arguments: edgeShapes)
  func denseBitsComeBack(shape: LayerShape) throws {
    let dense = packed(Example(shape, count: 1).bits(0))
    let blob = try Significance.fromDense(dense.span.bytes, shape: shape)
    #expect(try Significance.header(blob.span.bytes).shape == shape)
    #expect(try difference(Significance.dense(blob.span.bytes), dense) == nil)
  }

  @Test func columnsWithoutABitBecomeInactive() throws {
    let shape = LayerShape(outputs: 2, inputs: 3, hasBias: true)
    let dense = packed([false, true, false, false, false, true, false, false])
    let blob = try Significance.fromDense(dense.span.bytes, shape: shape)
    #expect(try Significance.activeColumns(blob.span.bytes) == [1, 3])
  }

  @Test func wrongLengthAndPaddingAreRefused() {
    let shape = LayerShape(outputs: 3, inputs: 3, hasBias: false)
    for bytes in [[], [0], [0, 0, 0], [0, 2], [255, 255]] as [[UInt8]] {
      #expect(throws: BitsError.self) {
        try Significance.fromDense(bytes.span.bytes, shape: shape)
      }
    }
  }

  @Test func blocksAreTransposed() {
    var random = TestGenerator(state: 5)
    let block = (0..<64).map { _ in random.next() }
    var transposed = block
    engram_transpose64(&transposed)
    for row in 0..<64 {
      for column in 0..<64 {
        #expect(block[row] >> UInt64(column) & 1 == transposed[column] >> UInt64(row) & 1)
      }
    }
  }
}
