// Every chart is well-formed, at few classes and many, with names that are hostile.

import Reports
import Testing

@Suite struct ChartTests {
  static let hostile = "</title><script>alert('x')</script>&\u{202E}\u{0}\""

  static func names(_ count: Int) -> [String] {
    (0..<count).map { $0 == 0 ? hostile : "a class with a very long name indeed, number \($0)" }
  }

  static func check(_ svg: Markup) -> String? {
    if svg.text.contains("<script") { return "a script" }
    if svg.text.contains("nan") || svg.text.contains("inf\"") { return "not a number" }
    return WellFormed.problem(in: svg.text)
  }

  @Test(arguments: [1, 2, 8])
  func histograms(_ count: Int) {
    let series = (0..<count).map { index in
      HistogramChart.Series(
        name: Self.hostile, style: RunStyle(index),
        shares: (0..<20).map { $0 == index ? 0.5 : 0 })
    }
    let labels = HistogramChart.Labels(
      values: Self.hostile, value: Self.hostile, unit: Self.hostile)
    let chart = HistogramChart(title: Self.hostile, labels: labels, series: series)
    #expect(Self.check(chart.svg()) == nil)
    #expect(chart.svg().text.contains("50.0 %"))
    #expect(chart.high == 0.5)
  }

  @Test func histogramsCoverTheirRange() {
    let series = HistogramChart.Series(name: "a", style: RunStyle(0), shares: [0.25, 0, 0.5, 0.25])
    let chart = HistogramChart(
      title: "t",
      labels: HistogramChart.Labels(values: "margin (logits)", value: "margin", unit: "samples"),
      series: [series], range: -2...6)
    let text = chart.svg().text
    #expect(text.contains("margin (logits)") && text.contains("share of samples (square-root"))
    #expect(text.contains("<title>margin -2.00 to 0\na: 25.0 %</title>"))
    #expect(text.contains("<title>margin 4.00 to 6.00\na: 25.0 %</title>"))
  }

  @Test(arguments: [1, 3, 10, 50])
  func heatMaps(_ count: Int) {
    let cells = (0..<count * count).map { index -> HeatMap.Cell? in
      index % 7 == 3 ? nil : HeatMap.Cell(value: Double(index), hover: Self.hostile)
    }
    let map = HeatMap(
      title: Self.hostile, classes: Self.names(count), axes: ("from", "to"), cells: cells,
      scale: ColorScale(ramp: .divergence, covering: cells.compactMap { $0?.value }),
      scaleTitle: "KL",
      diagonal: (ColorScale(ramp: .entropy, covering: [1]), "entropy"))
    let svg = map.svg()
    #expect(Self.check(svg) == nil)
    let drawn = svg.text.split(separator: "<path ").count - 1
    #expect(drawn == cells.count { $0 != nil })
  }

  @Test func theDiagonalHasItsOwnScale() {
    let cells: [HeatMap.Cell?] = (0..<4).map { _ in HeatMap.Cell(value: 1, hover: "") }
    let map = HeatMap(
      title: "t", classes: ["a", "b"], axes: ("r", "c"), cells: cells,
      scale: ColorScale(ramp: .divergence, axis: Axis(low: 0, high: 1)), scaleTitle: "s",
      diagonal: (ColorScale(ramp: .entropy, axis: Axis(low: 0, high: 1)), "d"))
    let fills = map.svg().text.split(separator: "<path ").dropFirst().map {
      $0.split(separator: "fill=\"")[1].prefix(7)
    }
    #expect(fills == ["#7f2704", "#081d58", "#081d58", "#7f2704"])
  }

  @Test(arguments: [1, 3, 10, 50, 200])
  func barCharts(_ count: Int) {
    let bars = (0..<count).map { index -> BarChart.Bar? in
      index == 1
        ? nil : BarChart.Bar(value: Double(index), hover: Self.hostile, isLimited: index == 2)
    }
    let chart = BarChart(
      title: "t", categories: Self.names(count),
      series: (0..<4).map { BarChart.Series(name: "run \($0)", style: RunStyle($0), bars: bars) },
      valueTitle: "rank", high: Double(count), reference: (Double(count), "dimension"))
    let svg = chart.svg().text
    #expect(Self.check(chart.svg()) == nil)
    #expect((svg.split(separator: "stroke-dasharray=\"3 2\"").count - 1) == (count > 2 ? 4 : 0))
  }

  @Test func barsHangFromZero() {
    let bars = [-0.5, 0.25, nil].map { value -> BarChart.Bar? in
      value.map { BarChart.Bar(value: $0, hover: Self.hostile) }
    }
    let chart = BarChart(
      title: "t", categories: ["a", "b", "c"],
      series: [BarChart.Series(name: "run", style: RunStyle(0), bars: bars)], valueTitle: "change",
      low: -0.5, high: 0.5)
    #expect(Self.check(chart.svg()) == nil)
    // 220 pixels from −0.5 to 0.5 below the title's 34: zero is at 144.
    #expect(chart.svg().text.contains("y=\"144\" width=\"22\" height=\"110\""))
    #expect(chart.svg().text.contains("y=\"89\" width=\"22\" height=\"55\""))
  }

  @Test(arguments: [1, 6])
  func rocCurves(_ count: Int) {
    let series = (0..<count).map { index in
      RocChart.Series(
        name: Self.hostile, style: RunStyle(index),
        points: [(0, 0), (0.1 * Double(index), 0.5), (1, 1)])
    }
    let svg = RocChart(title: Self.hostile, series: series).svg()
    #expect(Self.check(svg) == nil)
    #expect(svg.text.split(separator: "<polyline ").count - 1 == count)
  }

  @Test func tables() {
    var table = Table(caption: Self.hostile, columns: ["a", Self.hostile])
    table.add([.text(Self.hostile), .number("1")])
    table.add([.markup("<b>x</b>"), "y"])
    #expect(WellFormed.problem(in: table.html.text) == nil)
    #expect(table.html.text.contains("<b>x</b>"))
    #expect(!table.html.text.contains("<script"))
  }

  @Test func longNamesAreCutAndShownInFullOnHover() {
    #expect(TextMetrics.fit("short", size: 10, into: 100) == "short")
    let cut = TextMetrics.fit(String(repeating: "long ", count: 50), size: 10, into: 100)
    #expect(cut.hasSuffix("…"))
    #expect(TextMetrics.width(cut, size: 10) <= 110)
    #expect(TextMetrics.fit("猫猫猫", size: 10, into: 1) == "…")
  }
}
