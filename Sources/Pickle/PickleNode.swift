// What a pickle holds, as data.

/// The number of a node in its `PickleTree`.
package struct PickleReference: Hashable, Sendable {
  let index: Int
}

/// One value of a pickle. Nothing that a pickle asks for is looked up or run: a call is a node with
/// the name of what would be called, and stays one.
package enum PickleNode: Sendable {
  package typealias Pair = (key: PickleReference, value: PickleReference)

  case none
  case bool(Bool)
  case int(Int)
  /// A whole number beyond 64 bits: two's complement, little-endian.
  case bigInt(ArraySlice<UInt8>)
  case float(Double)
  /// Python's bytes, and Python 2's strings. A slice of what was parsed.
  case bytes(ArraySlice<UInt8>)
  case string(String)
  case list([PickleReference])
  case tuple([PickleReference])
  /// In the order of the file; a key may come twice, and counts as Python would have it: the last.
  case dictionary([Pair])
  case set([PickleReference])
  /// A class or function.
  case global(module: String, name: String)
  case object(PickleObject)
  /// Something that the file keeps outside of the pickle, by its identifier.
  case persistent(PickleReference)
}

/// The result that a call would have.
package struct PickleObject: Sendable {
  package let function: PickleReference
  /// A tuple as a rule.
  package let arguments: PickleReference
  /// What `__setstate__` would be given.
  package var state: PickleReference?
  /// What would be appended to it.
  package var elements: [PickleReference] = []
  /// What would be stored in it by key.
  package var pairs: [PickleNode.Pair] = []
}
