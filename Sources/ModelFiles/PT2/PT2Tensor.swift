// What an exported program says of a tensor: type, sizes, strides, and where its bytes are. torch/_export/serde/schema.py,
// TensorMeta and PayloadMeta.

internal import Basics
internal import WeightFiles

/// A TensorMeta.
struct PT2Tensor {
  /// Nil for complex numbers, 8-bit floats and unsigned ones of 16 bits and more.
  let type: ElementType?
  let typeCode: Int
  let sizes: [ModelInput.Size]
  private let strides: [Int]?
  private let offset: Int?

  init?(_ meta: JSONValue?) {
    guard let meta, let code = meta["dtype"]?.int, let sizes = meta["sizes"]?.array else {
      return nil
    }
    typeCode = code
    type = Self.types[code]
    self.sizes = sizes.map(Self.size)
    strides = meta["strides"]?.array.flatMap { strides in
      let known = strides.compactMap { $0["as_int"]?.int }
      return known.count == strides.count ? known : nil
    }
    offset = meta["storage_offset"]?["as_int"]?.int
  }

  /// All sizes, where none is open.
  var shape: [Int]? {
    let known = sizes.compactMap { if case .fixed(let size) = $0 { size } else { nil } }
    return known.count == sizes.count ? known : nil
  }

  /// Whether a view of this form of the other's memory has the same elements in the same places.
  func lies(as other: PT2Tensor) -> Bool {
    guard let strides, let others = other.strides, sizes == other.sizes, type == other.type,
      offset == other.offset, strides.count == others.count, strides.count == sizes.count
    else { return false }
    return sizes.indices.allSatisfy { sizes[$0] == .fixed(1) || strides[$0] == others[$0] }
  }

  /// A SymInt: a number, or the expression of symbols; a symbol alone by its name.
  private static func size(_ json: JSONValue) -> ModelInput.Size {
    if let size = json["as_int"]?.int { return .fixed(size) }
    let expression = json["as_expr"]?["expr_str"]?.text ?? ""
    let parts = expression.split(separator: "'", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "Symbol(" else { return .open(expression) }
    return .open(String(parts[1]))
  }

  /// - Parameters:
  ///   - name: As the module calls it.
  ///   - range: Of the bytes that the tensor is a view of.
  /// - Throws: `ModelFileError` where it does not lie within them.
  func constant(_ name: String, in source: ByteSource, _ range: Range<Int>) throws -> ModelConstant
  {
    guard let type else {
      throw source.refuse(
        "\(name.shown()) of floats, whole numbers or bools", "PyTorch's type \(typeCode)")
    }
    guard let shape, shape.count <= 64, let size = ModelConstant.byteCount(shape, type),
      let strides,
      strides.count == shape.count, let offset, offset >= 0, strides.allSatisfy({ $0 >= 0 }),
      let span = Self.span(shape, strides, offset), size == 0 || span <= range.count / type.size
    else {
      throw source.refuse(
        "the elements of \(name.shown()) within its \(range.count) bytes", "others")
    }
    if size == 0 {
      return ModelConstant(name: name, type: type, shape: shape) { [] }
    }
    if Self.isContiguous(shape, strides) {
      return ModelConstant(
        name: name, type: type, shape: shape, in: source, at: range.lowerBound + offset * type.size)
    }
    let view = range.lowerBound + offset * type.size..<range.lowerBound + span * type.size
    // A stride of 0 has one number stand for many: what is made must not outgrow what is there.
    guard size <= 64 * max(1 << 20, view.count) else {
      throw source.refuse("\(name.shown()) as large as its bytes", "\(size) of \(view.count)")
    }
    return ModelConstant(name: name, type: type, shape: shape) {
      Self.gathered(try source.bytes(view), type.size, shape, strides)
    }
  }

  /// Elements from the storage's first to the tensor's last; nil for what is no Int.
  private static func span(_ shape: [Int], _ strides: [Int], _ offset: Int) -> Int? {
    var last = offset
    for (size, stride) in zip(shape, strides) {
      let (distance, tooFar) = max(0, size - 1).multipliedReportingOverflow(by: stride)
      let (sum, tooLong) = last.addingReportingOverflow(distance)
      guard !tooFar, !tooLong else { return nil }
      last = sum
    }
    return last < Int.max ? last + 1 : nil
  }

  private static func isContiguous(_ shape: [Int], _ strides: [Int]) -> Bool {
    var expected = 1
    for (size, stride) in zip(shape, strides).reversed() where size != 1 {
      if stride != expected { return false }
      expected *= size
    }
    return true
  }

  /// In row-major order.
  private static func gathered(
    _ bytes: [UInt8], _ width: Int, _ shape: [Int], _ strides: [Int]
  ) -> [UInt8] {
    let count = shape.reduce(1, *)
    var position = [Int](repeating: 0, count: shape.count)
    var source = 0
    var result: [UInt8] = []
    result.reserveCapacity(count * width)
    for _ in 0..<count {
      result += bytes[source * width..<(source + 1) * width]
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
    return result
  }

  static let types: [Int: ElementType] = [
    1: .uint8, 2: .int8, 3: .int16, 4: .int32, 5: .int64, 6: .float16, 7: .float32, 8: .float64,
    12: .bool, 13: .bfloat16,
  ]
}
