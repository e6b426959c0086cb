// What weight files hold.

/// A named tensor as files hold it: PyTorch's shape and order, row-major.
package struct Tensor: Hashable, Sendable {
  package let shape: [Int]
  package let values: [Float]

  package init(shape: [Int], values: [Float]) {
    precondition(
      shape.reduce(1, *) == values.count, "A tensor has as many values as its shape says.")
    self.shape = shape
    self.values = values
  }
}
