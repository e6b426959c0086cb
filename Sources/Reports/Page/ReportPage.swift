// The page: its sections in order, self-contained. The same data gives the same bytes.

internal import Basics

/// A section that every page has, with or without rows to show.
package struct PageSection: Sendable {
  /// In the page's address.
  package let id: String
  package let title: String
  let blocks: @Sendable (ReportPage) -> [Block]
}

/// A report as one HTML document, and its figures as files.
package struct ReportPage {
  package let title: String
  package private(set) var html = ""
  /// In the order of the page, each under a name of its own.
  package private(set) var figures: [Figure] = []
  let data: ReportData

  /// - Precondition: `data` has a run.
  package init(title: String, data: ReportData) {
    precondition(!data.runs.isEmpty, "a report is about runs")
    (self.title, self.data) = (title, data)
    let sections = self.sections
    let numbering = FigureNumbering(sections)
    figures = numbering.figures
    let bodies = Parallel.map(sections.count) { [sections] range in
      numbering.html(of: sections[range.lowerBound], at: range.lowerBound)
    }.joined()
    html = page(sections, bodies).text
  }

  /// Every section, in the order of the page.
  package static let allSections = [
    PageSection(id: "overview", title: "At a glance") { $0.overviewSection },
    PageSection(id: "standout", title: "What stands out") { $0.standoutSection },
    PageSection(id: "samples", title: "Samples to look at") { $0.gallerySection },
    PageSection(id: "map", title: "Map of the samples") { $0.mapSection },
    PageSection(id: "claims", title: "The paper's claims") { $0.claimsSection },
    PageSection(id: "runs", title: "Runs and their provenance") { $0.runsSection },
    PageSection(id: "accuracy", title: "Accuracy") { $0.accuracySection },
    PageSection(id: "sparsity", title: "Sparsity of activations") { $0.sparsitySection },
    PageSection(id: "class-sparsity", title: "Sparsity of one class") { $0.classSparsitySection },
    PageSection(id: "divergence", title: "Entropy and divergence between classes") {
      $0.divergenceSection
    },
    PageSection(id: "between", title: "Divergence between runs") { $0.betweenSection },
    PageSection(id: "likelihood", title: "Likelihood under attack and shift") {
      $0.likelihoodSection
    },
    PageSection(id: "rank", title: "Manifold rank") { $0.rankSection },
    PageSection(id: "entanglement", title: "Manifold entanglement") { $0.entanglementSection },
    PageSection(id: "labels", title: "Random labels beside true labels") { $0.labelsSection },
    PageSection(id: "training-time", title: "At training and at test time") {
      $0.trainingTimeSection
    },
    PageSection(id: "own-labels", title: "By labels of your own") { $0.ownLabelsSection },
    PageSection(id: "detectors", title: "Detectors") { $0.detectorSection },
  ]

  private var sections: [Section] {
    let listed = data.pair == nil ? Self.allSections : Self.comparisonSections
    return Parallel.map(listed.count) { range in
      let own = listed[range.lowerBound]
      return Section(id: own.id, title: own.title, blocks: own.blocks(self))
    }
  }

  private func page(_ sections: [Section], _ bodies: Markup) -> Markup {
    let links = sections.map { section -> Markup in
      "<li><a href=\"#\(section.id)\">\(section.title)</a></li>"
    }.joined()
    // The hash lets the page's own script run, and nothing that a name in the warehouse might smuggle in.
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src \(Markup(stringLiteral: PageScript.source)); img-src data:">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title)</title>
      <style>
      \(PageStyle.css)
      </style>
      </head>
      <body>
      <header><h1>\(title)</h1>
      <p>\(summary)</p>
      <nav><ol>\(links)</ol></nav></header>
      <main>
      \(bodies)
      </main>
      <script>\(Markup(stringLiteral: PageScript.text))</script>
      </body>
      </html>

      """
  }

  private var summary: String {
    let runs = data.runs.map(\.info)
    let sets = Set(runs.map(\.dataset)).sorted().joined(separator: ", ")
    return NumberText.count(runs.count, "run", "runs")
      + " of \(Set(runs.map(\.architecture)).sorted().joined(separator: ", ")) on \(sets). "
      + "Every figure shows its numbers when the pointer rests on it, and is there to be saved as "
      + "SVG, its numbers, but for large maps, as CSV. KL divergences and entropies are in nats per interaction."
  }

  func name(ofRun id: Int) -> String {
    data.runs.first { $0.info.id == id }?.info.name ?? "run \(id)"
  }
}
