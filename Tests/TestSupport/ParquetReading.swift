// Parquet as far as the writer writes it, read by the format's definition: without compression.

/// What is not as the format has it.
package struct ParquetDamage: Error, CustomStringConvertible {
  package let description: String
}

private func require(_ holds: Bool, _ what: String = "the format", line: Int = #line) throws {
  guard holds else { throw ParquetDamage(description: "line \(line): expected \(what)") }
}

/// A value as read; bits of numbers, so that NaN equals itself.
package enum ReadValue: Equatable {
  case null
  case word(UInt64)
  case bytes([UInt8])
  /// Elements of a list.
  case words([UInt32])
}

/// A field of Thrift's compact protocol.
indirect enum ThriftValue {
  case number(Int)
  case bytes([UInt8])
  case list([ThriftValue])
  case structure([Int: ThriftValue])

  var int: Int { if case .number(let value) = self { value } else { -1 } }
  var text: String {
    if case .bytes(let value) = self { String(decoding: value, as: UTF8.self) } else { "?" }
  }
  var items: [ThriftValue] { if case .list(let value) = self { value } else { [] } }
  subscript(field: Int) -> ThriftValue? {
    if case .structure(let fields) = self { fields[field] } else { nil }
  }
}

struct Cursor {
  let bytes: [UInt8]
  var at: Int

  mutating func byte() throws -> UInt8 {
    try require(at < bytes.count)
    at += 1
    return bytes[at - 1]
  }

  mutating func varint() throws -> UInt64 {
    var (value, shift) = (UInt64(0), UInt64(0))
    while true {
      let next = try byte()
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
      shift += 7
    }
  }

  mutating func word(_ count: Int) throws -> UInt64 {
    try (0..<count).reduce(UInt64(0)) { $0 | UInt64(try byte()) << UInt64(8 * $1) }
  }

  mutating func take(_ count: Int) throws -> [UInt8] {
    try require(at + count <= bytes.count)
    at += count
    return Array(bytes[at - count..<at])
  }

  mutating func value(_ kind: UInt8) throws -> ThriftValue {
    switch kind {
    case 4, 5, 6:
      let value = try varint()
      return .number(Int(Int64(bitPattern: value >> 1) ^ -Int64(value & 1)))
    case 8: return .bytes(try take(Int(varint())))
    case 9:
      let head = try byte()
      let count = head >> 4 == 15 ? Int(try varint()) : Int(head >> 4)
      return .list(try (0..<count).map { _ in try value(head & 15) })
    case 12:
      var fields: [Int: ThriftValue] = [:]
      var last = 0
      while true {
        let head = try byte()
        if head == 0 { return .structure(fields) }
        last = head >> 4 == 0 ? try value(4).int : last + Int(head >> 4)
        fields[last] = try value(head & 15)
      }
    default:
      throw ParquetDamage(description: "Thrift's type \(kind)")
    }
  }

  /// Run lengths and packed bits up to `end`, `count` values.
  mutating func hybrid(width: Int, count: Int, end: Int) throws -> [Int] {
    var values: [Int] = []
    while values.count < count {
      try require(at < end)
      let head = Int(try varint())
      if head & 1 == 0 {
        let value = Int(try word((width + 7) / 8))
        values += [Int](repeating: value, count: head >> 1)
      } else {
        let packed = try take((head >> 1) * width)
        for index in 0..<(head >> 1) * 8 {
          values.append(
            (0..<width).reduce(0) { value, bit in
              let place = index * width + bit
              return value | Int(packed[place / 8] >> UInt8(place % 8) & 1) << bit
            })
        }
      }
    }
    return Array(values.prefix(count))
  }
}

