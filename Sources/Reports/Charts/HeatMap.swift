// A square matrix between classes as coloured cells, with a scale of its own for the diagonal.

/// A square of cells, one for each class and every other.
package struct HeatMap: Sendable {
  /// One value, and what the pointer shows of it.
  package struct Cell: Sendable {
    package let value: Double
    package let hover: String

    package init(value: Double, hover: String) { (self.value, self.hover) = (value, hover) }
  }

  package let title: String
  package let classes: [String]
  /// Titles of the rows' and of the columns' axis.
  package let axes: (row: String, column: String)
  /// Row-major, classes × classes; nil where nothing was measured.
  package let cells: [Cell?]
  package let scale: ColorScale
  package let scaleTitle: String
  /// The diagonal's own scale, when it shows another quantity.
  package let diagonal: (scale: ColorScale, title: String)?

  package init(
    title: String, classes: [String], axes: (row: String, column: String), cells: [Cell?],
    scale: ColorScale, scaleTitle: String, diagonal: (scale: ColorScale, title: String)? = nil
  ) {
    precondition(cells.count == classes.count * classes.count, "a heat map is square")
    (self.title, self.classes, self.axes, self.cells) = (title, classes, axes, cells)
    (self.scale, self.scaleTitle, self.diagonal) = (scale, scaleTitle, diagonal)
  }

  /// The figure with its scales below.
  package func svg() -> Markup {
    let layout = Layout(classes: classes)
    let bars = Double(diagonal == nil ? 1 : 2)
    let width = max(290, layout.left + layout.side + 14)
    let barWidth = min(360, width - 32)
    let top = 26 + 16 + layout.labels + 6
    var canvas = Canvas(
      width: width, height: top + layout.side + 14 + bars * ColorBar.height, label: title)
    canvas.text(title, x: 6, y: 16, size: 13, bold: true, limit: width - 10)
    canvas.text(
      axes.column, x: layout.left + layout.side / 2, y: 36, anchor: .middle, fill: "#555")
    canvas.text(
      axes.row, x: 13, y: top + layout.side / 2, anchor: .middle, turn: -90, fill: "#555")
    for (index, name) in classes.enumerated() {
      let middle = (Double(index) + 0.5) * layout.cell
      canvas.text(
        name, x: layout.left - 5, y: top + middle + layout.font * 0.35, size: layout.font,
        anchor: .end, limit: Layout.longest)
      canvas.text(
        name, x: layout.left + middle + layout.font * 0.35, y: top - 5, size: layout.font,
        turn: -90, limit: Layout.longest)
    }
    drawCells(on: &canvas, left: layout.left, top: top, cell: layout.cell)
    var y = top + layout.side + 12
    ColorBar(title: scaleTitle, scale: scale)
      .draw(on: &canvas, x: 16, y: y, width: barWidth)
    if let diagonal {
      y += ColorBar.height
      ColorBar(title: diagonal.title, scale: diagonal.scale)
        .draw(on: &canvas, x: 16, y: y, width: barWidth)
    }
    return canvas.svg
  }

  private func drawCells(on canvas: inout Canvas, left: Double, top: Double, cell: Double) {
    let n = classes.count
    for (index, content) in cells.enumerated() {
      let (row, column) = (index / n, index % n)
      let (x, y) = (left + Double(column) * cell, top + Double(row) * cell)
      guard let content else {
        canvas.rectangle(x: x, y: y, width: cell, height: cell, fill: "#e3e3e3")
        continue
      }
      let own = row == column ? diagonal?.scale : nil
      let used = own ?? scale
      // Paths, not rectangles: there are thousands of cells on a page.
      canvas.add(
        "<path d=\"M\(x) \(y)h\(cell)v\(cell)h\(-cell)z\" fill=\"\(used.hex(content.value))\"><title>\(content.hover)</title></path>"
      )
      if cell >= 36 {
        canvas.text(
          NumberText.short(content.value, digits: 2), x: x + cell / 2, y: y + cell / 2 + 3.5,
          size: 10, anchor: .middle, fill: used.isDark(content.value) ? "#fff" : "#111")
      }
    }
    // A frame round each diagonal cell tells the two scales apart in grey print.
    if diagonal != nil {
      for index in 0..<n {
        canvas.add(
          "<rect x=\"\(left + Double(index) * cell)\" y=\"\(top + Double(index) * cell)\" width=\"\(cell)\" height=\"\(cell)\" fill=\"none\" stroke=\"#000\" stroke-width=\"0.8\" pointer-events=\"none\"/>"
        )
      }
    }
    canvas.add(
      "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(Double(n) * cell)\" height=\"\(Double(n) * cell)\" fill=\"none\" stroke=\"#777\" pointer-events=\"none\"/>"
    )
  }

  /// Sizes that keep labels apart: a cell is never lower than its label.
  private struct Layout {
    static let longest = 96.0
    let cell: Double
    let font: Double
    /// Pixels the labels take beside the rows and above the columns.
    let labels: Double
    let left: Double
    let side: Double

    init(classes: [String]) {
      let n = Double(max(1, classes.count))
      // Four maps of ten classes stand side by side on the page, and two of fifty.
      cell = min(44, max(9, (200 / n).rounded()))
      font = min(11, cell - 1.5)
      let font = self.font
      let widest = classes.map { TextMetrics.width($0, size: font) }.max() ?? 0
      labels = min(Self.longest, widest) + 4
      left = 22 + labels + 6
      side = Double(classes.count) * cell
    }
  }
}
