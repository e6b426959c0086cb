// The types of numbers that weight files hold, and what they are as Float32. No complex, quantised
// or 8-bit floats.

/// An element type; all are little-endian.
package enum ElementType: String, CaseIterable, Sendable {
  case float32, float16, bfloat16, float64, int64, int32, int16, int8, uint8, bool

  /// In bytes.
  package var size: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// As safetensors has it.
  var name: String {
    switch self {
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float64: "F64"
    case .int64: "I64"
    case .int32: "I32"
    case .int16: "I16"
    case .int8: "I8"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }

  /// PyTorch's storage class without its module.
  var storage: String {
    switch self {
    case .float32: "FloatStorage"
    case .float16: "HalfStorage"
    case .bfloat16: "BFloat16Storage"
    case .float64: "DoubleStorage"
    case .int64: "LongStorage"
    case .int32: "IntStorage"
    case .int16: "ShortStorage"
    case .int8: "CharStorage"
    case .uint8: "ByteStorage"
    case .bool: "BoolStorage"
    }
  }

  init?(named name: String) {
    guard let type = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = type
  }

  /// - Parameter global: Such as `torch.FloatStorage`; of old files, `torch.cuda.FloatStorage` too.
  init?(storage global: String) {
    let type = Self.allCases.first {
      global == "torch." + $0.storage || global == "torch.cuda." + $0.storage
    }
    guard let type else { return nil }
    self = type
  }

  /// The elements, rounded to the nearest Float32 where they have more digits.
  package func floats(_ bytes: [UInt8]) -> [Float] {
    switch self {
    case .float32: Self.map(bytes) { (bits: UInt32) in Float(bitPattern: bits) }
    case .float16: Self.map(bytes) { (bits: UInt16) in Float(Float16(bitPattern: bits)) }
    case .bfloat16: Self.map(bytes) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .float64: Self.map(bytes) { (bits: UInt64) in Float(Double(bitPattern: bits)) }
    case .int64: Self.map(bytes) { (value: Int64) in Float(value) }
    case .int32: Self.map(bytes) { (value: Int32) in Float(value) }
    case .int16: Self.map(bytes) { (value: Int16) in Float(value) }
    case .int8: Self.map(bytes) { (value: Int8) in Float(value) }
    case .uint8: Self.map(bytes) { (value: UInt8) in Float(value) }
    case .bool: Self.map(bytes) { (value: UInt8) in value == 0 ? 0 : 1 }
    }
  }

  /// The elements of a type of integers, 0 and 1 for bools; nil for a type of floats.
  package func integers(_ bytes: [UInt8]) -> [Int]? {
    switch self {
    case .float32, .float16, .bfloat16, .float64: nil
    case .int64: Self.map(bytes) { (value: Int64) in Int(value) }
    case .int32: Self.map(bytes) { (value: Int32) in Int(value) }
    case .int16: Self.map(bytes) { (value: Int16) in Int(value) }
    case .int8: Self.map(bytes) { (value: Int8) in Int(value) }
    case .uint8: Self.map(bytes) { (value: UInt8) in Int(value) }
    case .bool: Self.map(bytes) { (value: UInt8) in value == 0 ? 0 : 1 }
    }
  }

  @inline(__always)
  private static func map<Raw: FixedWidthInteger & BitwiseCopyable, Value: BitwiseCopyable>(
    _ bytes: [UInt8], _ value: (Raw) -> Value
  ) -> [Value] {
    let width = MemoryLayout<Raw>.size
    let count = bytes.count / width
    return unsafe bytes.withUnsafeBytes { source in
      unsafe [Value](unsafeUninitializedCapacity: count) { target, initialized in
        for i in 0..<count {
          let raw = unsafe source.loadUnaligned(fromByteOffset: i * width, as: Raw.self)
          unsafe target.initializeElement(at: i, to: value(Raw(littleEndian: raw)))
        }
        initialized = count
      }
    }
  }
}
