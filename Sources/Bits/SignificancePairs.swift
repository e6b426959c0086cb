// Two samples' significance compared: stored forms of one shape, taken without unpacking them.

import CKernels

extension Significance {
  /// Interactions significant in both samples.
  package static func andPopcount(_ a: RawSpan, _ b: RawSpan) throws(BitsError) -> Int {
    let left = try header(a)
    let right = try header(b)
    guard left.shape == right.shape else {
      throw BitsError("cannot compare layers of shapes \(left.shape) and \(right.shape)")
    }
    var total = 0
    var (leftRow, rightRow) = (0, 0)
    // A run of columns active in both is contiguous in both: one call however short the rows are.
    var run = 0
    func flush() {
      guard run > 0 else { return }
      let count = run * left.rowBytes
      let leftEnd = left.rowsOffset + leftRow * left.rowBytes
      let rightEnd = right.rowsOffset + rightRow * right.rowBytes
      total += bitsInCommon(
        a.extracting(leftEnd - count..<leftEnd), b.extracting(rightEnd - count..<rightEnd))
      run = 0
    }
    for column in 0..<left.shape.columns {
      let inLeft = a.bit(column, from: headerBytes)
      let inRight = b.bit(column, from: headerBytes)
      if inLeft != inRight { flush() }
      if inLeft { leftRow += 1 }
      if inRight { rightRow += 1 }
      if inLeft, inRight { run += 1 }
    }
    flush()
    return total
  }

  /// Interactions significant in exactly one of the two samples.
  package static func hamming(_ a: RawSpan, _ b: RawSpan) throws(BitsError) -> Int {
    let both = try andPopcount(a, b)
    return try popcount(a) + popcount(b) - 2 * both
  }

  /// |A ∩ B| / |A ∪ B|, 1 for two empty sets.
  package static func jaccard(_ a: RawSpan, _ b: RawSpan) throws(BitsError) -> Double {
    let both = try andPopcount(a, b)
    let either = try popcount(a) + popcount(b) - both
    return either == 0 ? 1 : Double(both) / Double(either)
  }

  /// Bits set in both of two byte sequences of one length.
  private static func bitsInCommon(_ a: RawSpan, _ b: RawSpan) -> Int {
    unsafe a.withUnsafeBytes { left in
      unsafe b.withUnsafeBytes { right in
        unsafe Int(
          engram_and_popcount(
            left.baseAddress?.assumingMemoryBound(to: UInt8.self),
            right.baseAddress?.assumingMemoryBound(to: UInt8.self), left.count))
      }
    }
  }
}
