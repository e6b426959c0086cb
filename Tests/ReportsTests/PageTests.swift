// The whole page: well-formed, self-contained, escaped, the same for the same rows.

import Reports
import SQLiteKit
import Testing

@Suite struct PageTests {
  static let void: Set<String> = ["meta", "br"]

  @Test func isWellFormedAndHoldsEverySection() throws {
    let html = try Report.page(from: try SmallWarehouse.filled()).html
    #expect(WellFormed.problem(in: html, void: Self.void) == nil)
    for id in ["claims", "runs", "accuracy", "sparsity", "divergence", "rank", "entanglement"] {
      #expect(html.contains("<section id=\"\(id)\">"))
    }
    #expect(html.contains("Between runs"))
    #expect(html.contains("Limited by the sample count"))
  }

  @Test func fetchesNothingAndRunsNothing() throws {
    let html = try Report.page(from: try SmallWarehouse.filled()).html
    let rest = html.split(separator: "http://www.w3.org/2000/svg", omittingEmptySubsequences: false)
      .joined()
    for word in ["http:", "https:", "<script", "<link", "<img", "@import", "url(", " src="] {
      #expect(!rest.contains(word), "\(word)")
    }
    #expect(html.contains("default-src 'none'"))
    #expect(html.contains("&lt;script&gt;"))
  }

  @Test func theSameRowsGiveTheSameBytes() throws {
    let first = try Report.page(from: try SmallWarehouse.filled(), title: "<T>").html
    #expect(try Report.page(from: try SmallWarehouse.filled(), title: "<T>") .html == first).html
    #expect(first.contains("<title>&lt;T&gt;</title>"))
  }

  @Test func runsWithoutMeasuresSaySo() {
    var data = ReportData()
    data.runs = [RunReport(info: RunInfo())]
    let html = ReportPage(title: "t", data: data).html
    #expect(WellFormed.problem(in: html, void: Self.void) == nil)
    for text in [
      "No predictions", "No sparsity", "No divergence", "No rank", "No entanglement",
      "not testable here",
    ] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test func claimsCarryRulesNumbersAndVerdicts() {
    var data = ReportData()
    data.runs = StudyRuns.asThePaperSays.values.sorted { $0.info.name < $1.info.name }
    let html = ReportPage(title: "t", data: data).html
    #expect(html.contains("Of 18 claims 15 hold, 0 do not, 3 cannot be tested"))
    #expect(html.contains("fc3 separation, overtrained / best: 0.200 / 0.400 = 0.500"))
    #expect(html.contains("Holds when"))
    #expect(WellFormed.problem(in: html, void: Self.void) == nil)
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
