// The whole page: well-formed, self-contained, escaped, the same for the same rows.

import Reports
import SQLiteKit
import Testing

@Suite struct PageTests {
  static let void: Set<String> = ["meta", "br"]

  @Test func isWellFormedAndHoldsEverySection() throws {
    let html = try Report.page(from: try SmallWarehouse.filled()).html
    #expect(WellFormed.problem(in: html, void: Self.void) == nil)
    for id in [
      "claims", "runs", "accuracy", "sparsity", "class-sparsity", "divergence", "between",
      "likelihood", "rank", "entanglement", "labels", "detectors",
    ] {
      #expect(html.contains("<section id=\"\(id)\">"))
    }
    #expect(html.contains("Limited by the sample count"))
  }

  @Test func fetchesNothingAndRunsItsOwnScriptAlone() throws {
    let html = try Report.page(from: try SmallWarehouse.scored()).html
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
    let first = try Report.page(from: try SmallWarehouse.scored(), title: "<T>").html
    let again = try Report.page(from: try SmallWarehouse.scored(), title: "<T>").html
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
      "No run was scored", "No rank", "No entanglement", "No network trained", "No detector",
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

  @Test func perturbedRunsStandInTheirOwnSectionsOnly() throws {
    let page = try Report.page(from: try SmallWarehouse.scored())
    func names(_ prefix: String) -> [String] {
      page.figures.map(\.name).filter { $0.hasPrefix(prefix) }
    }
    #expect(names("divergence-net").count == 12)
    #expect(names("divergence-net").filter { $0.contains("attacked") } == [])
    #expect(names("entanglement").count == 3)
    #expect(names("divergence-between").count == 1)
    #expect(names("likelihood-").count == 4)
    #expect(names("roc-").count == 2)
    #expect(page.html.contains("loses to") || page.html.contains("is ahead of"))
  }

  @Test func figuresHaveNamesOfTheirOwnAndStandInThePage() throws {
    let page = try Report.page(from: try SmallWarehouse.scored())
    #expect(Set(page.figures.map(\.name)).count == page.figures.count)
    for figure in page.figures {
      #expect(page.html.contains("<figure id=\"\(figure.name)\">"))
      #expect(figure.data.rows.count > 0, "\(figure.name)")
      #expect(WellFormed.problem(in: figure.svg.text) == nil)
    }
  }

  @Test func oneClassCanBeChosen() throws {
    let connection = try SmallWarehouse.scored()
    #expect(try Report.page(from: connection).html.contains("of class a"))
    #expect(try Report.page(from: connection, class: "c").html.contains("of class c"))
    let error = #expect(throws: ReportError.self) {
      try Report.page(from: connection, class: "d")
    }
    #expect(error?.description.contains("no class 'd'; classes: 'a', ") == true)
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
