// Several arrays lent to C at once.

/// Calls `body` with pointers to arrays, none of them empty, which are opened one inside the other: some dozens of them, for
/// each takes a place on the stack.
package func withPointers<T>(
  _ arrays: ArraySlice<[T]>, _ pointers: [UnsafePointer<T>],
  _ body: ([UnsafePointer<T>]) -> Void
) {
  guard let array = arrays.first else { return unsafe body(pointers) }
  unsafe array.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("arrays have elements") }
    unsafe withPointers(arrays.dropFirst(), pointers + [base], body)
  }
}
