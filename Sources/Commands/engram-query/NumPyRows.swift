// A statement's rows as .npz: an array for each column, which NumPy loads without pickles. Columns gather in files without names
// until their types and widths are known, so that memory does not grow with the rows.

import Basics
import CommandLineTool
import NumPyArrays
import Parquet
import SQLiteKit

/// Integers, reals, texts and vectors; what a column of blobs is to be instead is said.
struct NumPyRows {
  private let source: ParquetRows
  private var columns: [GatheredColumn] = []

  /// - Parameters:
  ///   - source: What the columns are.
  ///   - path: The file that is to be; columns gather beside it.
  init(_ source: ParquetRows, for path: String) throws {
    self.source = source
    for (name, type) in zip(source.names, source.types) {
      do {
        columns.append(
          GatheredColumn(name, type, try SpoolFile(in: ReplacedFile.folder(of: path))))
      } catch {
        throw OutputError.failed(path: path, reason: "\(error)")
      }
    }
  }

  /// - Returns: the number of rows, and what an array cannot say of its column.
  func write(
    _ statement: inout Statement, to output: Output, _ path: String
  ) throws -> (rows: Int, notes: [String]) {
    do {
      var count = 0
      while try statement.step() {
        for (column, value) in zip(columns, try source.row(statement, count)) {
          try column.add(value, count)
        }
        count += 1
      }
      var archive = NumPyArchive(output.write)
      var notes: [String] = []
      for column in columns {
        let (array, note) = try column.array(rows: count)
        try archive.add(array)
        if let note { notes.append(note) }
      }
      try archive.finish()
      return (count, notes)
    } catch let error as SystemError {
      throw OutputError.failed(path: path, reason: "\(error)")
    }
  }
}

/// One column: each value as a byte for its kind and its bytes.
private final class GatheredColumn {
  private enum Kind: UInt8 {
    case null, integer, real, text, vector
  }

  private let name: String
  private let declared: ParquetType?
  private let spool: SpoolFile
  private var type: ParquetType?
  private var nulls = 0
  private var hasReals = false
  /// The first whole number that no float64 is, and its row.
  private var inexact: (number: Int64, row: Int)?
  /// Characters of the longest text, elements of a vector.
  private var width = 0

  init(_ name: String, _ declared: ParquetType?, _ spool: SpoolFile) {
    (self.name, self.declared, self.spool) = (name, declared, spool)
  }

  private func failure(_ row: Int, _ what: String) -> RequestError {
    RequestError(description: "column \(name), row \(row + 1): \(what)")
  }

  func add(_ value: ParquetValue, _ row: Int) throws {
    if let found = value.type { try check(found, row) }
    switch value {
    case .null:
      nulls += 1
      try put(.null, [])
    case .integer(let number):
      if Double(exactly: number) == nil, inexact == nil { inexact = (number, row) }
      try put(.integer, littleEndian(UInt64(bitPattern: number)))
    case .real(let number):
      hasReals = true
      try put(.real, littleEndian(number.bitPattern))
    case .text(let bytes):
      let characters = String(decoding: bytes, as: UTF8.self).unicodeScalars
      guard characters.last != "\0" else {
        throw failure(row, "expected a text, found one that ends with U+0000, which NumPy cuts off")
      }
      width = max(width, characters.count)
      try put(.text, littleEndian(UInt32(bytes.count)) + bytes)
    case .floats(let vector):
      guard width == 0 || width == vector.count else {
        throw failure(
          row,
          "expected a vector of \(width) elements as before, found \(vector.count); "
            + "where layer_id = … in the SQL takes those of one layer")
      }
      width = vector.count
      try put(.vector, unsafe vector.withUnsafeBytes { unsafe Array($0) })
    case .ints, .blob: preconditionFailure("told by check")
    }
  }

  private func put(_ kind: Kind, _ bytes: [UInt8]) throws {
    try spool.write([kind.rawValue] + bytes)
  }

