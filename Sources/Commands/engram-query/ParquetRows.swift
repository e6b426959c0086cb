// A statement's rows as a Parquet file: which type each column has, and what does not fit it. The file itself is Parquet's.

import Basics
import Bits
import CommandLineTool
import Parquet
import SQLiteKit
import Warehouse

/// Columns have the types that their tables declare. Of an expression the first rows tell it: reals where there are any.
struct ParquetRows {
  /// Rows that are looked at before an expression's column has its type, and the most bytes they may be.
  private static let ahead = (rows: 1000, bytes: 8 << 20)

  let names: [String]
  /// As far as tables declare them.
  let types: [ParquetType?]
  private let vectors: [Int: Vector]
  private let layers: [Int: (inputs: Int, outputs: Int)]

  /// A column of stored vectors.
  private enum Vector {
    /// x: its length is that of the layer, which this column has.
    case sparse(layer: Int)
    case float
  }

  /// - Parameter warehouse: Has the layers' widths.
  init(of statement: borrowing Statement, in warehouse: borrowing Connection) throws {
    var names: [String] = []
    var origins: [(table: String, column: String)?] = []
    var types: [ParquetType?] = []
    for column in 0..<statement.columnCount {
      names.append(statement.columnName(column))
      origins.append(statement.origin(column))
      types.append(statement.declaredType(column).flatMap(Self.type(declared:)))
    }
    func places(_ column: String) -> [Int] {
      origins.indices.filter {
        origins[$0]?.table == "activation" && origins[$0]?.column == column
      }
    }
    var vectors: [Int: Vector] = [:]
    for column in places("z") { vectors[column] = .float }
    if let layer = places("layer_id").first {
      for column in places("x") { vectors[column] = .sparse(layer: layer) }
    }
    for column in vectors.keys { types[column] = .floats }
    var layers: [Int: (inputs: Int, outputs: Int)] = [:]
    if !vectors.isEmpty {
      var rows = try warehouse.prepare("select layer_id, n_in, n_out from layer")
      while try rows.step() { layers[rows.int(0)] = (rows.int(1), rows.int(2)) }
    }
    self.names = distinctNames(names)
    (self.types, self.vectors, self.layers) = (types, vectors, layers)
  }

  /// Of the type that a table declares; nil for another one.
  static func type(declared: String) -> ParquetType? {
    switch declared.uppercased() {
    case "INTEGER", "INT": .integer
    case "REAL": .real
    case "TEXT": .text
    case "BLOB": .blob
    default: nil
    }
  }

  /// - Returns: the number of rows.
  func write(
    _ statement: inout Statement, _ compression: ParquetCompression, to output: Output
  ) throws -> Int {
    var (first, bytes) = ([[ParquetValue]](), 0)
    while first.count < Self.ahead.rows, bytes < Self.ahead.bytes, try statement.step() {
      first.append(try row(statement, first.count))
      bytes += first[first.count - 1].reduce(0) { $0 + $1.size }
    }
    let isAll = first.count < Self.ahead.rows && bytes < Self.ahead.bytes
    let columns = names.indices.map { column in
      (name: names[column], type: types[column] ?? Self.type(of: first.map { $0[column] }))
    }
    var writer = try ParquetWriter(columns: columns, compression: compression, sink: output.write)
    var count = 0
    func add(_ row: [ParquetValue]) throws {
      var row = row
      for column in row.indices {
        row[column] = try fitted(row[column], writer.type(column), column, count)
      }
      try writer.append(row)
      count += 1
    }
    for row in first { try add(row) }
    first = []
    while !isAll, try statement.step() { try add(row(statement, count)) }
    try writer.finish()
    return count
  }

  /// Of the values that an expression has first.
  private static func type(of values: [ParquetValue]) -> ParquetType? {
    let found = Set(values.compactMap(\.type))
    return found == [.integer, .real] ? .real : values.lazy.compactMap(\.type).first
  }

  /// The current row; `index` is its number from 0, for errors.
  func row(_ statement: borrowing Statement, _ index: Int) throws -> [ParquetValue] {
    var values: [ParquetValue] = []
    values.reserveCapacity(names.count)
    for column in names.indices {
      switch statement.type(column) {
      case .null: values.append(.null)
      case .integer: values.append(.integer(Int64(statement.int(column))))
      case .real: values.append(.real(statement.double(column)))
      case .text:
        let text = statement.bytes(column)
        guard String(validating: text, as: UTF8.self) != nil else {
          throw RequestError(
            description: "column \(names[column]), row \(index + 1): expected text in UTF-8, found "
              + "other bytes; cast(… as blob) in the SQL gives them as they are")
        }
        values.append(.text(text))
      case .blob:
        guard let vector = vectors[column] else {
          values.append(.blob(statement.bytes(column)))
          continue
        }
        values.append(.floats(try floats(statement, column, vector, index)))
      }
    }
    return values
  }

  private func floats(
    _ statement: borrowing Statement, _ column: Int, _ vector: Vector, _ index: Int
  ) throws -> [Float] {
    let blob = statement.blob(column)
    do {
      switch vector {
      case .float: return try FloatVector.decode(blob, count: blob.byteCount / 4)
      case .sparse(let place):
        guard let layer = layers[statement.int(place)] else {
          throw RequestError(description: "layer \(statement.int(place)) is not there")
        }
        return try SparseVector.decode(blob, count: layer.inputs)
      }
    } catch {
      throw RequestError(description: "column \(names[column]), row \(index + 1): \(error)")
    }
  }

  /// A whole number is a real, too, where it is one exactly.
  private func fitted(
    _ value: ParquetValue, _ type: ParquetType?, _ column: Int, _ index: Int
  ) throws -> ParquetValue {
    guard let type, let found = value.type, found != type else { return value }
    if type == .real, case .integer(let number) = value, let real = Double(exactly: number) {
      return .real(real)
    }
    let remedy =
      types[column] == nil
      ? "; cast(… as \(type == .integer && found == .real ? "real" : "text")) in the SQL makes the column one type"
      : ""
    throw RequestError(
      description: "column \(names[column]), row \(index + 1): expected \(type.rawValue), found "
        + "\(found.rawValue)\(remedy)")
  }
}
