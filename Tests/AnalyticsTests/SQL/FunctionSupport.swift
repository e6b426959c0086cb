// An in-memory connection with the functions on it, and blobs to call them with.

import Analytics
import Bits
import SQLiteKit

/// A database with Engram's functions.
struct FunctionHost: ~Copyable {
  let connection: Connection

  init() throws {
    try registerAutomaticExtension(engramExtensionEntry)
    connection = try Connection.open(":memory:", mode: .create)
  }

  /// The answer of one expression with its parameters in order.
  func value(_ expression: String, _ parameters: Value...) throws -> Value {
    try value(expression, parameters)
  }

  func value(_ expression: String, _ parameters: [Value]) throws -> Value {
    var statement = try connection.prepare("select \(expression)")
    try statement.bind(parameters)
    return try statement.step() ? statement.value(0) : .null
  }

  func real(_ expression: String, _ parameters: Value...) throws -> Double? {
    guard case .real(let value) = try value(expression, parameters) else { return nil }
    return value
  }

  /// SQLite's message where the expression fails.
  func failure(_ expression: String, _ parameters: Value...) -> String? {
    do {
      _ = try value(expression, parameters)
      return nil
    } catch {
      return (error as? SQLiteError)?.message ?? "\(error)"
    }
  }
}

/// One sample's bits as plain truth values, row-major, and as Engram stores them.
struct RandomBits {
  let shape: LayerShape
  let bits: [Bool]
  let blob: [UInt8]

  init(_ shape: LayerShape, density: Double = 0.3, _ generator: inout TestGenerator) throws {
    self.shape = shape
    bits = (0..<shape.interactions).map { _ in generator.uniform() < density }
    blob = try Significance.fromDense(dense(bits).span.bytes, shape: shape)
  }
}

/// Bit i in byte i / 8, least significant first.
func dense(_ bits: [Bool]) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
  for (index, bit) in bits.enumerated() where bit { bytes[index / 8] |= 1 << UInt8(index % 8) }
  return bytes
}

/// A plain vector.
func vectorBlob(_ vector: [Float]) -> Value { .blob(FloatVector.encode(vector.span)) }

func countsBlob(
  _ counters: [UInt32], samples: Int, firstRow: Int = 0, columns: Int = 1
) -> Value {
  .blob(
    CountsBlock(
      samples: samples, firstRow: firstRow, rows: counters.count / columns, columns: columns,
      counters: counters
    ).encoded())
}
