// A vector of Float64 as a value of SQL: what engram_mean gives where Float32 is not enough.
//
//   "EV", version 1, 0; n (UInt32, little-endian); n Float64.

import Bits

enum WideVector {
  private static let header = 8

  static func encode(_ elements: [Double]) -> [UInt8] {
    var bytes: [UInt8] = [0x45, 0x56, 1, 0]
    bytes.reserveCapacity(header + 8 * elements.count)
    func append(_ number: some FixedWidthInteger) {
      unsafe withUnsafeBytes(of: number.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }
    append(UInt32(elements.count))
    for element in elements { append(element.bitPattern) }
    return bytes
  }

  /// Of a blob that `NamedBlob` tells to be one.
  static func decode(_ blob: RawSpan) -> [Double] {
    (0..<(blob.byteCount - header) / 8).map { index in
      let bits = unsafe blob.unsafeLoadUnaligned(
        fromByteOffset: header + 8 * index, as: UInt64.self)
      return Double(bitPattern: UInt64(littleEndian: bits))
    }
  }
}

extension SQLArguments {
  /// Argument `index`, a plain vector or one of Float64, as Float64.
  func wideVector(_ index: Int) throws(SQLFunctionError) -> [Double] {
    let bytes = try blob(index)
    if NamedBlob(bytes) == .wide { return WideVector.decode(bytes) }
    return try vector(index).map(Double.init)
  }

  /// Arguments 0 and 1, of one length.
  func wideVectorPair() throws(SQLFunctionError) -> ([Double], [Double]) {
    let (a, b) = (try wideVector(0), try wideVector(1))
    guard a.count == b.count else {
      throw SQLFunctionError(argument: 1, "has \(b.count) elements, argument 1 \(a.count)")
    }
    return (a, b)
  }
}
