// The whole page: well-formed, self-contained, escaped, the same for the same rows.

import Reports
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct PageTests {
  static let void: Set<String> = ["meta", "br"]

  @Test func isWellFormedAndHoldsEverySection() throws {
    let html = try Report.page(from: try SmallWarehouse.filled(), isChecking: false).html
    #expect(WellFormed.problem(in: html, void: Self.void) == nil)
    for id in ReportPage.allSections.map(\.id) {
      #expect(html.contains("<section id=\"\(id)\">"))
    }
    #expect(html.contains("Limited by the sample count"))
  }

  @Test func sectionsAreNamedInTheReadMe() throws {
    let text = try Scratch.read(path: packageDirectory() + "/README.md")
    let rows = String(decoding: text, as: UTF8.self).split(separator: "\n")
      .drop { $0 != "| section | shows |" }.dropFirst(2).prefix { $0.hasPrefix("| ") }
      .map { row in row.split(separator: "|")[0].split(separator: " ").joined(separator: " ") }
    #expect(rows == ReportPage.allSections.map(\.title))
    #expect(Set(ReportPage.allSections.map(\.id)).count == rows.count)
  }

  @Test func fetchesNothingAndRunsItsOwnScriptAlone() throws {
    let html = try Report.page(from: try SmallWarehouse.scored(), isChecking: false).html
    let rest = html.split(separator: "http://www.w3.org/2000/svg", omittingEmptySubsequences: false)
      .joined()
    for word in ["http:", "https:", "<link", "<img", "@import", "url(", " src="] {
      #expect(!rest.contains(word), "\(word)")
    }
    #expect(html.split(separator: "<script").count == 2)
    #expect(html.contains("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"))
    #expect(html.contains("&lt;script&gt;"))
  }

  @Test func theSameRowsGiveTheSameBytes() throws {
    let first = try Report.page(from: try SmallWarehouse.scored(), title: "<T>", isChecking: false)
      .html
    let again = try Report.page(from: try SmallWarehouse.scored(), title: "<T>", isChecking: false)
      .html
    #expect(again == first)
    #expect(first.contains("<title>&lt;T&gt;</title>"))
  }

  @Test func runsWithoutMeasuresSaySo() {
    var data = ReportData()
    data.runs = [RunReport(info: RunInfo())]
    let html = ReportPage(title: "t", data: data).html
    #expect(WellFormed.problem(in: html, void: Self.void) == nil)
    for text in [
      "No predictions", "No sparsity", "No class", "No divergence was", "No divergence between",
      "No run was scored", "No network was run over both", "No rank", "No entanglement",
      "No network trained", "No detector",
      "not measurable here",
    ] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test func claimsCarryRulesNumbersAndVerdicts() {
    var data = ReportData()
    data.runs = StudyRuns.asThePaperSays.values.sorted { $0.info.name < $1.info.name }
    let html = ReportPage(title: "t", data: data).html
    #expect(html.contains("Of 26 claims 17 hold, 0 do not, 9 cannot be measured"))
    #expect(
      html.contains("fc3 separation: overtrained 0.200, best 0.400; ratio 0.500, wanted &lt; 0.8"))
    #expect(html.contains("Holds when") && html.contains("ImageNet, ImageNet-R"))
    #expect(html.contains("measure WAREHOUSE --bootstrap 100 adds them"))
    #expect(WellFormed.problem(in: html, void: Self.void) == nil)
  }

  @Test func trainingStandsBesideTestAndPatternsFollowLabels() {
    func run(_ id: Int, _ name: String, _ dataset: String, _ separation: Double) -> RunReport {
      var info = RunInfo()
      (info.id, info.name, info.dataset, info.datasetID) = (id, name, dataset, id)
      (info.weightsHash, info.samples) = ("w", 10)
      var run = RunReport(info: info)
      var layer = LayerReport(position: 2, name: "fc3", inputs: 4, outputs: 3)
      layer.interaction.separation = Separation(
        separation: separation, floor: 0.25, entropy: 0.5, relative: 2 * separation)
      var matrix = ClassMatrix(classes: [0: "ant", 1: "bee"])
      matrix.set(from: 1, to: 1, 4 * separation)
      layer.interaction.matrix = matrix
      run.layers = [layer]
      return run
    }
    var data = ReportData()
    data.runs = [
      run(1, "seen", "set:train", 0.125), run(2, "unseen", "set:test", 0.375),
      run(3, "foreign", "other:test", 0.5),
    ]
    data.groupings = [
      GroupedSeparation(
        run: 1, layerPosition: 2, layer: "fc3", kind: "interaction",
        values: ["true": 0.0625, "assigned": 0.75])
    ]
    let page = ReportPage(title: "t", data: data).html
    #expect(WellFormed.problem(in: page, void: Self.void) == nil)
    let html = page.replacing("\n", with: "")
    #expect(html.contains("&#39;seen&#39; (training) beside &#39;unseen&#39; (test)"))
    #expect(!html.contains("beside &#39;foreign&#39; (test)"))
    func row(_ cells: String...) -> Bool {
      html.contains(
        cells.prefix(2).map { "<td>\($0)</td>" }.joined()
          + cells.dropFirst(2).map { "<td class=\"number\">\($0)</td>" }.joined())
    }
    #expect(row("fc3", "interactions: separation", "0.125", "0.375", "0.250"))
    #expect(row("fc3", "interactions: its floor", "0.250", "0.250", "0"))
    #expect(row("fc3", "interactions: entropy of bee", "0.500", "1.50", "1.00"))
    #expect(html.contains("&#39;seen&#39;: separation by grouping"))
    #expect(row("fc3", "interactions", "0.0625", "–", "0.750", "–"))
  }

  @Test func perturbedRunsStandInTheirOwnSectionsOnly() throws {
    let page = try Report.page(from: try SmallWarehouse.scored(), isChecking: false)
    func names(_ prefix: String) -> [String] {
      page.figures.map(\.name).filter { $0.hasPrefix(prefix) }
    }
    #expect(names("divergence-net").count == 12)
    #expect(names("divergence-net").filter { $0.contains("attacked") } == [])
    #expect(names("entanglement").count == 3)
    #expect(names("divergence-between").count == 1)
    #expect(names("likelihood-").count == 4)
    #expect(names("roc-").count == 2)
    #expect(names("auroc-").count == 1)
    #expect(page.html.contains("is first of 6; Engram&#39;s best, likelihood, "))
    #expect(page.html.contains("not told apart by these samples"))
    #expect(page.html.contains("are diagnostics of what a network does"))
  }

  @Test func headingsOfGroupsTellThemApart() {
    var data = ReportData()
    for (id, name) in [(1, "first"), (2, "second")] {
      var info = RunInfo()
      (info.id, info.name, info.architecture) = (id, name, "net")
      (info.dataset, info.datasetID, info.samples) = ("set:test", id, 10)
      var run = RunReport(info: info)
      run.accuracies = [ClassAccuracy(position: 0, name: "ant", samples: 10, correct: 5)]
      data.runs.append(run)
    }
    let both = ReportPage(title: "t", data: data).html
    for name in ["first", "second"] {
      #expect(both.contains("<h3>net on set:test, 10 samples: &#39;\(name)&#39;</h3>"))
    }
    data.runs.removeLast()
    #expect(
      ReportPage(title: "t", data: data).html.contains("<h3>net on set:test, 10 samples</h3>"))
  }

  @Test func figuresHaveNamesOfTheirOwnAndStandInThePage() throws {
    let page = try Report.page(from: try SmallWarehouse.scored(), isChecking: false)
    #expect(Set(page.figures.map(\.name)).count == page.figures.count)
    for figure in page.figures {
      #expect(page.html.contains("<figure id=\"\(figure.name)\">"))
      #expect(figure.data.rows.count > 0, "\(figure.name)")
      #expect(WellFormed.problem(in: figure.svg.text) == nil)
    }
  }

  @Test func oneClassCanBeChosen() throws {
    let connection = try SmallWarehouse.scored()
    #expect(try Report.page(from: connection, isChecking: false).html.contains("of class a"))
    #expect(
      try Report.page(from: connection, class: "c", isChecking: false).html.contains("of class c"))
    let error = #expect(throws: ReportError.self) {
      try Report.page(from: connection, class: "d", isChecking: false)
    }
    #expect(error?.description.contains("no class 'd'; classes: 'a', ") == true)
  }

  @Test func numbersOutOfRangeAreNotDrawn() throws {
    // Whose numbers lie outside.
    let connection = try SmallWarehouse.scored()
    #expect(throws: WarehouseError.self) { try Report.page(from: connection) }
    #expect(throws: WarehouseError.self) {
      try Report.comparison(of: "first", and: "shifted", in: connection)
    }
    #expect(throws: ReportError.self) { try Report.page(from: connection, focus: "nobody") }
  }

  @Test func matricesOfVeryManyClassesAreNotDrawn() {
    var run = RunReport(info: RunInfo())
    var layer = LayerReport(position: 0, name: "fc", inputs: 1, outputs: 1)
    let classes = Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, "c") })
    layer.matrix = ClassMatrix(classes: classes)
    run.layers = [layer]
    var data = ReportData()
    data.runs = [run]
    let html = ReportPage(title: "t", data: data).html
    #expect(html.contains("a matrix of 200 classes is not drawn"))
  }
}
