// Arguments that are Engram's own encodings, checked before anything is computed from them.

import Bits

extension SQLArguments {
  /// What `read` makes of a significance bitset.
  func significance<T>(
    _ index: Int, _ read: (RawSpan) throws(BitsError) -> T
  ) throws(SQLFunctionError) -> T {
    let bits = try blob(index)
    do {
      return try read(bits)
    } catch {
      throw SQLFunctionError(argument: index, "is not a significance bitset: \(error)")
    }
  }

  /// What `read` makes of two bitsets of one shape, arguments 0 and 1.
  func significancePair<T>(
    _ read: (RawSpan, RawSpan) throws(BitsError) -> T
  ) throws(SQLFunctionError) -> T {
    let a = try significance(0, Significance.header).shape
    let b = try significance(1, Significance.header).shape
    guard a == b else {
      throw SQLFunctionError(
        argument: 1, "is of a layer \(b), argument 1 of \(a)")
    }
    let (first, second) = (try blob(0), try blob(1))
    do {
      return try read(first, second)
    } catch {
      throw SQLFunctionError("\(error)")
    }
  }

  /// A block of a class profile; no counter exceeds its number of samples.
  func counts(_ index: Int) throws(SQLFunctionError) -> CountsBlock {
    let bytes = try blob(index)
    do {
      return try CountsBlock(decoding: bytes)
    } catch {
      throw SQLFunctionError(argument: index, "is not a block of counts: \(error)")
    }
  }
}

/// Blobs that say in their first bytes what they are. A plain vector has no such bytes; one whose first element happens to
/// look like them does not have their exact size.
enum NamedBlob: String {
  case bitset = "a significance bitset"
  case counts = "a block of counts"
  case matrix = "a symmetric matrix"
  case wide = "a vector of Float64"

  /// nil for anything else.
  init?(_ blob: RawSpan) {
    guard blob.byteCount >= 12 else { return nil }
    func byte(_ offset: Int) -> UInt8 {
      unsafe blob.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
    func word(_ offset: Int) -> Int {
      guard offset + 4 <= blob.byteCount else { return 0 }
      let word = unsafe blob.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)
      return Int(UInt32(littleEndian: word))
    }
    guard byte(0) == UInt8(ascii: "E"), byte(2) == 1 else { return nil }
    /// Whether so many rows of so many bytes fill the blob behind its header.
    func fills(_ rows: Int, _ rowBytes: Int, behind header: Int) -> Bool {
      let (bytes, isTooLarge) = rows.multipliedReportingOverflow(by: rowBytes)
      return !isTooLarge && bytes == blob.byteCount - header
    }
    switch byte(1) {
    case UInt8(ascii: "B")
    where fills(word(12), (word(4) + 7) / 8, behind: 16 + (word(8) + 7) / 8): self = .bitset
    case UInt8(ascii: "C")
    where fills(
      word(12), word(16) * Int(byte(3)), behind: 20):
      self = .counts
    case UInt8(ascii: "M") where fills(word(4), 8 * word(4), behind: 12): self = .matrix
    case UInt8(ascii: "V") where fills(word(4), 8, behind: 8): self = .wide
    default: return nil
    }
  }
}
