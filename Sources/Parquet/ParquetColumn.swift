// A column of a Parquet file: its name, type and values.

package struct ParquetError: Error, CustomStringConvertible {
  package let description: String
}

/// What a column holds, as readers see it.
package enum ParquetType: String, Sendable {
  case integer, real, text, blob
  /// Lists.
  case floats, ints

  /// Parquet's physical type, of a list's elements: INT64, DOUBLE, BYTE_ARRAY, FLOAT, INT32.
  var physical: Int {
    switch self {
    case .integer: 2
    case .real: 5
    case .text, .blob: 6
    case .floats: 4
    case .ints: 1
    }
  }

  var isList: Bool { self == .floats || self == .ints }
}

/// A value for a column of its type.
package enum ParquetValue: Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text([UInt8])
  case blob([UInt8])
  case floats([Float])
  case ints([Int32])

  package var type: ParquetType? {
    switch self {
    case .null: nil
    case .integer: .integer
    case .real: .real
    case .text: .text
    case .blob: .blob
    case .floats: .floats
    case .ints: .ints
    }
  }

  /// Bytes in memory, about.
  package var size: Int {
    switch self {
    case .null: 1
    case .integer, .real: 8
    case .text(let bytes), .blob(let bytes): 4 + bytes.count
    case .floats(let vector): 4 * vector.count
    case .ints(let vector): 4 * vector.count
    }
  }
}
