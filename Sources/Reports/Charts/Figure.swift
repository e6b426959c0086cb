// One figure of a report with the numbers it is drawn from. Leaves out: drawing (the charts), placing (Block).

internal import Basics

/// A drawing, its numbers, and the name that files of both have.
package struct Figure: Sendable {
  /// What a file of it is called, without an extension: lower-case ASCII letters, digits and dashes.
  package let name: String
  package let svg: Markup
  package let data: FigureData
  /// Whether the page hands its numbers out; a file of them is written in any case.
  let isDataOnPage: Bool

  /// - Parameter parts: the name's parts, as they are called in the warehouse.
  package init(_ parts: String..., svg: Markup, data: FigureData, isDataOnPage: Bool = true) {
    (self.svg, self.data, self.isDataOnPage) = (svg, data, isDataOnPage)
    name = Self.slug(parts)
  }

  private init(name: String, of figure: Figure) {
    (self.name, svg, data, isDataOnPage) = (name, figure.svg, figure.data, figure.isDataOnPage)
  }

  func renamed(_ name: String) -> Figure { Figure(name: name, of: self) }

  /// `parts` as one file name; what is no ASCII letter or digit becomes a dash, and no name is longer than 120.
  package static func slug(_ parts: [String]) -> String {
    var slug = ""
    for scalar in parts.joined(separator: "-").lowercased().unicodeScalars {
      let isPlain = scalar.isASCII && scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
      if isPlain {
        slug.unicodeScalars.append(scalar)
      } else if !slug.isEmpty, !slug.hasSuffix("-") {
        slug += "-"
      }
    }
    slug = String(slug.prefix(120))
    while slug.hasSuffix("-") { slug.removeLast() }
    return slug.isEmpty ? "figure" : slug
  }
}

/// Rows of values under named columns, as CSV.
package struct FigureData: Sendable {
  /// One field: text, or a number where there is one.
  package enum Value: Sendable, ExpressibleByStringLiteral {
    case text(String)
    case number(Double?)

    package init(stringLiteral value: String) { self = .text(value) }
  }

  package let columns: [String]
  package private(set) var rows: [[Value]] = []

  package init(_ columns: String...) { self.columns = columns }
  package init(columns: [String]) { self.columns = columns }

  /// Adds a row below the others.
  /// - Precondition: it has one value per column.
  package mutating func add(_ row: Value...) { add(row: row) }

  /// - Precondition: it has one value per column.
  package mutating func add(row: [Value]) {
    precondition(row.count == columns.count, "one value per column")
    rows.append(row)
  }

  /// RFC 4180, numbers in full, nothing where nothing was measured.
  package var csv: String {
    let lines = [columns.map { Value.text($0) }] + rows
    return lines.map { $0.map(Self.field).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func field(_ value: Value) -> String {
    switch value {
    case .number(let number):
      guard let number, number.isFinite else { return "" }
      return number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : "\(number)"
    case .text(let text):
      // A reader of CSV is often a spreadsheet: a name must not start a formula there.
      return text.withoutFormula.csvField
    }
  }

  /// The CSV as an address that needs no server.
  var address: String {
    var address = Array("data:text/csv;charset=utf-8,".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    let csv = Array(csv.utf8)
    address.reserveCapacity(csv.count + csv.count / 2)
    for byte in csv {
      if Self.isPlain[Int(byte)] {
        address.append(byte)
      } else {
        address.append(UInt8(ascii: "%"))
        address.append(digits[Int(byte >> 4)])
        address.append(digits[Int(byte & 15)])
      }
    }
    return String(decoding: address, as: UTF8.self)
  }

  /// By byte: whether it stands in an address as it is.
  private static let isPlain: [Bool] = (0..<256).map { byte in
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || ".,-_".utf8.contains(UInt8(byte))
  }
}
