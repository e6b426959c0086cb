import Bits
import TestSupport
import Testing

struct SparseVectorTests {
  @Test(arguments: [0] + edgeSizes)
  func vectorsComeBack(count: Int) throws {
    var random = TestGenerator(state: UInt64(count))
    let vector = (0..<count).map { _ in
      Bool.random(using: &random) ? 0 : Float.random(in: -1...1, using: &random)
    }
    let blob = SparseVector.encode(vector.span)
    #expect(blob.count == (count + 7) / 8 + 4 * vector.count { $0 != 0 })
    #expect(
      difference([UInt8](blob.prefix((count + 7) / 8)), packed(vector.map { $0 != 0 })) == nil)
    #expect(try difference(SparseVector.decode(blob.span.bytes, count: count), vector) == nil)
  }

  @Test func theFormIsTheDocumentedOne() {
    let blob = SparseVector.encode([0, 1, 0, 0, 0, 0, 0, 0, 0, -2].span)
    #expect(blob == [0b10, 0b10, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
  }

  @Test func awkwardValuesSurvive() throws {
    let vector: [Float] = [-0.0, .nan, .infinity, .leastNonzeroMagnitude, 0]
    let blob = SparseVector.encode(vector.span)
    let back = try SparseVector.decode(blob.span.bytes, count: 5)
    #expect(back[0].sign == .plus && back[0] == 0)
    #expect(back[1].isNaN)
    #expect(Array(back[2...]) == [.infinity, .leastNonzeroMagnitude, 0])
  }

  /// max(z, 0), but what is no number stays none.
  @Test func rectifiedValuesAreThoseOfARectifier() throws {
    let z: [Float] = [-1, .nan, 2, -0.0, 0, -.infinity, .infinity, -.leastNonzeroMagnitude]
    let back = try SparseVector.decode(SparseVector.rectified(z).span.bytes, count: 8)
    #expect(difference(back, [0, .nan, 2, 0, 0, 0, .infinity, 0] as [Float], absolute: 0) == nil)
    #expect(SparseVector.rectified([-1, 1]) == SparseVector.encode([0, 1].span))
  }

  @Test func malformedBlobsAreRefused() {
    let blob = SparseVector.encode([0, 1, 0, 0, 2, 0, 0, 0, 0, 3].span)
    for length in 0..<blob.count {
      #expect(throws: BitsError.self) {
        try SparseVector.decode([UInt8](blob.prefix(length)).span.bytes, count: 10)
      }
    }
    #expect(throws: BitsError.self) { try SparseVector.decode((blob + [0]).span.bytes, count: 10) }
    for count in [-1, 0, 8, 9, 17, .max, .max - 7] {
      #expect(throws: BitsError.self) { try SparseVector.decode(blob.span.bytes, count: count) }
    }
  }

  @Test func randomBytesNeverTrap() {
    var random = TestGenerator(state: 3)
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random) & UInt8.random(in: 0...255, using: &random)
      }
      let count = Int.random(in: 0...40, using: &random)
      guard let vector = try? SparseVector.decode(bytes.span.bytes, count: count) else { continue }
      #expect(vector.count == count)
    }
  }
}
