// HTML tables of text and numbers.

/// Rows of cells under named columns, with a caption.
package struct Table: Sendable {
  /// Text and numbers are escaped, markup is taken as it is.
  package enum Cell: Sendable, ExpressibleByStringLiteral {
    case text(String)
    case number(String)
    case markup(Markup)

    package init(stringLiteral value: String) { self = .text(value) }
  }

  package let caption: String
  package let columns: [String]
  package private(set) var rows: [[Cell]] = []

  package init(caption: String, columns: [String]) {
    (self.caption, self.columns) = (caption, columns)
  }

  /// Adds a row below the others.
  /// - Precondition: it has one cell per column.
  package mutating func add(_ row: [Cell]) {
    precondition(row.count == columns.count, "one cell per column")
    rows.append(row)
  }

  package var html: Markup {
    let head = columns.enumerated().map { column, name -> Markup in
      var look: Markup = ""
      if case .number = rows.first?[column] { look = " class=\"number\"" }
      return "<th scope=\"col\"\(look)>\(name)</th>"
    }.joined()
    let body = rows.map { row -> Markup in "<tr>\(row.map(Self.cell).joined())</tr>" }.joined()
    return """
      <div class="wide"><table><caption>\(caption)</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>\(body)</tbody></table></div>
      """
  }

  private static func cell(_ cell: Cell) -> Markup {
    switch cell {
    case .text(let text): "<td>\(text)</td>"
    case .number(let text): "<td class=\"number\">\(text)</td>"
    case .markup(let markup): "<td>\(markup)</td>"
    }
  }
}
