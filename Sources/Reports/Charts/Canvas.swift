// One SVG figure under construction: shapes and text in pixels, y downwards. Leaves out: charts.

/// Collects shapes and becomes a stand-alone `<svg>` element.
package struct Canvas {
  /// Which end of a text its x is.
  package enum Anchor: String { case start, middle, end }

  package let width: Double
  package let height: Double
  private let label: String
  private var body: Markup = ""

  /// `label` is the figure's accessible name.
  package init(width: Double, height: Double, label: String) {
    (self.width, self.height, self.label) = (width, height, label)
  }

  /// Puts `markup` on top of what is there.
  package mutating func add(_ markup: Markup) {
    body += markup
    body += "\n"
  }

  /// A rectangle from its upper left corner, its size raised to zero where negative; `hover` is what the pointer shows.
  package mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, fill: String, stroke: String? = nil,
    hover: String? = nil
  ) {
    let edge: Markup = stroke.map { " stroke=\"\($0)\"" } ?? ""
    let shape: Markup =
      "<rect x=\"\(x)\" y=\"\(y)\" width=\"\(max(0, width))\" height=\"\(max(0, height))\" fill=\"\(fill)\"\(edge)"
    if let hover { add("\(shape)><title>\(hover)</title></rect>") } else { add("\(shape)/>") }
  }

  /// A straight line; `dash` is a `stroke-dasharray`, or "none".
  package mutating func line(
    x1: Double, y1: Double, x2: Double, y2: Double, stroke: String = "#333", width: Double = 1,
    dash: String = "none"
  ) {
    let style: Markup = dash == "none" ? "" : " stroke-dasharray=\"\(dash)\""
    add(
      "<line x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\" stroke=\"\(stroke)\" stroke-width=\"\(width)\"\(style)/>"
    )
  }

  /// An open line through `points`.
  package mutating func polyline(
    _ points: [(x: Double, y: Double)], stroke: String, width: Double, dash: String
  ) {
    var list = ""
    for (x, y) in points {
      list +=
        NumberText.trimmed(x, decimals: 2) + "," + NumberText.trimmed(y, decimals: 2) + " "
    }
    let style: Markup = dash == "none" ? "" : " stroke-dasharray=\"\(dash)\""
    add(
      "<polyline points=\"\(list)\" fill=\"none\" stroke=\"\(stroke)\" stroke-width=\"\(width)\" stroke-linejoin=\"round\"\(style)/>"
    )
  }

  /// Text whose baseline is at `y`; `turn` is in degrees, clockwise, about (x, y). What is longer than `limit` pixels
  /// is cut, and shown in full on hover.
  package mutating func text(
    _ text: String, x: Double, y: Double, size: Double = 11, anchor: Anchor = .start,
    turn: Double = 0, bold: Bool = false, fill: String = "#222", limit: Double = .infinity
  ) {
    let shown = TextMetrics.fit(text, size: size, into: limit)
    let turned: Markup = turn == 0 ? "" : " transform=\"rotate(\(turn) \(x) \(y))\""
    let weight: Markup = bold ? " font-weight=\"600\"" : ""
    let full: Markup = shown == text ? "" : "<title>\(text)</title>"
    add(
      "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(size)\" text-anchor=\"\(anchor.rawValue)\" fill=\"\(fill)\"\(weight)\(turned)>\(full)\(shown)</text>"
    )
  }

  /// What the colours of figures become on a dark page. The ramps of heat maps stay as they are.
  static let darkInks = [
    ("#222", "#e4e4e4"), ("#333", "#9a9fa6"), ("#555", "#a8a8a8"), ("#777", "#8b9096"),
    ("#e4e4e4", "#33373d"), ("#e3e3e3", "#33373d"), ("#0072B2", "#3d8fd9"), ("#D55E00", "#ff8a3d"),
    ("#009E73", "#2fc79a"), ("#56B4E9", "#9ad4f5"), ("#000000", "#f0f0f0"), ("#7A5195", "#b48ad0"),
  ]

  /// The finished figure.
  package var svg: Markup {
    let breadth: Markup = width > 520 ? " class=\"broad\"" : ""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="\(label)" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)" font-family="Helvetica, Arial, sans-serif"\(breadth)>
      <rect class="paper" width="100%" height="100%" fill="#fff"/>
      \(body)</svg>
      """
  }
}

/// Widths of text, estimated: no font is at hand where a figure is drawn.
package enum TextMetrics {
  /// Pixels that `text` takes at `size`, rather too many than too few.
  package static func width(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { sum, scalar in
      sum + size * (scalar.value >= 0x1100 && scalar.value < 0xFFE0 ? 1 : advance(scalar))
    }
  }

  private static func advance(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "t", "f", "r", "I", ".", ",", ":", ";", "'", "|", " ", "(", ")", "/": 0.36
    case "m", "w", "M", "W", "@", "%": 0.9
    case "A"..."Z": 0.7
    default: 0.57
    }
  }

  /// `text`, or as much of it as fits `limit` pixels with "…" at the end.
  package static func fit(_ text: String, size: Double, into limit: Double) -> String {
    guard width(text, size: size) > limit else { return text }
    var kept = ""
    var used = size
    for character in text {
      used += width(String(character), size: size)
      guard used <= limit else { break }
      kept.append(character)
    }
    return kept + "…"
  }
}
