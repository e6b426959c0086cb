// A vector of Float32 as stored: 4 bytes an element, least significant first. Sparse ones are SparseVector's.

package enum FloatVector {
  package static func encode(_ vector: Span<Float>) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: 4 * vector.count) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      for index in vector.indices {
        unsafe bytes.storeBytes(
          of: vector[index].bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
      }
      initialized = 4 * vector.count
    }
  }

  /// Throws unless there are exactly `count` elements.
  package static func decode(_ blob: RawSpan, count: Int) throws(BitsError) -> [Float] {
    guard blob.byteCount == 4 * count else {
      throw BitsError(
        "vector of \(count) Float32: expected \(4 * count) bytes, found \(blob.byteCount)")
    }
    return unsafe [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Every supported machine has floats least significant byte first in memory.
      unsafe blob.withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0)
      }
      initialized = count
    }
  }
}
