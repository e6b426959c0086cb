// Histograms of several runs as step lines in one frame. Leaves out: what is counted, and what the axes are called.

/// Histograms over the same equal bins of one range.
package struct HistogramChart: Sendable {
  /// One run's histogram.
  package struct Series: Sendable {
    package let name: String
    package let style: RunStyle
    /// What falls into each bin, as a share of all.
    package let shares: [Double]

    package init(name: String, style: RunStyle, shares: [Double]) {
      (self.name, self.style, self.shares) = (name, style, shares)
    }
  }

  /// What the frame says of its values.
  package struct Labels: Sendable {
    /// Under the frame: "activation proportion (share of samples)".
    package let values: String
    /// A value's short name, where the pointer rests on a bin: "proportion".
    package let value: String
    /// What is counted: "interactions".
    package let unit: String

    package init(values: String, value: String, unit: String) {
      (self.values, self.value, self.unit) = (values, value, unit)
    }
  }

  package let title: String
  package let labels: Labels
  package let series: [Series]
  /// What the bins cover together.
  package let range: ClosedRange<Double>
  /// The top of the frame.
  package let high: Double

  /// `high` is raised to the highest share, rounded up, where it does not reach it.
  /// - Precondition: there are series, all of the same bins, and `range` is not empty.
  package init(
    title: String, labels: Labels, series: [Series], range: ClosedRange<Double> = 0...1,
    high: Double = 0.01
  ) {
    precondition(!series.isEmpty, "a histogram chart shows something")
    precondition(
      series.allSatisfy { $0.shares.count == series[0].shares.count && !$0.shares.isEmpty },
      "all histograms of a chart have the same bins")
    precondition(range.lowerBound < range.upperBound, "bins are wider than nothing")
    (self.title, self.labels, self.series, self.range) = (title, labels, series, range)
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
    let x = Axis(low: range.lowerBound, high: range.upperBound)
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
      labels.values, x: left + plotWidth / 2, y: bottom + 34, anchor: .middle)
    canvas.text(
      "share of \(labels.unit) (square-root scale)", x: 14, y: top + plotHeight / 2,
      anchor: .middle,
      turn: -90)

    let bins = series[0].shares.count
    func edge(_ bin: Int) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * (Double(bin) / Double(bins))
    }
    for one in series {
      var points = [(x: across(edge(0)), y: up(0))]
      for (bin, share) in one.shares.enumerated() {
        points.append((across(edge(bin)), up(share)))
        points.append((across(edge(bin + 1)), up(share)))
      }
      points.append((across(edge(bins)), up(0)))
      canvas.polyline(points, stroke: one.style.color, width: 1.8, dash: one.style.dash)
    }
    for bin in 0..<bins {
      let ends = (edge(bin), edge(bin + 1))
      let lines = series.map { "\($0.name): \(NumberText.percent($0.shares[bin]))" }
      canvas.rectangle(
        x: across(ends.0), y: top, width: plotWidth / Double(bins), height: plotHeight,
        fill: "transparent",
        hover: "\(labels.value) \(NumberText.short(ends.0)) to \(NumberText.short(ends.1))\n"
          + lines.joined(separator: "\n"))
    }
    legend.draw(on: &canvas, x: left, y: bottom + 44)
    return canvas.svg
  }
}
