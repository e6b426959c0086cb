// ROC curves of several detectors in one square frame, chance as a dashed diagonal.

/// True positive rates over false positive rates.
package struct RocChart: Sendable {
  /// One detector's curve.
  package struct Series: Sendable {
    package let name: String
    package let style: RunStyle
    /// From (0, 0) to (1, 1).
    package let points: [(falsePositive: Double, truePositive: Double)]

    package init(
      name: String, style: RunStyle, points: [(falsePositive: Double, truePositive: Double)]
    ) {
      (self.name, self.style, self.points) = (name, style, points)
    }
  }

  package let title: String
  package let series: [Series]

  package init(title: String, series: [Series]) {
    precondition(!series.isEmpty, "a ROC chart shows something")
    (self.title, self.series) = (title, series)
  }

  /// The figure with its legend below.
  package func svg() -> Markup {
    let (left, top, side) = (52.0, 34.0, 250.0)
    let bottom = top + side
    let legend = Legend(series.map { ($0.name, $0.style) }, width: side)
    var canvas = Canvas(
      width: left + side + 16, height: bottom + 46 + legend.height, label: title)
    canvas.text(title, x: 6, y: 18, size: 13, bold: true, limit: left + side)
    let axis = Axis(low: 0, high: 1)
    func across(_ value: Double) -> Double { left + side * axis.position(value) }
    func up(_ value: Double) -> Double { bottom - side * axis.position(value) }
    for tick in axis.ticks(5) {
      canvas.line(
        x1: left, y1: up(tick.value), x2: left + side, y2: up(tick.value), stroke: "#e4e4e4")
      canvas.line(
        x1: across(tick.value), y1: top, x2: across(tick.value), y2: bottom, stroke: "#e4e4e4")
      canvas.text(tick.label, x: left - 6, y: up(tick.value) + 4, anchor: .end)
      canvas.text(tick.label, x: across(tick.value), y: bottom + 15, anchor: .middle)
    }
    canvas.line(x1: left, y1: bottom, x2: left + side, y2: top, stroke: "#777", dash: "4 4")
    for one in series {
      canvas.polyline(
        one.points.map { (x: across($0.falsePositive), y: up($0.truePositive)) },
        stroke: one.style.color, width: 1.8, dash: one.style.dash)
    }
    canvas.line(x1: left, y1: bottom, x2: left + side, y2: bottom)
    canvas.line(x1: left, y1: bottom, x2: left, y2: top)
    canvas.text("false positive rate", x: left + side / 2, y: bottom + 31, anchor: .middle)
    canvas.text(
      "true positive rate", x: 14, y: top + side / 2, anchor: .middle, turn: -90)
    legend.draw(on: &canvas, x: left, y: bottom + 38)
    return canvas.svg
  }
}
