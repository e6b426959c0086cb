// A map: dots in a plane, their colours by class, by prediction or by correctness, which the page's style chooses. Leaves out
// axes: only distances mean something.

/// Draws samples as dots; those that are alike share a path.
struct MapChart {
  static let side = 620.0
  private static let margin = 14.0
  /// Names in the legend; more have no colour of their own either.
  static let mostNames = 20

  let label: String
  let samples: [MappedSample]
  /// Of the samples' classes and predictions, the most frequent first.
  let names: [String]

  init(label: String, samples: [MappedSample]) {
    (self.label, self.samples) = (label, samples)
    var counts: [String: Int] = [:]
    for sample in samples {
      for name in Set([sample.label, sample.predicted].compactMap(\.self)) {
        counts[name, default: 0] += 1
      }
    }
    names = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
  }

  /// Twenty that stay apart on white and on black (Sasha Trubetskoy's list, darkened); grey for whatever has none.
  private static let colors = [
    "#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#0f9fb5", "#d024c4", "#7f9f00",
    "#c2607f",
    "#008080", "#8a63d2", "#9a6324", "#b59b00", "#800000", "#2e8b57", "#808000", "#c98a5a",
    "#4a60a8",
    "#777f8a", "#a0522d",
  ]

  func color(_ name: String?) -> String {
    guard let name, let index = names.firstIndex(of: name), index < Self.mostNames else {
      return "#8b9096"
    }
    return Self.colors[index]
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

  private struct Group: Hashable {
    let label: String?
    let predicted: String
    let isCorrect: Bool?
  }

  var svg: Markup {
    var canvas = Canvas(width: Self.side, height: Self.side, label: label)
    var order: [Group] = []
    var paths: [Group: String] = [:]
    for (sample, place) in zip(samples, places()) {
      let group = Group(
        label: sample.label, predicted: sample.predicted, isCorrect: sample.isCorrect)
      if paths[group] == nil { order.append(group) }
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
      let (own, taken) = (color(group.label), color(group.predicted))
      let right = group.isCorrect.map { $0 ? "#0072B2" : "#D55E00" } ?? "#777"
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
        style="--own: \(own); --taken: \(taken); --right: \(right)"><title>\(title)</title></path>
        """)
    }
    return canvas.svg
  }

  /// Foreign samples are squares.
  private func cap(_ group: Group) -> String { group.isCorrect == nil ? "square" : "round" }
}
