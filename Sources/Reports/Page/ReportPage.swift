// The page: its sections in order, self-contained and without scripts. The same data gives the same bytes.

/// A report as one HTML document.
package struct ReportPage {
  package let title: String
  let data: ReportData

  /// - Precondition: `data` has a run.
  package init(title: String, data: ReportData) {
    precondition(!data.runs.isEmpty, "a report is about runs")
    (self.title, self.data) = (title, data)
  }

  package var html: String {
    let sections: [(id: String, title: String, body: Markup)] = [
      ("claims", "The paper's claims", claimsSection),
      ("runs", "Runs and their provenance", runsSection),
      ("accuracy", "Accuracy", accuracySection),
      ("sparsity", "Sparsity of activations", sparsitySection),
      ("divergence", "Entropy and divergence between classes", divergenceSection),
      ("rank", "Manifold rank", rankSection),
      ("entanglement", "Manifold entanglement", entanglementSection),
    ]
    let links = sections.map { section -> Markup in
      "<li><a href=\"#\(section.id)\">\(section.title)</a></li>"
    }.joined()
    let bodies = sections.map { section -> Markup in
      "<section id=\"\(section.id)\"><h2>\(section.title)</h2>\n\(section.body)</section>"
    }.joined()
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title)</title>
      <style>
      \(PageStyle.css)
      </style>
      </head>
      <body>
      <header><h1>\(title)</h1>
      <p>\(summary)</p>
      <nav><ul>\(links)</ul></nav></header>
      <main>
      \(bodies)
      </main>
      </body>
      </html>

      """
    return page.text
  }

  private var summary: String {
    let runs = data.runs.map(\.info)
    let sets = Set(runs.map(\.dataset)).sorted().joined(separator: ", ")
    return NumberText.count(runs.count, "run", "runs")
      + " of \(Set(runs.map(\.architecture)).sorted().joined(separator: ", ")) on \(sets). "
      + "Every figure shows its numbers when the pointer rests on it. KL divergences and "
      + "entropies are in nats per interaction."
  }
}

// What the sections share.
extension ReportPage {
  /// Runs with their places in the report, grouped by what `key` says, groups in order of appearance.
  func grouped<Key: Hashable>(_ key: (RunReport) -> Key?) -> [(key: Key, runs: [PlacedRun])] {
    var order: [Key] = []
    var groups: [Key: [PlacedRun]] = [:]
    for (index, run) in data.runs.enumerated() {
      guard let key = key(run) else { continue }
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(PlacedRun(run: run, style: RunStyle(index)))
    }
    return order.map { ($0, groups[$0] ?? []) }
  }

  func name(ofRun id: Int) -> String {
    data.runs.first { $0.info.id == id }?.info.name ?? "run \(id)"
  }

  static func figure(_ svg: Markup, _ caption: String = "") -> Markup {
    let text: Markup = caption.isEmpty ? "" : "<figcaption>\(caption)</figcaption>"
    return "<figure>\(svg)\(text)</figure>"
  }

  static func figures(_ all: [Markup]) -> Markup {
    "<div class=\"figures\">\(all.joined())</div>"
  }

  static func note(_ text: String) -> Markup { "<p class=\"note\">\(text)</p>" }
}

/// A run with the look it has in every chart of the page.
struct PlacedRun {
  let run: RunReport
  let style: RunStyle

  var name: String { run.info.name }
}

extension Array {
  /// Consecutive parts of at most `size` elements.
  func parts(of size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: Swift.max(1, size)).map {
      Array(self[$0..<Swift.min(count, $0 + Swift.max(1, size))])
    }
  }
}
