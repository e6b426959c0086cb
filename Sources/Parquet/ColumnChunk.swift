// One column's values of a row group, in pages that are compressed as they fill: a dictionary where values repeat.

/// Values come in order; `end` gives the pages and what the footer says of them.
struct ColumnChunk {
  /// What the footer says of a chunk.
  struct Summary {
    let levels: Int
    let nulls: Int
    let uncompressedBytes: Int
    let compressedBytes: Int
    /// Of the dictionary's page, which comes first; nil where there is none.
    let dictionaryBytes: Int?
    /// Of integers.
    let range: ClosedRange<Int64>?
    let hasIndexPages: Bool
    let hasPlainPages: Bool
  }

  private static let pageBytes = 1 << 20
  private static let dictionaryBytes = 1 << 20
  private static let dictionaryEntries = 1 << 16

  let type: ParquetType
  private let compression: ParquetCompression
  private var pages: [[UInt8]] = []
  private var compressedBytes = 0
  private var uncompressedBytes = 0
  private var nulls = 0
  private var levels = 0
  private var range: ClosedRange<Int64>?
  // The page that fills.
  private var definitions: HybridRuns
  private var repetitions = HybridRuns(width: 1)
  private var pageLevels = 0
  private var plain: [UInt8] = []
  private var indices: [UInt32] = []
  // The dictionary: open until it is too large to pay.
  private var usesDictionary: Bool
  private var hasIndexPages = false
  private var hasPlainPages = false
  private var dictionary: [UInt8] = []
  private var ofNumber: [UInt64: UInt32] = [:]
  private var ofText: [[UInt8]: UInt32] = [:]

  init(_ type: ParquetType, _ compression: ParquetCompression) {
    self.type = type
    self.compression = compression
    usesDictionary = type != .blob && !type.isList
    definitions = HybridRuns(width: type.isList ? 2 : 1)
  }

  /// Bytes in memory.
  var size: Int { compressedBytes + plain.count + 4 * indices.count + dictionary.count }

  mutating func append(_ value: ParquetValue) throws(ParquetError) {
    precondition(value.type == nil || value.type == type, "a value of the column's type")
    switch value {
    case .null:
      nulls += 1
      level(0)
    case .integer(let number):
      try add(UInt64(bitPattern: number))
      level(1)
      range =
        range.map { min($0.lowerBound, number)...max($0.upperBound, number) } ?? number...number
    case .real(let number):
      try add(number.bitPattern)
      level(1)
    case .text(let bytes):
      try add(bytes)
      level(1)
    case .blob(let bytes):
      plain.appendCounted(bytes)
      level(1)
    case .floats(let vector): append(list: vector)
    case .ints(let vector): append(list: vector)
    }
    if plain.count + 4 * indices.count >= Self.pageBytes || pageLevels >= 1 << 20 {
      try endPage()
      // A dictionary of nearly as many entries as values saves nothing.
      if usesDictionary, 2 * (ofNumber.count + ofText.count) > levels { usesDictionary = false }
    }
  }

  mutating func appendNulls(_ count: Int) throws(ParquetError) {
    guard count > 0 else { return }
    nulls += count
    definitions.append(0, count: count)
    if type.isList { repetitions.append(0, count: count) }
    pageLevels += count
    if pageLevels >= 1 << 20 { try endPage() }
  }

  /// Elements of four bytes, which every supported machine has least significant byte first in memory.
  private mutating func append<Element: BitwiseCopyable>(list: [Element]) {
    // A list of none is told from null by its level.
    guard !list.isEmpty else { return level(1) }
    repetitions.append(0)
    if list.count > 1 { repetitions.append(1, count: list.count - 1) }
    definitions.append(2, count: list.count)
    pageLevels += list.count
    unsafe list.withUnsafeBytes { unsafe plain.append(contentsOf: $0) }
  }

  private mutating func level(_ definition: UInt32) {
    definitions.append(definition)
    if type.isList { repetitions.append(0) }
    pageLevels += 1
  }

