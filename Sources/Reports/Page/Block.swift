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

/// Numbers figures in the order of the page, and sees to it that each has a name of its own.
struct FigureNumbering {
  private(set) var figures: [Figure] = []
  private var names: Set<String> = []

  /// `section` in HTML, its figures numbered on from those before.
  mutating func html(of section: Section) -> Markup {
    let blocks = section.blocks.map { html(of: $0) }.joined()
    return "<section id=\"\(section.id)\"><h2>\(section.title)</h2>\n\(blocks)</section>"
  }

  private mutating func html(of block: Block) -> Markup {
    switch block {
    case .markup(let markup): return markup
    case .shown(let blocks): return blocks.map { html(of: $0) }.joined()
    case .folded(let title, let blocks):
      let body = blocks.map { html(of: $0) }.joined()
      return "<details><summary>\(title)</summary>\n\(body)</details>"
    case .figures(let all, let caption):
      guard !all.isEmpty else { return "" }
      let first = figures.count + 1
      let shown = all.map { html(of: $0) }.joined()
      let last = figures.count
      let number = first == last ? "Figure \(first)." : "Figures \(first)–\(last)."
      return """
        <p class="caption"><b>\(number)</b> \(caption)</p>
        <div class="figures">\(shown)</div>
        """
    }
  }

  private mutating func html(of figure: Figure) -> Markup {
    var name = figure.name
    var copy = 1
    while !names.insert(name).inserted {
      copy += 1
      name = "\(figure.name)-\(copy)"
    }
    figures.append(figure.renamed(name))
    let numbers: Markup =
      figure.isDataOnPage
      ? " <a download=\"\(name).csv\" href=\"\(figure.data.address)\">CSV</a>" : ""
    return """
      <figure id="\(name)"><div class="plot">\(figure.svg)</div>
      <figcaption>Figure \(figures.count) <span class="save">\
      <button type="button" data-name="\(name).svg">SVG</button>\(numbers)</span></figcaption></figure>
      """
  }
}
