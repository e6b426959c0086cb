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
