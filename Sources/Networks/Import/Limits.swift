// What a hostile file may not ask for: sizes whose products no Int holds, values that no memory does.

internal import ModelFiles

enum Limits {
  /// Elements of one sample's value.
  static let elements = 1 << 28
  /// Places that a copy lists one by one.
  static let places = 1 << 26
  /// Elements of all that is computed before the network runs.
  static let folded = 1 << 27
  static let axes = 16
  /// Of windows, strides, dilations and padding.
  static let window = 1...1 << 14

  /// - Throws: `NetworkError` where a value is too large.
  static func check(_ sizes: [Int], most: Int = elements) throws {
    guard sizes.count <= axes, sizes.allSatisfy({ $0 > 0 }), sizes.product <= most else {
      throw NetworkError(
        "expected a value of at most \(axes) axes and \(most) elements, found \(sizes.prefix(axes + 1))"
      )
    }
  }
}

extension Collection<Int> {
  /// The product, or the largest Int where it is larger.
  var product: Int {
    var result = 1
    for size in self {
      let (next, overflows) = result.multipliedReportingOverflow(by: size)
      if overflows { return .max }
      result = next
    }
    return result
  }
}
