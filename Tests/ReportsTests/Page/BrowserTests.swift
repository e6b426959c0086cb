// The page in a real browser: nothing refused or failing, nothing wider than the window, no label over another.

import Reports
import TestSupport
import Testing

@Suite struct BrowserTests {
  /// Twenty networks of one data set, long names among them, and fifty classes in one of them.
  private static func crowd() -> ReportData {
    var data = ReportData()
    for index in 0..<20 {
      let state = StudyState.allCases[index % 4]
      guard var run = StudyRuns.asThePaperSays[state] else { continue }
      run.info.id = index
      run.info.name = "seed-\(index)/a-rather-long-name-of-a-run-\(state.rawValue)"
      if index == 0 {
        let names = (0..<50).map { ($0, $0 % 7 == 0 ? "a class with a long name \($0)" : "c\($0)") }
        var matrix = ClassMatrix(classes: Dictionary(uniqueKeysWithValues: names))
        for row in 0..<50 { for column in 0..<50 { matrix[row, column] = Double(row + column) } }
        run.layers[0].matrix = matrix
      }
      data.runs.append(run)
    }
    return data
  }

  /// What the examination must find: a line wider than the window, and one label on another.
  private static let bad = """
    <!DOCTYPE html><html><body><div style="width: 2000px">wide</div>
    <figure><svg aria-label="bad" width="100" height="40" viewBox="0 0 100 40">
    <text x="5" y="20">one</text><text x="9" y="22">two</text><text x="90" y="20">beyond</text>
    </svg></figure><script>console.error("bad")</script></body></html>
    """

  @Test(.enabled(if: Browser.path != nil, "no chromium in PATH"))
  func `A bad page is found out`() throws {
    let scratch = try Scratch()
    let answer = try Browser.examine(["bad": Self.bad], in: scratch.directory)
    #expect(answer.console.count == 4)
    #expect(answer.findings.count == 3)
    for finding in answer.findings {
      #expect(finding.scrollWidth > finding.width)
      #expect(finding.overlaps == ["bad: one | two"])
      #expect(finding.cut == ["bad: beyond"])
    }
  }

  @Test(.enabled(if: Browser.path != nil, "no chromium in PATH"))
  func `Pages fit their window, and their labels do not meet`() throws {
    let scratch = try Scratch()
    let pages = [
      "small": try Report.page(from: try SmallWarehouse.scored(), isChecking: false),
      "crowd": ReportPage(title: "Twenty runs", data: Self.crowd()),
      "pair": try Report.comparison(
        of: "second <&>", and: "shifted", in: try SmallWarehouse.scored(), isChecking: false),
    ]
    let answer = try Browser.examine(pages.mapValues(\.html), in: scratch.directory)
    #expect(answer.console == [])
    #expect(answer.findings.count == 9)
    for finding in answer.findings {
      let place = "\(finding.page) at \(finding.width)"
      #expect(finding.scrollWidth <= finding.width, "\(place)")
      #expect(finding.overlaps == [], "\(place)")
      #expect(finding.cut == [], "\(place)")
      #expect(finding.saved > (finding.width == Browser.sheet ? -1 : 1000), "\(place)")
      #expect(finding.figures == pages[finding.page]?.figures.count, "\(place)")
    }
    #expect(Set(answer.findings.map(\.width)) == [390, Browser.sheet, 1280])
  }
}
