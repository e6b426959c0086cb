// The types of numbers an array may have, and a number's value by its bytes. No complex numbers, texts, objects or
// structures, and no floats of 10 or 16 bytes, which differ between machines.

/// The type of an array's elements.
package struct ArrayElement: Equatable, Sendable {
  package enum Kind: Sendable { case truth, signed, unsigned, float }

  package let kind: Kind
  /// Bytes of one.
  package let width: Int
  package let isBigEndian: Bool

  /// Bytes from 0 to 255.
  package static let byte = ArrayElement(kind: .unsigned, width: 1, isBigEndian: false)

  private init(kind: Kind, width: Int, isBigEndian: Bool) {
    (self.kind, self.width, self.isBigEndian) = (kind, width, isBigEndian)
  }

  /// NumPy's name of it, such as "<i8", ">u2", "|u1", "u1", "int64", "<f4" or "|b1". Without a byte order it is the
  /// machine's, which on every supported one is little-endian.
  package init?(_ name: String) {
    var rest = name[...]
    let mark = rest.first
    if let mark, "<>=|".contains(mark) { rest.removeFirst() }
    let isBigEndian = mark == ">"
    if rest == "b1" || rest == "bool" || rest == "?" {
      self.init(kind: .truth, width: 1, isBigEndian: false)
      return
    }
    let bits = ["8": 1, "16": 2, "32": 4, "64": 8]
    let bytes = ["1": 1, "2": 2, "4": 4, "8": 8]
    for (long, short, kind) in [
      ("uint", "u", Kind.unsigned), ("int", "i", .signed), ("float", "f", .float),
    ] where rest.hasPrefix(short) {
      let isLong = rest.hasPrefix(long)
      let size = String(rest.dropFirst(isLong ? long.count : short.count))
      guard let width = (isLong ? bits : bytes)[size], kind != .float || width > 1 else {
        return nil
      }
      // One byte has no order.
      self.init(kind: kind, width: width, isBigEndian: isBigEndian && width > 1)
      return
    }
    return nil
  }

  /// NumPy's long name of it, for messages.
  package var name: String {
    switch kind {
    case .truth: "bool"
    case .signed: "int\(8 * width)"
    case .unsigned: "uint\(8 * width)"
    case .float: "float\(8 * width)"
    }
  }

  /// The bits of element `index` of those that `bytes` hold.
  @inline(__always)
  private func bits(_ index: Int, of bytes: borrowing RawSpan) -> UInt64 {
    let offset = index * width
    switch width {
    case 1:
      return UInt64(unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self))
    case 2:
      let raw = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self)
      return UInt64(isBigEndian ? UInt16(bigEndian: raw) : UInt16(littleEndian: raw))
    case 4:
      let raw = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
      return UInt64(isBigEndian ? UInt32(bigEndian: raw) : UInt32(littleEndian: raw))
    default:
      let raw = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self)
      return isBigEndian ? UInt64(bigEndian: raw) : UInt64(littleEndian: raw)
    }
  }

  /// Element `index` of those that `bytes` hold. Whole numbers beyond 2⁵³ are rounded.
  package func value(_ index: Int, of bytes: borrowing RawSpan) -> Double {
    precondition(
      index >= 0 && (index + 1) * width <= bytes.byteCount, "An element lies within its array.")
    let bits = bits(index, of: bytes)
    switch (kind, width) {
    case (.truth, _): return bits == 0 ? 0 : 1
    case (.unsigned, _): return Double(bits)
    case (.signed, _): return Double(signed(bits))
    case (.float, 2): return Double(Self.half(UInt16(truncatingIfNeeded: bits)))
    case (.float, 4): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case (.float, _): return Double(bitPattern: bits)
    }
  }

  private func signed(_ bits: UInt64) -> Int64 {
    let unused = UInt64.bitWidth - 8 * width
    return Int64(bitPattern: bits << UInt64(unused)) >> Int64(unused)
  }

  /// IEEE 754's 16 bits: Swift's own type of them is not on every machine.
  private static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Float(bits & 0x3FF))
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 0x1F: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }
}
