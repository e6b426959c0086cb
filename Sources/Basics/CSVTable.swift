// A table of comma-separated values as spreadsheets and pandas write it (RFC 4180), read whole. Leaves out what columns mean.

/// Records of fields, with the lines they begin in.
package struct CSVTable: Sendable {
  /// A record's fields, and the number of the line it begins in, from 1.
  package struct Record: Sendable, Hashable {
    package let fields: [String]
    package let line: Int
  }

  /// Why bytes are no such table, one line without the file's name.
  package struct Failure: Error, CustomStringConvertible, Hashable {
    package let description: String
  }

  package private(set) var records: [Record] = []

  /// Fields are divided by commas, or by tabs where the first line has a tab and no comma. In quotes a field holds commas,
  /// quotes (doubled) and line ends. A mark of UTF-8 at the beginning is passed over, as are empty lines.
  package init(_ bytes: [UInt8]) throws(Failure) {
    var rest = bytes[(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0)...]
    let first = rest.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let mark =
      first.contains(UInt8(ascii: ",")) || !first.contains(UInt8(ascii: "\t"))
      ? UInt8(ascii: ",") : UInt8(ascii: "\t")
    var line = 1
    while !rest.isEmpty {
      let start = line
      var fields: [String] = []
      var isOver = false
      while !isOver {
        var field: [UInt8] = []
        if rest.first == UInt8(ascii: "\"") {
          rest.removeFirst()
          try Self.takeQuoted(&rest, into: &field, &line, from: start)
        } else {
          field += rest.prefix { ![mark, UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains($0) }
          rest.removeFirst(field.count)
        }
        guard let text = String(validating: field, as: UTF8.self) else {
          throw Failure(description: "expected UTF-8 text, found other bytes in line \(start)")
        }
        fields.append(text)
        switch rest.popFirst() {
        case mark: break
        case nil: isOver = true
        case UInt8(ascii: "\r"):
          if rest.first == UInt8(ascii: "\n") { rest.removeFirst() }
          (line, isOver) = (line + 1, true)
        case UInt8(ascii: "\n"): (line, isOver) = (line + 1, true)
        default:
          throw Failure(
            description: "expected the end of a field behind its closing quote in line \(line)")
        }
      }
      if fields != [""] { records.append(Record(fields: fields, line: start)) }
    }
  }

  /// Up to behind the closing quote.
  private static func takeQuoted(
    _ rest: inout ArraySlice<UInt8>, into field: inout [UInt8], _ line: inout Int, from start: Int
  ) throws(Failure) {
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\"") {
        guard rest.first == byte else { return }
        rest.removeFirst()
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      field.append(byte)
    }
    throw Failure(description: "expected a closing quote, found none behind line \(start)")
  }
}
