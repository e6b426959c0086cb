// A tensor that is known before the network runs: a constant of the file, or what was computed of such.

internal import ModelFiles
internal import WeightFiles

/// Numbers in row-major order. A parameter is read where its values are asked for.
struct FoldedTensor: Sendable {
  /// What the numbers are: operations on whole numbers and truth values mean something else than on fractions.
  enum Kind: Sendable {
    case fraction, integer, truth

    init(_ type: ElementType) {
      self = type == .bool ? .truth : type.isInteger ? .integer : .fraction
    }

    /// Of numbers that two are computed of, and of those put together.
    func joined(with other: Kind) -> Kind {
      self == other ? self : self != .fraction && other != .fraction ? .integer : .fraction
    }

    /// Of sums and products: truth values are counted.
    func computed(with other: Kind) -> Kind {
      self == .fraction || other == .fraction ? .fraction : .integer
    }
  }

  let shape: [Int]
  let kind: Kind
  /// The file's own constant, as it stands there.
  let constant: ModelConstant?
  private let numbers: [Double]
  /// What all elements are, where one number stands for them.
  private let repeated: Double?

  init(shape: [Int], _ numbers: [Double], _ kind: Kind) {
    precondition(shape.product == numbers.count, "A tensor has as many values as its shape.")
    self.shape = shape
    self.kind = kind
    self.numbers = numbers
    constant = nil
    repeated = nil
  }

  /// One number for all elements.
  init(shape: [Int], repeating number: Double, _ kind: Kind) {
    self.shape = shape
    self.kind = kind
    constant = nil
    numbers = []
    repeated = number
  }

  /// A list of integers.
  init(_ list: [Int]) {
    self.init(shape: [list.count], list.map(Double.init), .integer)
  }

  init(_ constant: ModelConstant) {
    shape = constant.shape
    kind = Kind(constant.type)
    self.constant = constant
    numbers = []
    repeated = nil
  }

  private init(_ other: FoldedTensor, shape: [Int]) {
    self.shape = shape
    kind = other.kind
    constant = other.constant
    numbers = other.numbers
    repeated = other.repeated
  }

  /// Integers and truth values.
  var isInteger: Bool { kind != .fraction }

  /// Whether one number stands for all elements.
  var isRepeated: Bool { repeated != nil }

  var count: Int { shape.product }

  /// Numbers that it keeps of its own.
  var memory: Int { numbers.count }

  func values() throws -> [Double] {
    if let repeated { return [Double](repeating: repeated, count: count) }
    guard let constant else { return numbers }
    return isInteger
      ? try constant.integers().map(Double.init) : try constant.floats().map(Double.init)
  }

  func floats() throws -> [Float] {
    if let repeated { return [Float](repeating: Float(repeated), count: count) }
    if let constant, !isInteger { return try constant.floats() }
    return try values().map(Float.init)
  }

  /// Beyond ±2⁵³, where files write "to the end", that.
  func integers() throws -> [Int] {
    try values().map { value in
      if abs(value) >= 0x1p53 { return value < 0 ? -(1 << 53) : 1 << 53 }
      guard let integer = Int(exactly: value) else {
        throw NetworkError("expected integers, found \(value)")
      }
      return integer
    }
  }

  /// The only element.
  func scalar() throws -> Double {
    guard count == 1 else { throw NetworkError("expected one number, found a tensor of \(shape)") }
    return try values()[0]
  }

  func tensor() throws -> Tensor { Tensor(shape: shape, values: try floats()) }

  /// The same numbers in the same order. A constant of the file stays one.
  func reshaped(to shape: [Int]) throws -> FoldedTensor {
    guard shape.allSatisfy({ $0 >= 0 }), shape.product == count else {
      throw NetworkError("expected \(count) elements, found the shape \(shape)")
    }
    return FoldedTensor(self, shape: shape)
  }
}

extension ElementType {
  var isInteger: Bool {
    switch self {
    case .float32, .float16, .bfloat16, .float64: false
    case .int64, .int32, .int16, .int8, .uint8, .bool: true
    }
  }
}
