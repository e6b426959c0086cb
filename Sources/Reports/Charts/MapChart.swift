// A map: dots in a plane, their colours by class, prediction, correctness, run or labels of the user's own, which the page's style
// chooses. Leaves out axes: only distances mean something.

/// Draws samples as dots; those that are alike share a path.
struct MapChart {
  static let side = 620.0
  private static let margin = 14.0

  let label: String
  let samples: [MappedSample]
  let modes: [MapMode]

  init(label: String, samples: [MappedSample], runs: [String] = [], labellings: [String] = []) {
    (self.label, self.samples) = (label, samples)
    var counts: [String: Int] = [:]
    for sample in samples {
      for name in Set([sample.label, sample.predicted].compactMap(\.self)) {
        counts[name, default: 0] += 1
      }
    }
    let classes = MapMode.ranked(counts)
    var modes = [
      MapMode(id: "own", title: "by class", names: classes) { $0.label },
      MapMode(id: "taken", title: "by prediction", names: classes) { $0.predicted },
      MapMode(
        id: "right", title: "right or wrong", names: ["right", "wrong", "no right answer"],
        colors: ["#0072B2", "#D55E00", "#777"]
      ) { $0.isCorrect.map { $0 ? "right" : "wrong" } ?? "no right answer" },
    ]
    if runs.count > 1 {
      modes.append(MapMode(id: "run", title: "by run", names: runs) { $0.run })
    }
    for (index, name) in labellings.enumerated() {
      let labels = samples.compactMap { $0.ownLabels.count > index ? $0.ownLabels[index] : nil }
      let counts = Dictionary(labels.map { ($0, 1) }, uniquingKeysWith: +)
      modes.append(
        MapMode(
          id: "label-\(index)", title: "by \(name)", names: MapMode.ranked(counts)
        ) { $0.ownLabels.count > index ? $0.ownLabels[index] : nil })
    }
    self.modes = modes
  }

  /// Where a sample's dot is, in pixels.
  func places() -> [(x: Double, y: Double)] {
    let (xs, ys) = (samples.map(\.x), samples.map(\.y))
    guard let left = xs.min(), let right = xs.max(), let low = ys.min(), let high = ys.max() else {
      return []
    }
    let extent = max(right - left, high - low)
    let scale = extent > 0 ? (Self.side - 2 * Self.margin) / extent : 0
    let (middleX, middleY) = ((left + right) / 2, (low + high) / 2)
    return samples.map {
      (Self.side / 2 + ($0.x - middleX) * scale, Self.side / 2 - ($0.y - middleY) * scale)
    }
  }

  /// What dots of one path have in common.
  private struct Group: Hashable {
    let label: String?
    let predicted: String
    let isCorrect: Bool?
    let run: String
    let ownLabels: [String?]
  }

  var svg: Markup {
    var canvas = Canvas(width: Self.side, height: Self.side, label: label)
    var order: [Group] = []
    var paths: [Group: String] = [:]
    var first: [Group: MappedSample] = [:]
    for (sample, place) in zip(samples, places()) {
      let group = Group(
        label: sample.label, predicted: sample.predicted, isCorrect: sample.isCorrect,
        run: sample.run, ownLabels: sample.ownLabels)
      if paths[group] == nil {
        order.append(group)
        first[group] = sample
      }
      paths[group, default: ""] +=
        "M" + NumberText.trimmed(place.x, decimals: 1) + " "
        + NumberText.trimmed(place.y, decimals: 1) + "h0"
    }
    let size = max(3, min(7, 420 / Double(max(1, samples.count)).squareRoot()))
    // Mistakes and foreign samples on top.
    func rank(_ group: Group) -> Int { group.isCorrect.map { $0 ? 0 : 2 } ?? 1 }
    let sorted = order.enumerated().sorted {
      (rank($0.element), $0.offset) < (rank($1.element), $1.offset)
    }
    for (_, group) in sorted {
      let path = Markup(stringLiteral: paths[group] ?? "")
      let inks = modes.map { mode -> Markup in
        "--\(mode.id): \(mode.color(first[group].flatMap(mode.name)));"
      }
      let own = modes[0].color(group.label)
      let kind = group.isCorrect.map { $0 ? "right" : "wrong" } ?? "foreign"
      let title = "\(group.label ?? "no label"), taken for \(group.predicted)"
      if group.isCorrect != true {
        canvas.add(
          "<path class=\"\(kind)\" d=\"\(path)\" stroke=\"#222\" stroke-width=\"\(size + 1.2)\" stroke-linecap=\"\(cap(group))\"/>"
        )
      }
      canvas.add(
        """
        <path class="dots \(kind)" d="\(path)" stroke="\(own)" stroke-width="\(size)" stroke-linecap="\(cap(group))" \
        style="\(inks.joined())"><title>\(title)</title></path>
        """)
    }
    return canvas.svg
  }

  /// Foreign samples are squares.
  private func cap(_ group: Group) -> String { group.isCorrect == nil ? "square" : "round" }
}

/// One way to colour a map.
struct MapMode: Sendable {
  /// In the page's style.
  let id: String
  let title: String
  /// Those with a colour first, as far as there are any.
  let names: [String]
  private let colors: [String]
  /// What a sample is called.
  let name: @Sendable (MappedSample) -> String?

  init(
    id: String, title: String, names: [String], colors: [String] = MapMode.palette,
    name: @escaping @Sendable (MappedSample) -> String?
  ) {
    (self.id, self.title, self.names) = (id, title, names)
    (self.colors, self.name) = (colors, name)
  }

  /// The most frequent first.
  static func ranked(_ counts: [String: Int]) -> [String] {
    counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  /// Twenty that stay apart on white and on black (Sasha Trubetskoy's list, darkened); grey for whatever has none.
  private static let palette = [
    "#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#0f9fb5", "#d024c4", "#7f9f00",
    "#c2607f",
    "#008080", "#8a63d2", "#9a6324", "#b59b00", "#800000", "#2e8b57", "#808000", "#c98a5a",
    "#4a60a8",
    "#777f8a", "#a0522d",
  ]

  /// Names with a colour of their own, and that.
  var legend: [(name: String, color: String)] { Array(zip(names, colors).map { ($0, $1) }) }

  static let other = "#8b9096"

  func color(_ name: String?) -> String {
    guard let name, let index = names.firstIndex(of: name), index < colors.count else {
      return Self.other
    }
    return colors[index]
  }
}
