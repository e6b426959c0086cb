// What the writer writes, read back as Parquet's format says, and a file that pyarrow and DuckDB have read.

import Foundation
import Parquet
import TestSupport
import Testing

@Suite struct ParquetWriterTests {
  private func written(
    _ columns: [(name: String, type: ParquetType?)], _ rows: [[ParquetValue]],
    _ compression: ParquetCompression = .none, groupBytes: Int = 32 << 20, groupRows: Int = 1 << 20
  ) throws -> [UInt8] {
    var file: [UInt8] = []
    var writer = try ParquetWriter(
      columns: columns, compression: compression, groupBytes: groupBytes, groupRows: groupRows
    ) { file += $0 }
    for row in rows { try writer.append(row) }
    try writer.finish()
    return file
  }

  private static let columns: [(name: String, type: ParquetType?)] = [
    ("number", .integer), ("real", .real), ("text", .text), ("blob", .blob), ("vector", .floats),
    ("found", nil), ("nothing", nil),
  ]

  /// Every type with its null, its edges, runs and single values.
  private static let rows: [[ParquetValue]] = (0..<40).map { row in
    let reals: [Double] = [0.1, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude]
    let numbers: [Int64] = [.min, .max, 0, -1]
    let texts = ["", "a", "Zürich", "quote \" and\nline"]
    return [
      row % 7 == 3 ? .null : .integer(numbers[row % 4]),
      row % 5 == 1 ? .null : .real(reals[row % 6]),
      row > 20 ? .text(Array("same".utf8)) : .text(Array(texts[row % 4].utf8)),
      row % 3 == 0 ? .null : .blob([UInt8](repeating: UInt8(row), count: row % 4)),
      row % 4 == 2 ? .null : .floats((0..<row % 5).map { Float($0) / 3 - Float(row) }),
      row < 10 ? .null : .integer(Int64(row)), .null,
    ]
  }

  @Test func `A file is the one that other readers have read`() throws {
    let file = try written(Self.columns, Self.rows, groupRows: 16)
    let name = try #require(
      Bundle.module.path(forResource: "all_types", ofType: "parquet", inDirectory: "Fixtures"))
    let golden = try Array(Data(contentsOf: URL(fileURLWithPath: name)))
    // tools/goldens/parquet.py takes the new bytes, has them read, and writes the file.
    #expect(file == golden, "\(Data(file).base64EncodedString())")
  }

  @Test(arguments: [(32 << 20, 1 << 20), (1, 1 << 20), (32 << 20, 7)])
  func `Rows come back, whatever the row groups`(bytes: Int, rows: Int) throws {
    let file = try written(Self.columns, Self.rows, groupBytes: bytes, groupRows: rows)
    let read = try ParquetReading(file)
    #expect(read.columns.map { $0.name } == Self.columns.map(\.name))
    #expect(read.columns.map { $0.physical } == [2, 5, 6, 6, 4, 2, 6])
    #expect(read.groupRows.reduce(0, +) == Self.rows.count)
    #expect(read.groupRows.count == (bytes == 1 ? 40 : rows == 7 ? 6 : 1))
    for column in Self.columns.indices {
      let expected = Self.rows.map { ReadValue($0[column]) }
      #expect(try read.values(column) == expected, "\(Self.columns[column].name)")
    }
  }

  @Test func `A dictionary that is full gives way to plain pages, and both come back`() throws {
    // Repeated enough for indices to pay at first, then more values than a dictionary takes.
    let rows = (0..<400_000).map { row -> [ParquetValue] in
      let value = row < 300_000 ? row % 1000 : row
      return [
        .integer(Int64(value)), .real(Double(value) / 8),
        value % 10 == 9 ? .null : .text(Array("text \(value)".utf8)),
      ]
    }
    let file = try written([("n", .integer), ("r", .real), ("t", .text)], rows)
    let read = try ParquetReading(file)
    for column in 0..<3 {
      #expect(read.columns[column].encodings[0] == [3, 0, 8], "plain and indexed pages")
      let values = try read.values(column)
      #expect(values.count == rows.count)
      let wrong = values.indices.first { values[$0] != ReadValue(rows[$0][column]) }
      #expect(wrong == nil)
    }
    #expect(file.count < 6 << 20)
  }

  @Test func `Compressed pages are smaller, and say what they are`() throws {
    let rows = (0..<10_000).map { [ParquetValue.floats([Float](repeating: Float($0), count: 64))] }
    let plain = try written([("v", .floats)], rows)
    let small = try written([("v", .floats)], rows, .zstd)
    #expect(small.count * 10 < plain.count)
    #expect(try ParquetReading(plain).columns[0].codec == 0)
    #expect(try ParquetReading(small).columns[0].codec == 6)
  }

  @Test func `Row groups end by their bytes`() throws {
    let blob = ParquetValue.blob((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 197 >> 3) })
    let file = try written(
      [("b", .blob)], [[ParquetValue]](repeating: [blob], count: 400), groupBytes: 4 << 20)
    let groups = try ParquetReading(file).groupRows
    #expect(groups.reduce(0, +) == 400)
    #expect(groups.dropLast().allSatisfy { (42...55).contains($0) }, "\(groups)")
  }

  @Test func `Lists of whole numbers come back, over pages and row groups`() throws {
    let rows = (0..<300).map { (row: Int) -> [ParquetValue] in
      let list: [Int32] = (0..<(row * 37 % 6000)).map { Int32($0 * row - 70) }
      return [row % 9 == 4 ? .null : .ints(list), .ints([.min, .max, Int32(row)])]
    }
    let file = try written([("n", .ints), ("m", nil)], rows, groupBytes: 1 << 20)
    let read = try ParquetReading(file)
    #expect(read.columns.map { $0.physical } == [1, 1] && read.groupRows.count > 2)
    for column in 0..<2 {
      #expect(try read.values(column) == rows.map { ReadValue($0[column]) })
    }
  }

  @Test func `A file of no rows has its columns`() throws {
    let read = try ParquetReading(try written([("a", .real), ("b", nil)], []))
    #expect(read.columns.map { $0.name } == ["a", "b"] && read.groupRows.isEmpty)
  }
}

extension ReadValue {
  init(_ value: ParquetValue) {
    self =
      switch value {
      case .null: .null
      case .integer(let number): .word(UInt64(bitPattern: number))
      case .real(let number): .word(number.bitPattern)
      case .text(let bytes), .blob(let bytes): .bytes(bytes)
      case .floats(let vector): .words(vector.map(\.bitPattern))
      case .ints(let vector): .words(vector.map { UInt32(bitPattern: $0) })
      }
  }
}
