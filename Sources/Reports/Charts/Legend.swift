// Legends: names beside the lines or bars of runs, and colour bars beside heat maps.

/// Names of runs in as many rows as they need.
struct Legend {
  private let entries: [(name: String, style: RunStyle)]
  private let places: [(x: Double, row: Int)]
  private let limit: Double
  let height: Double

  init(_ entries: [(name: String, style: RunStyle)], width: Double) {
    let limit = width - 34
    var places: [(x: Double, row: Int)] = []
    var (x, row) = (0.0, 0)
    for entry in entries {
      let needed = 34 + min(limit, TextMetrics.width(entry.name, size: 11)) + 14
      if x > 0, x + needed > width + 14 { (x, row) = (0, row + 1) }
      places.append((x, row))
      x += needed
    }
    self.entries = entries
    self.places = places
    self.limit = limit
    height = Double(row + 1) * 18
  }

  func draw(on canvas: inout Canvas, x: Double, y: Double, filled: Bool = false) {
    for (entry, place) in zip(entries, places) {
      let (left, middle) = (x + place.x, y + Double(place.row) * 18 + 9)
      if filled {
        canvas.rectangle(
          x: left + 12, y: middle - 5, width: 11, height: 10, fill: entry.style.color)
      } else {
        canvas.line(
          x1: left, y1: middle, x2: left + 28, y2: middle, stroke: entry.style.color, width: 2.2,
          dash: entry.style.dash)
      }
      canvas.text(entry.name, x: left + 34, y: middle + 4, limit: limit)
    }
  }
}

/// A horizontal bar of a colour scale with its title above and its ticks below.
struct ColorBar {
  static let height = 44.0
  let title: String
  let scale: ColorScale

  func draw(on canvas: inout Canvas, x: Double, y: Double, width: Double) {
    canvas.text(title, x: x, y: y + 10, size: 10, limit: width)
    let steps = 60
    let step = width / Double(steps)
    for index in 0..<steps {
      canvas.rectangle(
        // A little overlap: no gaps between steps when the figure is scaled.
        x: x + Double(index) * step, y: y + 15,
        width: index == steps - 1 ? step : step + 0.6, height: 11,
        fill: scale.hex(along: (Double(index) + 0.5) / Double(steps)))
    }
    canvas.rectangle(x: x, y: y + 15, width: width, height: 11, fill: "none", stroke: "#777")
    var free = -Double.infinity
    for tick in scale.axis.ticks(scale.isLogarithmic ? 4 : 6) {
      let place = x + width * scale.axis.position(tick.value)
      canvas.line(x1: place, y1: y + 26, x2: place, y2: y + 29)
      let half = TextMetrics.width(tick.label, size: 10) / 2
      guard place - half > free else { continue }
      canvas.text(tick.label, x: place, y: y + 39, size: 10, anchor: .middle)
      free = place + half + 4
    }
  }
}
