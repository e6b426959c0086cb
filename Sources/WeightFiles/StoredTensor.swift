// A tensor as a file describes it, a view of numbers that lie somewhere else in it, and taking it
// out.

internal import Basics
internal import Pickle

/// A row of numbers in a file.
struct TensorStorage: Hashable {
  let key: String
  let type: ElementType
  /// In elements.
  let count: Int
}

/// Shape, strides and offset in elements, as PyTorch has them.
struct StoredTensor {
  let name: String
  let storage: TensorStorage
  let offset: Int
  let shape: [Int]
  let strides: [Int]

  /// PyTorch itself allows 64.
  static let mostDimensions = 64

  private var isContiguous: Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// The number of elements, and of those in the storage from the first to the last; nil where they
  /// do not lie within the storage.
  func extent() -> (count: Int, span: Int)? {
    guard shape.count == strides.count, shape.count <= Self.mostDimensions, offset >= 0,
      shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 })
    else { return nil }
    var count = 1
    var last = offset
    for (size, stride) in zip(shape, strides) {
      let (product, tooMany) = count.multipliedReportingOverflow(by: size)
      let (distance, tooFar) = max(0, size - 1).multipliedReportingOverflow(by: stride)
      let (sum, tooLong) = last.addingReportingOverflow(distance)
      guard !tooMany, !tooFar, !tooLong else { return nil }
      (count, last) = (product, sum)
    }
    if count == 0 { return offset <= storage.count ? (0, 0) : nil }
    return last < storage.count ? (count, last - offset + 1) : nil
  }

  /// In row-major order.
  /// - Parameters:
  ///   - span: Of `extent()`.
  ///   - start: The byte in `source` where the storage begins; all of it is there.
  func read(_ source: ByteSource, span: Int, at start: Int) throws -> Tensor {
    let floats = try source.floats(
      storage.type, at: start + offset * storage.type.size, count: span)
    // Of an empty tensor the sizes behind a 0 may have a product beyond Int.
    if floats.isEmpty || isContiguous { return Tensor(shape: shape, values: floats) }
    return Tensor(shape: shape, values: gathered(floats))
  }

  private func gathered(_ floats: [Float]) -> [Float] {
    let count = shape.reduce(1, *)
    var position = [Int](repeating: 0, count: shape.count)
    var source = 0
    var values: [Float] = []
    values.reserveCapacity(count)
    for _ in 0..<count {
      values.append(floats[source])
      var axis = shape.count - 1
      while axis >= 0 {
        position[axis] += 1
        source += strides[axis]
        if position[axis] < shape[axis] { break }
        source -= shape[axis] * strides[axis]
        position[axis] = 0
        axis -= 1
      }
    }
    return values
  }
}
