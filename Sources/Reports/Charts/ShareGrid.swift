// Shares from 0 to 1 as a grid of coloured cells with their numbers: methods down, data across. Leaves out: squares between
// classes (HeatMap).

/// Rows and columns of shares, 0.5 being the middle of the scale.
package struct ShareGrid: Sendable {
  /// One share, and what the pointer shows of it.
  package struct Cell: Sendable {
    package let value: Double
    package let hover: String

    package init(value: Double, hover: String) { (self.value, self.hover) = (value, hover) }
  }

  /// One row; marked ones have bold names.
  package struct Row: Sendable {
    package let name: String
    package let isMarked: Bool
    /// nil where nothing was measured.
    package let cells: [Cell?]

    package init(name: String, isMarked: Bool, cells: [Cell?]) {
      (self.name, self.isMarked, self.cells) = (name, isMarked, cells)
    }
  }

  package let title: String
  package let columns: [String]
  package let rows: [Row]
  package let scaleTitle: String

  package init(title: String, columns: [String], rows: [Row], scaleTitle: String) {
    precondition(rows.allSatisfy { $0.cells.count == columns.count }, "a cell for every column")
    (self.title, self.columns, self.rows, self.scaleTitle) = (title, columns, rows, scaleTitle)
  }

  /// The figure with its scale below; the largest cells of each column are framed.
  package func svg() -> Markup {
    let (cellWidth, cellHeight, longest) = (52.0, 18.0, 150.0)
    func room(_ names: [String]) -> Double {
      min(longest, (names.map { TextMetrics.width($0, size: 11) }.max() ?? 0) * 1.08) + 8
    }
    // Short names stand upright, long ones are turned.
    let isTurned = columns.contains { TextMetrics.width($0, size: 11) > cellWidth - 4 }
    let left = 8 + room(rows.map(\.name))
    let top = 30 + (isTurned ? room(columns) : 18)
    let side = (width: cellWidth * Double(columns.count), height: cellHeight * Double(rows.count))
    let width = max(300, left + side.width + 14)
    let scale = ColorScale(ramp: .signed, axis: Axis(low: 0, high: 1))
    var canvas = Canvas(
      width: width, height: top + side.height + 14 + ColorBar.height, label: title)
    canvas.text(title, x: 6, y: 16, size: 13, bold: true, limit: width - 10)
    for (index, name) in columns.enumerated() {
      let middle = left + (Double(index) + 0.5) * cellWidth
      if isTurned {
        canvas.text(name, x: middle + 4, y: top - 5, turn: -90, limit: longest)
      } else {
        canvas.text(name, x: middle, y: top - 6, anchor: .middle)
      }
    }
    let best = columns.indices.map { column in rows.compactMap { $0.cells[column]?.value }.max() }
    for (place, row) in rows.enumerated() {
      let y = top + Double(place) * cellHeight
      canvas.text(
        row.name, x: left - 6, y: y + 13, anchor: .end, bold: row.isMarked, limit: longest)
      for (column, cell) in row.cells.enumerated() {
        let x = left + Double(column) * cellWidth
        guard let cell else {
          canvas.rectangle(x: x, y: y, width: cellWidth, height: cellHeight, fill: "#e3e3e3")
          continue
        }
        canvas.rectangle(
          x: x, y: y, width: cellWidth, height: cellHeight, fill: scale.hex(cell.value),
          hover: cell.hover)
        canvas.text(
          NumberText.fixed(cell.value, decimals: 3), x: x + cellWidth / 2, y: y + 13, size: 10.5,
          anchor: .middle, bold: cell.value == best[column],
          // Not an ink of the page: ramps stay as they are on a dark page.
          fill: scale.isDark(cell.value) ? "#fff" : "#111")
      }
    }
    for (place, row) in rows.enumerated() {
      for (column, cell) in row.cells.enumerated() where cell != nil && cell?.value == best[column]
      {
        canvas.add(
          "<rect x=\"\(left + Double(column) * cellWidth + 1)\" y=\"\(top + Double(place) * cellHeight + 1)\" width=\"\(cellWidth - 2)\" height=\"\(cellHeight - 2)\" fill=\"none\" stroke=\"#111\" stroke-width=\"1.6\" pointer-events=\"none\"/>"
        )
      }
    }
    canvas.add(
      "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(side.width)\" height=\"\(side.height)\" fill=\"none\" stroke=\"#777\" pointer-events=\"none\"/>"
    )
    ColorBar(title: scaleTitle, scale: scale)
      .draw(on: &canvas, x: 16, y: top + side.height + 12, width: min(360, width - 32))
    return canvas.svg
  }
}