package struct ParquetReading {
  package struct Column {
    package fileprivate(set) var name = ""
    package fileprivate(set) var physical = -1
    package fileprivate(set) var codec = -1
    package fileprivate(set) var encodings: [[Int]] = []
    fileprivate var chunks: [ThriftValue] = []
  }

  private let bytes: [UInt8]
  package private(set) var columns: [Column] = []
  package let groupRows: [Int]

  package init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    try require(bytes.starts(with: Array("PAR1".utf8)) && bytes.count > 12)
    try require(Array(bytes.suffix(4)) == Array("PAR1".utf8))
    var tail = Cursor(bytes: bytes, at: bytes.count - 8)
    let length = Int(try tail.word(4))
    var cursor = Cursor(bytes: bytes, at: bytes.count - 8 - length)
    let footer = try cursor.value(12)
    try require(cursor.at == bytes.count - 8)
    let groups = footer[4]?.items ?? []
    groupRows = groups.map { $0[3]?.int ?? -1 }
    try require(footer[3]?.int == groupRows.reduce(0, +))
    // Names stand before what is in a list.
    for element in (footer[2]?.items ?? []).dropFirst() {
      if element[4]?.text == "list" { continue }
      if element[4]?.text == "element", let last = columns.indices.last {
        columns[last].physical = element[1]?.int ?? -1
        continue
      }
      columns.append(Column(name: element[4]?.text ?? "?", physical: element[1]?.int ?? -1))
    }
    for group in groups {
      let chunks = group[1]?.items ?? []
      try require(chunks.count == columns.count)
      for (index, chunk) in chunks.enumerated() {
        guard let data = chunk[3] else { throw ParquetDamage(description: "a chunk without data") }
        columns[index].codec = data[4]?.int ?? -1
        columns[index].encodings.append((data[2]?.items ?? []).map(\.int))
        columns[index].chunks.append(data)
        try require(data[3]?.items.first?.text == columns[index].name)
      }
    }
  }

  /// A column's values, page by page.
  package func values(_ column: Int) throws -> [ReadValue] {
    var values: [ReadValue] = []
    for chunk in columns[column].chunks {
      let start = chunk[11]?.int ?? chunk[9]?.int ?? -1
      var cursor = Cursor(bytes: bytes, at: start)
      var dictionary: [ReadValue] = []
      var levels = 0
      var nulls = 0
      if chunk[11] != nil {
        let header = try cursor.value(12)
        try require(header[1]?.int == 2)
        for _ in 0..<(header[7]?[1]?.int ?? 0) {
          dictionary.append(try plain(&cursor, columns[column].physical))
        }
        try require(cursor.at == chunk[9]?.int)
      }
      while levels < chunk[5]?.int ?? 0 {
        let header = try cursor.value(12)
        let count = header[5]?[1]?.int ?? 0
        let end = cursor.at + (header[3]?.int ?? 0)
        try page(&cursor, column, count, header[5]?[2]?.int ?? -1, end, dictionary) {
          if $0 == .null { nulls += 1 }
          values.append($0)
        }
        try require(cursor.at == end && header[2]?.int == header[3]?.int)
        levels += count
      }
      try require(cursor.at == start + (chunk[7]?.int ?? -1))
      try require(nulls == chunk[12]?[3]?.int && levels == chunk[5]?.int)
    }
    return values
  }

  private func page(
    _ cursor: inout Cursor, _ column: Int, _ count: Int, _ encoding: Int, _ end: Int,
    _ dictionary: [ReadValue], _ body: (ReadValue) -> Void
  ) throws {
    let physical = columns[column].physical
    let isList = physical == 4 || physical == 1
    func levels(_ width: Int) throws -> [Int] {
      let length = Int(try cursor.word(4))
      let end = cursor.at + length
      let found = try cursor.hybrid(width: width, count: count, end: end)
      try require(cursor.at == end)
      return found
    }
    let repetitions = isList ? try levels(1) : []
    let definitions = try levels(isList ? 2 : 1)
    let full = definitions.count { $0 == (isList ? 2 : 1) }
    var indices: [Int] = []
    if encoding == 8 {
      let width = Int(try cursor.byte())
      indices = try cursor.hybrid(width: width, count: full, end: end)
    }
    var next = 0
    var vector: [UInt32]?
    for (index, definition) in definitions.enumerated() {
      if isList {
        if repetitions[index] == 0, let ended = vector {
          body(.words(ended))
          vector = nil
        }
        switch definition {
        case 0: body(.null)
        case 1: vector = []
        default: vector = (vector ?? []) + [UInt32(try cursor.word(4))]
        }
      } else if definition == 0 {
        body(.null)
      } else if encoding == 8 {
        body(dictionary[indices[next]])
        next += 1
      } else {
        body(try plain(&cursor, physical))
      }
    }
    if let vector { body(.words(vector)) }
  }

  private func plain(_ cursor: inout Cursor, _ physical: Int) throws -> ReadValue {
    physical == 6
      ? .bytes(try cursor.take(Int(cursor.word(4)))) : .word(try cursor.word(8))
  }
}
