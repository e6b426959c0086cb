// Markdown as plain text: headings without their marks, links without their targets, tables as lists with a hanging indent.
// Leaves out: numbered lists, quotes, images and HTML, which no topic has.

struct PlainMarkdown {
  private let width: Int
  private var lines: [String] = []
  /// Of the paragraph or list item that is being read.
  private var words: [String] = []
  private var rows: [[String]] = []
  private var indent = 0

  init(_ markdown: String, width: Int) {
    self.width = width
    var isCode = false
    for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        flush()
        isCode.toggle()
      } else if isCode {
        lines.append(line.isEmpty ? "" : "    " + line)
      } else {
        read(line)
      }
    }
    flush()
  }

  var text: String {
    lines.joined(separator: "\n").replacing(/\n+$/, with: "") + "\n"
  }

  private mutating func read(_ line: Substring) {
    if line.hasPrefix("|") {
      if rows.isEmpty { flush() }
      rows.append(cells(line))
    } else if line.allSatisfy(\.isWhitespace) {
      flush()
      if lines.last != "" { lines.append("") }
    } else if line.hasPrefix("#") {
      flush()
      lines.append(inline(line.drop { $0 == "#" || $0 == " " }))
    } else {
      if !rows.isEmpty { flush() }
      if line.hasPrefix("- ") {
        flush()
        indent = 2
      }
      words += inline(line).split(separator: " ").map(String.init)
    }
  }

  private func cells(_ line: Substring) -> [String] {
    let inner = line.drop { $0 == "|" || $0 == " " }
    var cells = inner.split(separator: "|", omittingEmptySubsequences: false).map {
      inline($0).trimmed
    }
    if cells.last == "" { cells.removeLast() }
    return line.hasPrefix("| |") ? [""] + cells : cells
  }

  /// Without the marks of code and links.
  private func inline(_ text: Substring) -> String {
    text.replacing(/\[([^\]]*)\]\([^)]*\)/) { $0.1 }.replacing("**", with: "").filter { $0 != "`" }
  }

  private mutating func flush() {
    if !words.isEmpty {
      lines += wrapped(words, first: "", indent: indent)
      words = []
      indent = 0
    }
    guard !rows.isEmpty else { return }
    let body = rows.filter { row in !row.allSatisfy { $0.allSatisfy { "-: ".contains($0) } } }
    lines += columns(body)
    rows = []
  }

  /// The first cell, and the others beside it: as columns where they fit, else with a stop between them.
  private func columns(_ rows: [[String]]) -> [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    if widths.reduce(0, +) + 2 * count <= width {
      return rows.map { row in
        ("  " + zip(row, widths).map { $0.padded(to: $1 + 2) }.joined()).trimmedEnd
      }
    }
    let key = min(28, widths.first ?? 0)
    return rows.filter { $0.first != "" || $0.count > 2 }.flatMap { row in
      let first = "  " + (row.first ?? "")
      let rest = row.dropFirst().filter { !$0.isEmpty }.joined(separator: " · ")
      let words = rest.split(separator: " ").map(String.init)
      guard first.count <= key + 2 else {
        return [first] + wrapped(words, first: "".padded(to: key + 4), indent: key + 4)
      }
      return wrapped(words, first: first.padded(to: key + 4), indent: key + 4)
    }
  }

  private func wrapped(_ words: [String], first: String, indent: Int) -> [String] {
    var lines: [String] = []
    var line = first
    var isFresh = true
    for word in words {
      if !isFresh, line.count + 1 + word.count > width {
        lines.append(line)
        line = String(repeating: " ", count: indent)
        isFresh = true
      }
      line += (isFresh ? "" : " ") + word
      isFresh = false
    }
    lines.append(line)
    return lines
  }
}

extension StringProtocol {
  fileprivate var trimmed: String { String(drop { $0 == " " }).trimmedEnd }

  fileprivate var trimmedEnd: String { String(reversed().drop { $0 == " " }.reversed()) }

  fileprivate func padded(to count: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, count - self.count))
  }
}
