// An array with the names of what its axes are of, and the table of it that CSV shows.

import CommandLineTool
import NumPyArrays

struct ExportedArray {
  let array: NumPyArray
  /// Arrays that say what the axes of the first one mean.
  let beside: [NumPyArray]
  /// What stands in front of a row: a name for each, and its values along the first axis.
  private let rows: [(name: String, values: [String])]
  /// Names along the last axis; numbers where it has none.
  private let columns: [String]?

  init(
    _ array: NumPyArray, beside: [NumPyArray], rows: [(name: String, values: [String])],
    columns: [String]? = nil
  ) {
    (self.array, self.beside, self.rows, self.columns) = (array, beside, rows, columns)
  }

  /// A line for every row of the last axis, with its place on the axes before it.
  func writeTable(to output: Output) throws {
    let width = array.shape[array.shape.count - 1]
    let middle = array.shape.dropFirst().dropLast().reduce(1, *)
    let names =
      rows.map(\.name) + (array.shape.count > 2 ? ["output"] : [])
      + (columns ?? (0..<width).map(String.init))
    var table = try RowWriter(format: .csv, columns: names, output: output)
    var cells: [Cell] = []
    var line = 0
    var pending: [UInt8] = []
    let size = array.element.bytes
    try array.write { bytes in
      pending += bytes
      var offset = 0
      while pending.count - offset >= size {
        cells.append(array.element.cell(pending[offset..<offset + size]))
        offset += size
        guard cells.count == width else { continue }
        var row = rows.map { Cell.text($0.values[line / middle]) }
        if array.shape.count > 2 { row.append(.integer(line % middle)) }
        try table.write(row + cells)
        cells.removeAll(keepingCapacity: true)
        line += 1
      }
      pending.removeFirst(offset)
    }
    try table.finish()
  }
}

extension NumPyArray.Element {
  fileprivate var bytes: Int {
    switch self {
    case .bool: 1
    case .uint32, .float32: 4
    case .int64, .float64: 8
    case .text(let width): 4 * width
    }
  }

  /// One element, little-endian. NaN is null.
  fileprivate func cell(_ bytes: ArraySlice<UInt8>) -> Cell {
    let word = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch self {
    case .bool, .uint32: return .integer(Int(word))
    case .int64: return .integer(Int(bitPattern: UInt(word)))
    case .float32:
      // The shortest decimal that is this Float32.
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: word))
      return decimal(value).map { .text($0) } ?? .null
    case .float64:
      let value = Double(bitPattern: word)
      return value.isNaN ? .null : .real(value)
    case .text: preconditionFailure("texts name rows, they are no array of their own")
    }
  }
}