  /// A column's values are of one type; whole numbers may stand among reals.
  private func check(_ found: ParquetType, _ row: Int) throws {
    guard found != .blob else {
      throw failure(
        row,
        "expected numbers, a text or a vector, found a blob, which is no array of NumPy's; leave the "
          + "column out, give it as hex(\(name)), or export to .parquet, or an ARRAY")
    }
    let known = type ?? found
    let isNumber = [known, found].allSatisfy { $0 == .integer || $0 == .real }
    guard known == found || isNumber else {
      throw failure(
        row,
        "expected \(known.rawValue), found \(found.rawValue); cast(… as text) in the SQL makes "
          + "the column one type")
    }
    type = known
  }

  /// The column, and what its array does not say.
  func array(rows: Int) throws -> (array: NumPyArray, note: String?) {
    switch type ?? (rows == 0 || declared == .text ? declared : nil) ?? .real {
    case .integer where nulls == 0 && !hasReals:
      return (try numbers(.int64, rows), nil)
    case .integer, .real:
      if let inexact {
        throw failure(
          inexact.row,
          "\(inexact.number) is no float64, which the column is for its "
            + (nulls > 0 ? "nulls" : "reals") + "; cast(… as text) in the SQL keeps it")
      }
      let isChanged = type == .integer && nulls > 0 && !hasReals
      return (
        try numbers(.float64, rows),
        isChanged
          ? "column \(name): whole numbers, as float64 for its \(nulls) nulls, which are NaN" : nil
      )
    case .text:
      return (
        try texts(rows),
        nulls > 0
          ? "column \(name): \(nulls) nulls are empty texts, which NumPy has no null for" : nil
      )
    case .floats: return (try vectors(rows), nil)
    case .ints, .blob: return (try numbers(.float64, rows), nil)
    }
  }

  private func next(_ reader: inout SpoolFile.Reader) throws -> Kind {
    guard let first = try reader.take(1).first, let kind = Kind(rawValue: first) else {
      preconditionFailure("a kind that was written")
    }
    return kind
  }

  private func numbers(_ element: NumPyArray.Element, _ rows: Int) throws -> NumPyArray {
    NumPyArray(name, element, [rows]) { [self] sink in
      var reader = try spool.reader()
      for _ in 0..<rows {
        switch try next(&reader) {
        case .integer:
          let bytes = try reader.take(8)
          guard case .float64 = element else {
            try sink(Array(bytes))
            continue
          }
          let number = Int64(bitPattern: Self.word(bytes))
          try sink(littleEndian(Double(number).bitPattern))
        case .real: try sink(Array(try reader.take(8)))
        default: try sink(littleEndian(Double.nan.bitPattern))
        }
      }
    }
  }

  private func texts(_ rows: Int) throws -> NumPyArray {
    let width = max(1, width)
    return NumPyArray(name, .text(width), [rows]) { [self] sink in
      var reader = try spool.reader()
      for _ in 0..<rows {
        var characters: [UInt32] = []
        if try next(&reader) == .text {
          let bytes = try reader.take(Int(Self.word(try reader.take(4))))
          characters = String(decoding: bytes, as: UTF8.self).unicodeScalars.map(\.value)
        }
        characters += [UInt32](repeating: 0, count: width - characters.count)
        try sink(unsafe characters.withUnsafeBytes { unsafe Array($0) })
      }
    }
  }

  /// Rows × elements; of a null every element is NaN.
  private func vectors(_ rows: Int) throws -> NumPyArray {
    NumPyArray(name, .float32, [rows, width]) { [self] sink in
      var reader = try spool.reader()
      for _ in 0..<rows {
        guard try next(&reader) == .vector else {
          try sink((0..<width).flatMap { _ in littleEndian(Float.nan.bitPattern) })
          continue
        }
        try sink(Array(try reader.take(4 * width)))
      }
    }
  }

  /// Little-endian.
  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }
}
