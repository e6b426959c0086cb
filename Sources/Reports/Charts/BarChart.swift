// Bars in groups: one group per class or other category, one bar per run. Bars start at zero, up or down.

/// One group of bars per category, one bar per series in each.
package struct BarChart: Sendable {
  /// One value.
  package struct Bar: Sendable {
    package let value: Double
    package let hover: String
    /// Drawn pale and dashed: the value is a bound, not a measurement.
    package let isLimited: Bool

    package init(value: Double, hover: String, isLimited: Bool = false) {
      (self.value, self.hover, self.isLimited) = (value, hover, isLimited)
    }
  }

  /// One run's bars.
  package struct Series: Sendable {
    package let name: String
    package let style: RunStyle
    /// One per category; nil where nothing was measured.
    package let bars: [Bar?]

    package init(name: String, style: RunStyle, bars: [Bar?]) {
      (self.name, self.style, self.bars) = (name, style, bars)
    }
  }

  package let title: String
  package let categories: [String]
  package let series: [Series]
  package let valueTitle: String
  /// What the categories are.
  package let categoryTitle: String
  /// The value axis runs from `low`, at most 0, to `high`, at least 0.
  package let low: Double
  package let high: Double
  /// The plot's width, unless the bars need more.
  package let width: Double
  /// A dashed line across the plot.
  package let reference: (value: Double, label: String)?

  package init(
    title: String, categories: [String], categoryTitle: String = "class", series: [Series],
    valueTitle: String, low: Double = 0, high: Double,
    width: Double = 1080, reference: (value: Double, label: String)? = nil
  ) {
    precondition(low <= 0 && high >= 0, "bars start at zero")
    precondition(!categories.isEmpty && !series.isEmpty, "a bar chart shows something")
    precondition(
      series.allSatisfy { $0.bars.count == categories.count }, "one bar per category and series")
    (self.title, self.categories, self.series) = (title, categories, series)
    (self.valueTitle, self.low, self.high, self.width) = (valueTitle, low, high, width)
    (self.categoryTitle, self.reference) = (categoryTitle, reference)
  }

  /// The figure, as wide as its bars need. Values are written on hover.
  package func svg() -> Markup {
    let count = Double(categories.count)
    let bars = Double(series.count)
    let slot = max(bars * 3 + 5, min(90, max(16, width / count), bars * 18 + 16))
    let plotWidth = max(360, slot * count)
    let pitch = plotWidth / count
    let barWidth = min(22, (pitch - min(10, pitch * 0.25)) / bars)
    let (left, top, plotHeight) = (58.0, 34.0, 220.0)
    let bottom = top + plotHeight
    let widest = categories.map { TextMetrics.width($0, size: 11) }.max() ?? 0
    let turned = widest > pitch - 6
    let labels = turned ? min(130, widest) + 4 : 20
    let legend = Legend(series.map { ($0.name, $0.style) }, width: plotWidth)
    let right = reference.map { TextMetrics.width($0.label, size: 10) + 10 } ?? 16
    var canvas = Canvas(
      width: left + plotWidth + right, height: bottom + labels + 22 + legend.height, label: title)
    canvas.text(title, x: left, y: 18, size: 13, bold: true, limit: plotWidth)

    let y = Axis(low: low, high: high)
    func up(_ value: Double) -> Double { bottom - plotHeight * y.position(value) }
    for tick in y.ticks(5) {
      canvas.line(
        x1: left, y1: up(tick.value), x2: left + plotWidth, y2: up(tick.value), stroke: "#e4e4e4")
      canvas.text(tick.label, x: left - 6, y: up(tick.value) + 4, anchor: .end)
    }
    canvas.text(valueTitle, x: 14, y: top + plotHeight / 2, anchor: .middle, turn: -90)
    for (index, name) in categories.enumerated() {
      let middle = left + (Double(index) + 0.5) * pitch
      if turned {
        canvas.text(
          name, x: middle + 4, y: bottom + 8, size: min(11, max(8, pitch - 2)), anchor: .end,
          turn: -90, limit: 130)
      } else {
        canvas.text(name, x: middle, y: bottom + 16, anchor: .middle)
      }
      for (place, one) in series.enumerated() {
        guard let bar = one.bars[index] else { continue }
        let x = middle + (Double(place) - bars / 2) * barWidth
        draw(
          bar, style: one.style, on: &canvas, x: x, width: barWidth,
          top: min(up(bar.value), up(0)), bottom: max(up(bar.value), up(0)))
      }
    }
    if let reference {
      let height = up(reference.value)
      canvas.line(
        x1: left, y1: height, x2: left + plotWidth, y2: height, stroke: "#555", dash: "5 3")
      canvas.text(
        reference.label, x: left + plotWidth + 4, y: height + 3.5, size: 10, fill: "#555")
    }
    canvas.line(x1: left, y1: up(0), x2: left + plotWidth, y2: up(0))
    canvas.text(
      categoryTitle, x: left + plotWidth / 2, y: bottom + labels + 12, anchor: .middle, fill: "#555"
    )
    legend.draw(on: &canvas, x: left, y: bottom + labels + 18, filled: true)
    return canvas.svg
  }

  private func draw(
    _ bar: Bar, style: RunStyle, on canvas: inout Canvas, x: Double, width: Double, top: Double,
    bottom: Double
  ) {
    let look: Markup =
      bar.isLimited
      ? "fill-opacity=\"0.25\" stroke=\"\(style.color)\" stroke-dasharray=\"3 2\""
      : "stroke=\"#fff\" stroke-width=\"0.4\""
    canvas.add(
      "<rect x=\"\(x)\" y=\"\(top)\" width=\"\(width)\" height=\"\(max(0.5, bottom - top))\" fill=\"\(style.color)\" \(look)><title>\(bar.hover)</title></rect>"
    )
  }
}
