// Rows as a table for people, in memory that does not grow with them: a first window of rows decides the widths of the
// columns, and the rows behind it stream. A later cell that is wider than its column moves the rest of its line.

internal import Basics

/// Lines of a table, given out as soon as the widths are known.
struct TableWriter {
  private let columns: [String]
  /// Rows until the widths are known.
  private var window: [[Cell]] = []
  private var windowBytes = 0
  private var layout: Layout?

  /// Rows, and bytes of text, that a window has at most.
  static let mostRows = 1000
  private static let mostBytes = 1 << 20

  private struct Layout {
    let widths: [Int]
    /// Numbers stand at the right end.
    let isNumber: [Bool]
  }

  init(columns: [String]) { self.columns = columns.map { $0.withoutSteering() } }

  /// What is to be written now.
  mutating func add(_ row: [Cell]) -> String {
    if let layout { return line(row.map(\.shortText), layout) }
    window.append(row)
    windowBytes += row.reduce(0) { sum, cell in
      if case .text(let text) = cell { sum + text.utf8.count } else { sum + 8 }
    }
    return window.count < Self.mostRows && windowBytes < Self.mostBytes ? "" : begin()
  }

  /// What is to be written at the end.
  mutating func finish() -> String { layout == nil ? begin() : "" }

  /// The heading and the rows of the window.
  private mutating func begin() -> String {
    let rows = window.map { $0.map(\.shortText) }
    let layout = Layout(
      widths: columns.indices.map { i in
        max(columns[i].count, rows.map { $0[i].count }.max() ?? 0)
      },
      isNumber: columns.indices.map { i in
        window.contains { $0[i].isNumber }
          && window.allSatisfy { $0[i].isNumber || $0[i] == .null }
      })
    self.layout = layout
    window = []
    guard !columns.isEmpty else { return "" }
    let rule = layout.widths.map { String(repeating: "-", count: $0) }
    return line(columns, layout) + line(rule, layout) + rows.map { line($0, layout) }.joined()
  }

  private func line(_ cells: [String], _ layout: Layout) -> String {
    guard !columns.isEmpty else { return "" }
    var text = ""
    for i in cells.indices {
      let missing = max(0, layout.widths[i] - cells[i].count)
      let padding = String(repeating: " ", count: missing)
      text += (i > 0 ? "  " : "") + (layout.isNumber[i] ? padding + cells[i] : cells[i] + padding)
    }
    while text.utf8.last == UInt8(ascii: " ") { text.unicodeScalars.removeLast() }
    return text + "\n"
  }
}
