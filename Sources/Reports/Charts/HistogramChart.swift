// Activation-proportion histograms of several runs as step lines in one frame.

package struct HistogramChart: Sendable {
  package struct Series: Sendable {
    package let name: String
    package let style: RunStyle
    /// Shares of equal bins over proportions from 0 to 1.
    package let shares: [Double]

    package init(name: String, style: RunStyle, shares: [Double]) {
      (self.name, self.style, self.shares) = (name, style, shares)
    }
  }

  package let title: String
  /// What is counted: "interactions" or "neurons".
  package let unit: String
  package let series: [Series]
  /// The top of the frame.
  package let high: Double

  /// `high` is raised to the highest share, rounded up, where it does not reach it.
  package init(title: String, unit: String, series: [Series], high: Double = 0.01) {
    precondition(!series.isEmpty, "a histogram chart shows something")
    precondition(
      series.allSatisfy { $0.shares.count == series[0].shares.count && !$0.shares.isEmpty },
      "all histograms of a chart have the same bins")
    (self.title, self.unit, self.series) = (title, unit, series)
    let highest = series.flatMap(\.shares).filter(\.isFinite).max() ?? 1
    self.high = Axis.roundedUp(max(0.01, high, highest))
  }

  /// The figure. Heights stand on a square-root scale: small shares stay visible, and 0 is 0.
  package func svg() -> Markup {
    let (left, top, plotWidth, plotHeight) = (58.0, 34.0, 400.0, 210.0)
    let legend = Legend(series.map { ($0.name, $0.style) }, width: plotWidth)
    let bottom = top + plotHeight
    var canvas = Canvas(
      width: left + plotWidth + 16, height: bottom + 52 + legend.height, label: title)
    canvas.text(title, x: left, y: 18, size: 13, bold: true, limit: plotWidth)

    let y = Axis(low: 0, high: high, transform: .squareRoot)
    let x = Axis(low: 0, high: 1)
    func across(_ value: Double) -> Double { left + plotWidth * x.position(value) }
    func up(_ value: Double) -> Double { bottom - plotHeight * y.position(value) }

    for tick in y.ticks(7) {
      canvas.line(
        x1: left, y1: up(tick.value), x2: left + plotWidth, y2: up(tick.value), stroke: "#e4e4e4")
      canvas.text(tick.label, x: left - 6, y: up(tick.value) + 4, anchor: .end)
    }
    for tick in x.ticks(10) {
      canvas.line(x1: across(tick.value), y1: bottom, x2: across(tick.value), y2: bottom + 4)
      canvas.text(tick.label, x: across(tick.value), y: bottom + 16, anchor: .middle)
    }
    canvas.line(x1: left, y1: bottom, x2: left + plotWidth, y2: bottom)
    canvas.text(
      "activation proportion (share of samples)", x: left + plotWidth / 2, y: bottom + 34,
      anchor: .middle)
    canvas.text(
      "share of \(unit) (square-root scale)", x: 14, y: top + plotHeight / 2, anchor: .middle,
      turn: -90)

    let bins = series[0].shares.count
    for one in series {
      var points = [(x: across(0), y: up(0))]
      for (bin, share) in one.shares.enumerated() {
        points.append((across(Double(bin) / Double(bins)), up(share)))
        points.append((across(Double(bin + 1) / Double(bins)), up(share)))
      }
      points.append((across(1), up(0)))
      canvas.polyline(points, stroke: one.style.color, width: 1.8, dash: one.style.dash)
    }
    for bin in 0..<bins {
      let ends = (Double(bin) / Double(bins), Double(bin + 1) / Double(bins))
      let lines = series.map { "\($0.name): \(NumberText.percent($0.shares[bin]))" }
      canvas.rectangle(
        x: across(ends.0), y: top, width: plotWidth / Double(bins), height: plotHeight,
        fill: "transparent",
        hover: "proportion \(NumberText.short(ends.0)) to \(NumberText.short(ends.1))\n"
          + lines.joined(separator: "\n"))
    }
    legend.draw(on: &canvas, x: left, y: bottom + 44)
    return canvas.svg
  }
}
