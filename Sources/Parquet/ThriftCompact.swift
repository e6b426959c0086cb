// Thrift's compact protocol, written: what Parquet's page headers and footer are in. Reading is others' work.

/// Fields of structs, in rising order of their numbers.
struct ThriftCompact {
  private enum Kind: UInt8 {
    case i16 = 4
    case i32 = 5
    case i64 = 6
    case binary = 8
    case list = 9
    case structure = 12
  }

  private(set) var bytes: [UInt8] = []
  private var last: Int16 = 0

  mutating func i16(_ field: Int16, _ value: Int) {
    begin(field, .i16)
    signed(value)
  }

  mutating func i32(_ field: Int16, _ value: Int) {
    begin(field, .i32)
    signed(value)
  }

  mutating func i64(_ field: Int16, _ value: Int) {
    begin(field, .i64)
    signed(value)
  }

  mutating func binary(_ field: Int16, _ value: [UInt8]) {
    begin(field, .binary)
    blob(value)
  }

  mutating func structure(_ field: Int16, _ body: (inout ThriftCompact) -> Void) {
    begin(field, .structure)
    element(body)
  }

  mutating func integers(_ field: Int16, _ values: [Int]) {
    list(field, .i32, values.count)
    for value in values { signed(value) }
  }

  mutating func texts(_ field: Int16, _ values: [String]) {
    list(field, .binary, values.count)
    for value in values { blob(Array(value.utf8)) }
  }

  mutating func structures<Element>(
    _ field: Int16, _ values: [Element], _ body: (inout ThriftCompact, Element) -> Void
  ) {
    list(field, .structure, values.count)
    for value in values { element { body(&$0, value) } }
  }

  /// A struct that is no field: its fields, then its end.
  mutating func element(_ body: (inout ThriftCompact) -> Void) {
    let outer = last
    last = 0
    body(&self)
    bytes.append(0)
    last = outer
  }

  private mutating func begin(_ field: Int16, _ kind: Kind) {
    let step = field - last
    precondition(step > 0, "fields are written in the order of their numbers")
    if step <= 15 {
      bytes.append(UInt8(step) << 4 | kind.rawValue)
    } else {
      bytes.append(kind.rawValue)
      signed(Int(field))
    }
    last = field
  }

  private mutating func list(_ field: Int16, _ kind: Kind, _ count: Int) {
    begin(field, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | kind.rawValue)
    } else {
      bytes.append(0xF0 | kind.rawValue)
      bytes.appendVarint(UInt64(count))
    }
  }

  private mutating func blob(_ value: [UInt8]) {
    bytes.appendVarint(UInt64(value.count))
    bytes += value
  }

  /// Zigzag: small numbers of either sign are short.
  private mutating func signed(_ value: Int) {
    let value = Int64(value)
    bytes.appendVarint(UInt64(bitPattern: value << 1 ^ value >> 63))
  }
}

extension [UInt8] {
  /// Seven bits a byte, the lowest first.
  mutating func appendVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    var rest = value
    for _ in 0..<value.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}
