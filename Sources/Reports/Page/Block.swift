// What a section of the page is made of, and how its figures get their numbers and names.

internal import Basics

/// A piece of a section.
package indirect enum Block: Sendable {
  case markup(Markup)
  /// Figures side by side under one caption, which says what to look for.
  case figures([Figure], caption: String)
  /// One after the other.
  case shown([Block])
  /// Shown when its title is clicked on.
  case folded(String, [Block])

  var isFolded: Bool {
    if case .folded = self { true } else { false }
  }

  static func heading(_ text: String) -> Block { .markup("<h3>\(text)</h3>") }
  static func note(_ text: String) -> Block { .markup("<p class=\"note\">\(text)</p>") }
  /// A long table is folded: nobody reads on past it.
  static func table(_ table: Table) -> Block {
    let shown = Block.markup(table.html)
    return table.rows.count > 60 ? .folded(table.caption, [shown]) : shown
  }
  static func text(_ text: String) -> Block { .markup("<p>\(text)</p>") }
}

/// One section of a page, its blocks in order.
package struct Section: Sendable {
  let id: String
  let title: String
  let blocks: [Block]
}

/// Figures numbered in the order of the page, each under a name of its own.
struct FigureNumbering {
  /// Of all sections.
  private(set) var figures: [Figure] = []
  /// Of each section, how many figures stand before it.
  private var before: [Int] = []

  init(_ sections: [Section]) {
    var names: Set<String> = []
    for section in sections {
      before.append(figures.count)
      for figure in section.blocks.flatMap(\.figures) {
        var name = figure.name
        var copy = 1
        while !names.insert(name).inserted {
          copy += 1
          name = "\(figure.name)-\(copy)"
        }
        figures.append(figure.renamed(name))
      }
    }
  }

  /// The section at `index` in HTML.
  func html(of section: Section, at index: Int) -> Markup {
    var body = SectionBody(figures: figures, next: before[index])
    let blocks = section.blocks.map { body.html(of: $0) }.joined()
    return "<section id=\"\(section.id)\"><h2>\(section.title)</h2>\n\(blocks)</section>"
  }
}

extension Block {
  /// In the order in which they are shown.
  fileprivate var figures: [Figure] {
    switch self {
    case .markup: []
    case .figures(let figures, _): figures
    case .shown(let blocks), .folded(_, let blocks): blocks.flatMap(\.figures)
    }
  }
}

/// The blocks of a section in HTML.
private struct SectionBody {
  let figures: [Figure]
  /// The figure that comes next.
  var next: Int

  mutating func html(of block: Block) -> Markup {
    switch block {
    case .markup(let markup): return markup
    case .shown(let blocks): return blocks.map { html(of: $0) }.joined()
    case .folded(let title, let blocks):
      let body = blocks.map { html(of: $0) }.joined()
      return "<details><summary>\(title)</summary>\n\(body)</details>"
    case .figures(let all, let caption):
      guard !all.isEmpty else { return "" }
      let first = next + 1
      let shown = all.map { _ in htmlOfNext() }.joined()
      let number = first == next ? "Figure \(first)." : "Figures \(first)–\(next)."
      return """
        <p class="caption"><b>\(number)</b> \(caption)</p>
        <div class="figures">\(shown)</div>
        """
    }
  }

  private mutating func htmlOfNext() -> Markup {
    let figure = figures[next]
    next += 1
    let numbers: Markup =
      figure.isDataOnPage
      ? " <a download=\"\(figure.name).csv\" href=\"\(figure.data.address)\">CSV</a>" : ""
    return """
      <figure id="\(figure.name)"><div class="plot">\(figure.svg)</div>
      <figcaption>Figure \(next) <span class="save">\
      <button type="button" data-name="\(figure.name).svg">SVG</button>\(numbers)</span></figcaption></figure>
      """
  }
}
