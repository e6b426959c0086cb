// A vector with many zeros, as stored: the mask of the nonzero elements, then those as Float32.

internal import CKernels

/// `count` elements: (count + 7) / 8 bytes of mask, bit j = element j, then each nonzero element
/// as a little-endian Float32. A negative zero is a zero and comes back positive.
package enum SparseVector {
  package static func encode(_ vector: Span<Float>) -> [UInt8] {
    let mask = nonzeroMask(vector)
    let nonzero = mask.reduce(0) { $0 + $1.nonzeroBitCount }
    let size = mask.count + 4 * nonzero
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      unsafe bytes.copyBytes(from: mask)
      if let start = buffer.baseAddress {
        unsafe vector.withUnsafeBufferPointer { vector in
          unsafe engram_pack_nonzero(vector.baseAddress, vector.count, start + mask.count)
        }
      }
      initialized = size
    }
  }

  /// The stored form of max(z, 0), as a rectifier makes it: NaN stays NaN.
  package static func rectified(_ z: [Float]) -> [UInt8] {
    encode(z.map { $0 < 0 ? 0 : $0 }.span)
  }

  /// Throws unless the blob is exactly the stored form of `count` elements.
  package static func decode(_ blob: RawSpan, count: Int) throws(BitsError) -> [Float] {
    // A mask is never longer than its blob: refuses a count that no memory could hold.
    guard count >= 0, count / 8 <= blob.byteCount else {
      throw BitsError("sparse vector of \(count) elements: found only \(blob.byteCount) bytes")
    }
    let maskBytes = byteCount(bits: count)
    guard maskBytes <= blob.byteCount, blob.isPadded(row: 0, bits: count) else {
      throw BitsError(
        """
        sparse vector of \(count) elements: expected a mask of \(maskBytes) bytes padded with \
        zeros, found \(blob.byteCount) bytes
        """)
    }
    let nonzero = Significance.popcount(blob, from: 0, count: maskBytes)
    guard blob.byteCount == maskBytes + 4 * nonzero else {
      throw BitsError(
        """
        sparse vector of \(count) elements, \(nonzero) of them not zero: expected \
        \(maskBytes + 4 * nonzero) bytes, found \(blob.byteCount)
        """)
    }
    return unsafe [Float](unsafeUninitializedCapacity: count) { vector, initialized in
      unsafe blob.withUnsafeBytes { blob in
        if let mask = unsafe blob.baseAddress?.assumingMemoryBound(to: UInt8.self) {
          unsafe engram_unpack_nonzero(mask, count, mask + maskBytes, vector.baseAddress)
        }
      }
      initialized = count
    }
  }
}
