// A Parquet file, written from its first byte to its last: rows in, row groups out. All columns may be null; of nested types
// there are lists of numbers of four bytes alone. Nothing is read, encrypted or indexed.

/// Rows of values. A column's type is known from the start or is that of its first value that is not null.
package struct ParquetWriter {
  private struct RowGroup {
    let rows: Int
    /// Where each begins, and what it is.
    let columns: [(offset: Int, summary: ColumnChunk.Summary)]
  }

  private let names: [String]
  private var types: [ParquetType?]
  private let compression: ParquetCompression
  private let groupBytes: Int
  private let groupRows: Int
  private let sink: ([UInt8]) throws -> Void
  /// Bytes of the file so far, those of the row group that fills aside.
  package private(set) var offset = 0
  private var chunks: [ColumnChunk?]
  private var rows = 0
  private var rowsOfGroup = 0
  /// Bytes and rows since the group's size was last looked at.
  private var unseenBytes = 0
  private var groups: [RowGroup] = []

  /// - Parameters:
  ///   - columns: Names, distinct, and types; nil for the type of the first value.
  ///   - groupBytes: A row group ends where it has so many bytes in memory, about.
  ///   - sink: Takes the file's bytes in order.
  package init(
    columns: [(name: String, type: ParquetType?)], compression: ParquetCompression = .zstd,
    groupBytes: Int = 32 << 20, groupRows: Int = 1 << 20, sink: @escaping ([UInt8]) throws -> Void
  ) throws {
    names = columns.map(\.name)
    types = columns.map(\.type)
    (self.compression, self.groupBytes, self.groupRows) = (compression, groupBytes, groupRows)
    self.sink = sink
    chunks = columns.map { $0.type.map { ColumnChunk($0, compression) } }
    try write(Self.magic)
  }

  private static let magic = Array("PAR1".utf8)

  /// The type of a column, as far as it is known.
  package func type(_ column: Int) -> ParquetType? { types[column] }

  /// Adds a row. Values that are not null are of their columns' types.
  package mutating func append(_ row: [ParquetValue]) throws {
    precondition(row.count == names.count, "a row has a value for every column")
    for (column, value) in row.enumerated() {
      if chunks[column] == nil {
        guard let type = value.type else { continue }
        types[column] = type
        try begin(column, type)
      }
      try chunks[column]?.append(value)
    }
    rows += 1
    rowsOfGroup += 1
    unseenBytes += row.reduce(0) { $0 + $1.size }
    if rowsOfGroup >= groupRows { return try endGroup() }
    guard unseenBytes >= min(1 << 20, groupBytes) else { return }
    unseenBytes = 0
    if chunks.reduce(0, { $0 + ($1?.size ?? 0) }) >= groupBytes { try endGroup() }
  }

  /// Ends the file with its footer.
  package mutating func finish() throws {
    // What never had a value is text.
    for column in names.indices where types[column] == nil { types[column] = .text }
    if rowsOfGroup > 0 { try endGroup() }
    let footer = footer()
    var length: [UInt8] = []
    length.appendLittleEndian(UInt32(footer.count))
    try write(footer + length + Self.magic)
  }

  /// A column whose rows in this group were null so far.
  private mutating func begin(_ column: Int, _ type: ParquetType) throws {
    chunks[column] = ColumnChunk(type, compression)
    try chunks[column]?.appendNulls(rowsOfGroup)
  }

  private mutating func write(_ bytes: [UInt8]) throws {
    try sink(bytes)
    offset += bytes.count
  }

  private mutating func endGroup() throws {
    var columns: [(offset: Int, summary: ColumnChunk.Summary)] = []
    for column in names.indices {
      var chunk: ColumnChunk
      if let filled = chunks[column] {
        chunk = filled
      } else {
        // Of nulls alone, which look the same in every type.
        chunk = ColumnChunk(.text, compression)
        try chunk.appendNulls(rowsOfGroup)
      }
      chunks[column] = types[column].map { ColumnChunk($0, compression) }
      let (pages, summary) = try chunk.end()
      columns.append((offset, summary))
      for page in pages { try write(page) }
    }
    groups.append(RowGroup(rows: rowsOfGroup, columns: columns))
    rowsOfGroup = 0
    unseenBytes = 0
  }

  private func footer() -> [UInt8] {
    let types = types.map { $0 ?? .text }
    var footer = ThriftCompact()
    footer.element { file in
      file.i32(1, 1)
      file.structures(2, schema(types)) { $1.write(to: &$0) }
      file.i64(3, rows)
      file.structures(4, groups) { group, stored in
        group.structures(1, Array(stored.columns.enumerated())) { chunk, column in
          let (index, place) = (column.offset, column.element)
          chunk.i64(2, place.offset)
          chunk.structure(3) {
            describe(place.summary, at: place.offset, names[index], types[index], in: &$0)
          }
        }
        group.i64(2, stored.columns.reduce(0) { $0 + $1.summary.uncompressedBytes })
        group.i64(3, stored.rows)
      }
      file.binary(6, Array("Engram".utf8))
      // Minima and maxima are those of the types' own order.
      file.structures(7, types) { order, _ in order.structure(1) { _ in } }
    }
    return footer.bytes
  }

  /// The elements of the schema: the root, then every column, a list with what it is of.
  private func schema(_ types: [ParquetType]) -> [SchemaElement] {
    [SchemaElement(name: "schema", children: names.count)]
      + zip(names, types).flatMap { name, type in
        switch type {
        case .integer, .real, .blob:
          [SchemaElement(name: name, repetition: .optional, physical: type.physical)]
        case .text:
          [
            SchemaElement(
              name: name, repetition: .optional, physical: type.physical, converted: 0, logical: 1)
          ]
        case .floats, .ints:
          [
            SchemaElement(
              name: name, repetition: .optional, children: 1, converted: 3, logical: 3),
            SchemaElement(name: "list", repetition: .repeated, children: 1),
            SchemaElement(name: "element", repetition: .required, physical: type.physical),
          ]
        }
      }
  }

  private func describe(
    _ summary: ColumnChunk.Summary, at offset: Int, _ name: String, _ type: ParquetType,
    in column: inout ThriftCompact
  ) {
    column.i32(1, type.physical)
    column.integers(
      2,
      [3] + (summary.hasPlainPages || summary.hasIndexPages ? [0] : [])
        + (summary.hasIndexPages ? [8] : []))
    column.texts(3, type.isList ? [name, "list", "element"] : [name])
    column.i32(4, compression.codec)
    column.i64(5, summary.levels)
    column.i64(6, summary.uncompressedBytes)
    column.i64(7, summary.compressedBytes)
    column.i64(9, offset + (summary.dictionaryBytes ?? 0))
    if summary.dictionaryBytes != nil { column.i64(11, offset) }
    column.structure(12) { statistics in
      statistics.i64(3, summary.nulls)
      guard let range = summary.range else { return }
      for (field, bound) in [(5, range.upperBound), (6, range.lowerBound)] as [(Int16, Int64)] {
        var bytes: [UInt8] = []
        bytes.appendLittleEndian(bound)
        statistics.binary(field, bytes)
      }
    }
  }
}

/// An element of the footer's schema, by Parquet's numbers.
private struct SchemaElement {
  enum Repetition: Int {
    case required, optional, repeated
  }

  let name: String
  var repetition: Repetition?
  var children: Int?
  var physical: Int?
  var converted: Int?
  var logical: Int16?

  func write(to element: inout ThriftCompact) {
    if let physical { element.i32(1, physical) }
    if let repetition { element.i32(3, repetition.rawValue) }
    element.binary(4, Array(name.utf8))
    if let children { element.i32(5, children) }
    if let converted { element.i32(6, converted) }
    if let logical { element.structure(10) { $0.structure(logical) { _ in } } }
  }
}
