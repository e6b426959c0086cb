// A NumPy array in a pickle: numpy/core/src/multiarray/methods.c, array_reduce and array_setstate.
// No object arrays, no structured or big-endian types.

internal import Basics

/// Shape and bytes of an array whose length agrees with its shape.
package struct PickledArray: Sendable {
  package let shape: [Int]
  /// NumPy's kind and width, such as `u1` or `f4`; little-endian.
  package let element: String
  /// Fortran's order: the first index runs fastest.
  package let isColumnMajor: Bool
  package let bytes: ArraySlice<UInt8>

  private static let reconstruct: Set<String> = [
    "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
  ]
  private static let fromBuffer: Set<String> = [
    "numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer",
  ]

  /// `_reconstruct(ndarray, (0,), 'b')` with the state (version, shape, type, isColumnMajor,
  /// bytes), or as protocol 5 has it, `_frombuffer(bytes, type, shape, order)`.
  ///
  /// - Throws: `PickleError` with the name of any other call.
  package init(_ reference: PickleReference, in tree: PickleTree) throws(PickleError) {
    guard let call = tree.call(reference) else {
      throw PickleError("expected a NumPy array, found \(tree.kind(reference))")
    }
    let (shape, isColumnMajor, type, content): ([Int], Bool, PickleReference, PickleReference)
    if Self.fromBuffer.contains(call.name) {
      guard call.arguments.count == 4, let sides = tree.ints(call.arguments[2]),
        let order = tree.text(call.arguments[3]), ["C", "F"].contains(order)
      else { throw PickleError("expected a NumPy array's bytes, type, shape and order C or F") }
      (shape, isColumnMajor) = (sides, order == "F")
      (type, content) = (call.arguments[1], call.arguments[0])
    } else {
      guard Self.reconstruct.contains(call.name), let array = call.arguments.first,
        tree.global(array) == "numpy.ndarray"
      else {
        throw PickleError("asks for \(call.name.shown()), which is no NumPy array and is not run")
      }
      guard let state = call.state.flatMap(tree.elements), state.count == 5,
        let sides = tree.ints(state[1]), let isFortran = tree.bool(state[3])
      else { throw PickleError("expected a NumPy array's version, shape, type, order and bytes") }
      (shape, isColumnMajor) = (sides, isFortran)
      (type, content) = (state[2], state[4])
    }
    let element = try Self.element(type, in: tree)
    let bytes = try Self.bytes(content, in: tree)
    var size = Int(element.dropFirst()) ?? 0
    for side in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: side)
      guard side >= 0, !overflow else {
        throw PickleError("expected a shape that fits a file, found \(shape.prefix(4))")
      }
      size = product
    }
    guard size == bytes.count else {
      throw PickleError(
        "expected \(size) bytes for shape \(shape.prefix(4)), found \(bytes.count)")
    }
    self.shape = shape
    self.element = element
    self.isColumnMajor = isColumnMajor
    self.bytes = bytes
  }

  /// `dtype('u1', 0, 1)` with the state (version, byte order, …).
  private static func element(
    _ reference: PickleReference, in tree: PickleTree
  ) throws(PickleError) -> String {
    guard let call = tree.call(reference), call.name == "numpy.dtype",
      let name = call.arguments.first.flatMap(tree.text)
    else { throw PickleError("expected a numpy.dtype, found \(tree.kind(reference))") }
    let state = call.state.flatMap(tree.elements) ?? []
    let order = state.count > 1 ? tree.text(state[1]) : nil
    guard let kind = name.utf8.first, "biuf".utf8.contains(kind),
      let width = Int(name.dropFirst()), [1, 2, 4, 8].contains(width), order != ">"
    else { throw PickleError("expected little-endian numbers, found \(name.shown(20))") }
    return name
  }

  /// Bytes, or as Python 3 writes them in protocol 2, a string of their values to be encoded as
  /// Latin-1.
  private static func bytes(
    _ reference: PickleReference, in tree: PickleTree
  ) throws(PickleError) -> ArraySlice<UInt8> {
    if case .bytes(let bytes) = tree[reference] { return bytes }
    guard let call = tree.call(reference) else {
      throw PickleError("expected an array's bytes, found \(tree.kind(reference))")
    }
    guard call.name == "_codecs.encode", call.arguments.count == 2,
      let encoding = tree.text(call.arguments[1]), ["latin1", "latin-1"].contains(encoding),
      case .string(let text) = tree[call.arguments[0]]
    else { throw PickleError("asks for \(call.name.shown()), which is not run") }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else {
        throw PickleError("expected characters of Latin-1 in an array, found another")
      }
      bytes.append(byte)
    }
    return bytes[...]
  }
}