  private mutating func add(_ number: UInt64) throws(ParquetError) {
    if usesDictionary, let index = ofNumber[number] { return indices.append(index) }
    guard try hasRoom(8) else { return plain.appendLittleEndian(number) }
    indices.append(UInt32(ofNumber.count))
    ofNumber[number] = UInt32(ofNumber.count)
    dictionary.appendLittleEndian(number)
  }

  private mutating func add(_ text: [UInt8]) throws(ParquetError) {
    if usesDictionary, let index = ofText[text] { return indices.append(index) }
    guard try hasRoom(4 + text.count) else { return plain.appendCounted(text) }
    indices.append(UInt32(ofText.count))
    ofText[text] = UInt32(ofText.count)
    dictionary.appendCounted(text)
  }

  /// Whether the dictionary takes one more; where it is full, its last page ends.
  private mutating func hasRoom(_ bytes: Int) throws(ParquetError) -> Bool {
    guard usesDictionary else { return false }
    if dictionary.count + bytes <= Self.dictionaryBytes,
      ofNumber.count + ofText.count < Self.dictionaryEntries
    {
      return true
    }
    try endPage()
    usesDictionary = false
    return false
  }

  private mutating func endPage() throws(ParquetError) {
    guard pageLevels > 0 else { return }
    var body: [UInt8] = []
    if type.isList { body.appendCounted(repetitions.finish()) }
    body.appendCounted(definitions.finish())
    // A page of nulls alone has no indices, and there may be no dictionary.
    let isIndexed = !indices.isEmpty
    if isIndexed {
      hasIndexPages = true
      let entries = ofNumber.count + ofText.count
      let width = entries < 2 ? 1 : Int.bitWidth - (entries - 1).leadingZeroBitCount
      var runs = HybridRuns(width: width)
      for index in indices { runs.append(index) }
      body.append(UInt8(width))
      body += runs.finish()
    } else {
      body += plain
      hasPlainPages = true
    }
    let last = try page(
      body, dataPage: true, values: pageLevels, encoding: isIndexed ? 8 : 0)
    pages.append(last)
    levels += pageLevels
    pageLevels = 0
    definitions = HybridRuns(width: type.isList ? 2 : 1)
    repetitions = HybridRuns(width: 1)
    plain.removeAll(keepingCapacity: true)
    indices.removeAll(keepingCapacity: true)
  }

  /// Header and compressed body.
  private mutating func page(
    _ body: [UInt8], dataPage: Bool, values: Int, encoding: Int
  ) throws(ParquetError) -> [UInt8] {
    let stored = try compression.compressed(body)
    guard body.count <= Int32.max, stored.count <= Int32.max else {
      throw ParquetError(
        description: "a page of \(body.count) bytes; Parquet's pages have at most \(Int32.max)")
    }
    var header = ThriftCompact()
    header.element {
      $0.i32(1, dataPage ? 0 : 2)
      $0.i32(2, body.count)
      $0.i32(3, stored.count)
      $0.structure(dataPage ? 5 : 7) {
        $0.i32(1, values)
        $0.i32(2, encoding)
        if dataPage {
          $0.i32(3, 3)
          $0.i32(4, 3)
        }
      }
    }
    uncompressedBytes += header.bytes.count + body.count
    compressedBytes += header.bytes.count + stored.count
    return header.bytes + stored
  }

  /// Ends the last page: the chunk's pages, and what the footer says of them.
  mutating func end() throws(ParquetError) -> (pages: [[UInt8]], summary: Summary) {
    try endPage()
    let entries = ofNumber.count + ofText.count
    let first =
      entries > 0 ? try page(dictionary, dataPage: false, values: entries, encoding: 0) : nil
    return (
      (first.map { [$0] } ?? []) + pages,
      Summary(
        levels: levels, nulls: nulls, uncompressedBytes: uncompressedBytes,
        compressedBytes: compressedBytes, dictionaryBytes: first?.count, range: range,
        hasIndexPages: hasIndexPages, hasPlainPages: hasPlainPages)
    )
  }
}

extension [UInt8] {
  /// The number of bytes as four bytes, then the bytes.
  fileprivate mutating func appendCounted(_ bytes: [UInt8]) {
    appendLittleEndian(UInt32(bytes.count))
    self += bytes
  }
}
