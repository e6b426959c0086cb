// The page: its sections in order, self-contained. The same data gives the same bytes.

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
    var numbering = FigureNumbering()
    let sections = self.sections
    let bodies = sections.map { numbering.html(of: $0) }.joined()
    figures = numbering.figures
    html = page(sections, bodies).text
  }

  private var sections: [Section] {
    [
      Section(id: "claims", title: "The paper's claims", blocks: claimsSection),
      Section(id: "runs", title: "Runs and their provenance", blocks: runsSection),
      Section(id: "accuracy", title: "Accuracy", blocks: accuracySection),
      Section(id: "sparsity", title: "Sparsity of activations", blocks: sparsitySection),
      Section(
        id: "class-sparsity", title: "Sparsity of one class", blocks: classSparsitySection),
      Section(
        id: "divergence", title: "Entropy and divergence between classes",
        blocks: divergenceSection),
      Section(id: "between", title: "Divergence between runs", blocks: betweenSection),
      Section(
        id: "likelihood", title: "Likelihood under attack and shift", blocks: likelihoodSection),
      Section(id: "rank", title: "Manifold rank", blocks: rankSection),
      Section(id: "entanglement", title: "Manifold entanglement", blocks: entanglementSection),
      Section(id: "labels", title: "Random labels beside true labels", blocks: labelsSection),
      Section(
        id: "training-time", title: "At training and at test time", blocks: trainingTimeSection),
      Section(id: "detectors", title: "Detectors", blocks: detectorSection),
    ]
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
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src \(Markup(stringLiteral: PageScript.source))">
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
      + "SVG, its numbers as CSV. KL divergences and entropies are in nats per interaction."
  }

  func name(ofRun id: Int) -> String {
    data.runs.first { $0.info.id == id }?.info.name ?? "run \(id)"
  }
}
