// One array of NumPy's .npy format, read: numbers of any type and byte order, in C or Fortran order. What stands before
// the elements is ArrayFrame's, types are ArrayElement's, texts TextArray's, writing is NumPyArray's.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

package import FoundationEssentials

/// Shape and bytes of a `.npy` file whose length agrees with its header.
package struct ArrayFile: Sendable {
  package let path: String
  package let shape: [Int]
  package let element: ArrayElement
  /// The whole file.
  package let file: Data
  /// Where the elements begin, from the file's first byte on.
  package let start: Int
  /// Whether the first index runs fastest.
  package let isFortranOrder: Bool

  /// - Parameters:
  ///   - file: The whole file.
  ///   - path: Its path, for messages.
  package init(_ file: Data, path: String) throws(NumPyError) {
    let frame = try ArrayFrame(file, path: path)
    start = frame.start
    let element = try frame.element
    let size = try frame.byteCount(element.width)
    guard file.count - start == size else {
      throw NumPyError(
        path, expected: "\(size) bytes of elements for shape \(frame.shape)",
        found: "\(file.count - start)")
    }
    self.path = path
    self.element = element
    self.file = file
    isFortranOrder = frame.isFortranOrder
    shape = frame.shape
  }

  /// The elements' bytes, in the order in which they are stored.
  package var bytes: RawSpan {
    @_lifetime(borrow self) get { file.bytes.extracting(start..<file.count) }
  }

  /// Some elements in row-major order of an array that is stored so, as little-endian Float32; nil of others, and of elements that
  /// there are not.
  package func plainFloats(_ elements: Range<Int>) -> [Float]? {
    guard element.kind == .float, element.width == 4, !element.isBigEndian,
      !isFortranOrder || shape.count < 2, elements.lowerBound >= 0, elements.upperBound <= count
    else { return nil }
    return unsafe [Float](unsafeUninitializedCapacity: elements.count) { buffer, initialized in
      // Every supported machine has floats least significant byte first in memory.
      unsafe bytes.extracting(4 * elements.lowerBound..<4 * elements.upperBound).withUnsafeBytes {
        unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0)
      }
      initialized = elements.count
    }
  }

  package var count: Int { (file.count - start) / element.width }

  /// How many elements apart neighbours along each axis are.
  package var strides: [Int] {
    var (strides, step) = ([Int](repeating: 0, count: shape.count), 1)
    for axis in isFortranOrder ? Array(shape.indices) : shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    return strides
  }
}
