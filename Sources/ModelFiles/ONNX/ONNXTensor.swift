// ONNX's TensorProto: where a tensor's numbers lie, and taking them out. Fields by their numbers in onnx.proto3. No strings,
// no complex numbers, none of 4 bits and none of 8-bit floats.

internal import Basics
internal import WeightFiles

/// A tensor as the file describes it; the numbers stay where they are.
struct ONNXTensor {
  private(set) var name = ""
  private(set) var shape: [Int] = []
  private var typeCode = 0
  private var raw: Range<Int>?
  private var isExternal = false
  private var external: [String: String] = [:]
  /// Fields of numbers one by one: `float_data` and its like.
  private var hasTyped = false
  private let message: ProtobufMessage

  init(_ message: ProtobufMessage) throws {
    self.message = message
    try message.fields { field in
      switch field.number {
      case 1:
        try field.append(to: &shape)
        guard shape.count <= 64 else { throw message.failure(0, "at most 64 axes", "more") }
      case 2: typeCode = try field.int()
      case 4, 5, 7, 10, 11: hasTyped = true
      case 8: name = try field.text()
      case 9: raw = try field.range()
      case 13:
        let (key, value) = try ONNXModel.pair(field.submessage())
        external[key] = value
      case 14: isExternal = try field.int() == 1
      default: break
      }
    }
  }

  /// - Parameters:
  ///   - name: Of the value.
  ///   - files: Which external files were opened.
  func constant(_ name: String, files: ONNXDataFiles) throws -> ModelConstant {
    let source = message.window.source
    guard let type = Self.types[typeCode] else {
      throw source.refuse(
        "\(name.shown()) of floats, whole numbers of 8 to 64 bits or bools",
        "ONNX's element type \(Self.names[typeCode] ?? String(typeCode))")
    }
    guard let size = ModelConstant.byteCount(shape, type) else {
      throw source.refuse("sizes of \(name.shown()) with a product", "\(shape)")
    }
    if isExternal {
      let (file, start) = try files.place(external, size: size, of: name)
      return ModelConstant(name: name, type: type, shape: shape, in: file, at: start)
    }
    if let raw {
      guard raw.count == size else {
        throw source.refuse("\(size) bytes of \(name.shown()), as \(shape) needs", "\(raw.count)")
      }
      return ModelConstant(
        name: name, type: type, shape: shape, in: source, at: raw.lowerBound)
    }
    let count = size / type.size
    // A number takes a byte at least: nothing larger than the message is made of it.
    guard count <= message.range.count, hasTyped || count == 0 else {
      throw source.refuse("\(count) elements of \(name.shown())", "fewer, or none")
    }
    let (range, field) = (message.range, Self.field(of: type))
    return ModelConstant(name: name, type: type, shape: shape) {
      try Self.typed(ProtobufMessage(ByteWindow(source), range), type, field, of: name)
    }
  }

  /// Numbers that stand one by one, as the bytes that `type` has.
  private static func typed(
    _ message: ProtobufMessage, _ type: ElementType, _ field: Int, of name: String
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try message.fields { found in
      guard found.number == field else { return }
      switch (found.value, field) {
      case (.fixed(let range), 4), (.fixed(let range), 10), (.bytes(let range), 4),
        (.bytes(let range), 10):
        bytes += try message.window.slice(range)
      default:
        var integers: [Int] = []
        try found.append(to: &integers)
        for integer in integers {
          for byte in 0..<type.size {
            bytes.append(UInt8(truncatingIfNeeded: integer >> (8 * byte)))
          }
        }
      }
    }
    return bytes
  }

  /// Where numbers of a type stand that stand one by one; half floats as the integers of their bits.
  private static func field(of type: ElementType) -> Int {
    switch type {
    case .float32: 4
    case .float64: 10
    case .int64: 7
    case .float16, .bfloat16, .int32, .int16, .int8, .uint8, .bool: 5
    }
  }

  static let types: [Int: ElementType] = [
    1: .float32, 2: .uint8, 3: .int8, 5: .int16, 6: .int32, 7: .int64, 9: .bool, 10: .float16,
    11: .float64, 16: .bfloat16,
  ]

  static let names: [Int: String] = [
    0: "UNDEFINED", 4: "UINT16", 8: "STRING", 12: "UINT32", 13: "UINT64", 14: "COMPLEX64",
    15: "COMPLEX128", 17: "FLOAT8E4M3FN", 18: "FLOAT8E4M3FNUZ", 19: "FLOAT8E5M2",
    20: "FLOAT8E5M2FNUZ", 21: "UINT4", 22: "INT4", 23: "FLOAT4E2M1",
  ]
}
