// Little-endian reading and writing, and the sizes of packed bits. Bounds are checked, always.

internal import CKernels

/// Bytes that hold `bits` bits.
func byteCount(bits: Int) -> Int { (bits + 7) / 8 }

/// Bit j is set where element j is not zero; NaN is not zero.
func nonzeroMask(_ vector: Span<Float>) -> [UInt8] {
  var mask = [UInt8](repeating: 0, count: byteCount(bits: vector.count))
  unsafe vector.withUnsafeBufferPointer { vector in
    unsafe engram_nonzero_mask(vector.baseAddress, vector.count, &mask)
  }
  return mask
}

extension RawSpan {
  func byte(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  func uint32(_ offset: Int) -> UInt32 {
    UInt32(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// Bit `index`, counted from byte `offset`, least significant first.
  func bit(_ index: Int, from offset: Int) -> Bool {
    byte(offset + index / 8) >> UInt8(index % 8) & 1 == 1
  }

  /// The last byte of a row of `bits` bits has no bit set past the row's end.
  func isPadded(row offset: Int, bits: Int) -> Bool {
    bits % 8 == 0 || byte(offset + bits / 8) >> UInt8(bits % 8) == 0
  }
}

extension [UInt8] {
  mutating func append(littleEndian value: UInt32) {
    append(UInt8(truncatingIfNeeded: value))
    append(UInt8(truncatingIfNeeded: value >> 8))
    append(UInt8(truncatingIfNeeded: value >> 16))
    append(UInt8(truncatingIfNeeded: value >> 24))
  }
}
