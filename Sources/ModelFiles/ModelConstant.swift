// A tensor that a model file holds: its description at hand, its numbers where they are asked for. No arithmetic.

package import WeightFiles

/// A tensor that the file holds.
package struct ModelConstant: Sendable {
  private enum Place: Sendable {
    case file(ByteSource, start: Int)
    case made(@Sendable () throws -> [UInt8])
  }

  /// As its module calls it ("features.0.weight"), or the name of the value where the file does not say.
  package let name: String
  package let type: ElementType
  package let shape: [Int]
  private let place: Place

  /// - Parameter bytes: The elements in row-major order, little-endian; read where they are asked for.
  package init(
    name: String, type: ElementType, shape: [Int], bytes: @escaping @Sendable () throws -> [UInt8]
  ) {
    self.init(name, type, shape, .made(bytes))
  }

  /// - Parameter start: The byte of `source` where the elements begin, in row-major order; all of them are there.
  init(name: String, type: ElementType, shape: [Int], in source: ByteSource, at start: Int) {
    self.init(name, type, shape, .file(source, start: start))
  }

  private init(_ name: String, _ type: ElementType, _ shape: [Int], _ place: Place) {
    precondition(
      Self.byteCount(shape, type) != nil, "A constant's sizes have a product that is an Int.")
    (self.name, self.type, self.shape, self.place) = (name, type, shape, place)
  }

  package var count: Int { shape.reduce(1, *) }

  /// The elements in row-major order, rounded to the nearest Float32 where they have more digits.
  ///
  /// - Throws: `ModelFileError` where the file does not have as many.
  package func floats() throws -> [Float] {
    guard case .file(let source, let start) = place else { return type.floats(try bytes()) }
    return try ModelFileError.wrapping { try source.floats(type, at: start, count: count) }
  }

  /// The elements of a tensor of integers; bools are 0 and 1.
  ///
  /// - Throws: `ModelFileError` for floats, whole numbers or not.
  package func integers() throws -> [Int] {
    // Told before anything is read.
    guard type.integers([]) != nil, let integers = type.integers(try bytes()) else {
      throw ModelFileError("\(name): expected a tensor of integers, found one of \(type.rawValue).")
    }
    return integers
  }

  /// The same elements by another name, or in another shape of as many.
  func renamed(_ name: String, shape: [Int]? = nil) -> ModelConstant {
    let shape = shape ?? self.shape
    precondition(shape.reduce(1, *) == count, "A constant keeps its elements.")
    return ModelConstant(name, type, shape, place)
  }

  /// As the file has them, in its own type.
  func bytes() throws -> [UInt8] {
    let size = count * type.size
    switch place {
    case .file(let source, let start):
      return try ModelFileError.wrapping { try source.bytes(start..<start + size) }
    case .made(let make):
      let bytes = try make()
      guard bytes.count == size else {
        throw ModelFileError("\(name): expected \(size) bytes, found \(bytes.count).")
      }
      return bytes
    }
  }

  /// Of a tensor of these sizes; nil where one is negative or the product is no Int.
  static func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
    var product = type.size
    // As `count` multiplies, so that a 0 does not hide sizes beyond Int before it.
    for size in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      product = next
    }
    return product
  }
}
