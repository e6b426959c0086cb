// engram-report as a person meets it: one page that needs nothing else, and its refusals.

import Foundation
import SQLiteKit
import Testing

@Suite struct ReportCommandTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func report(_ arguments: String...) throws -> CommandResult {
    try runCommand("engram-report", arguments, directory: scratch.root)
  }

  private let leading =
    "run memorised of 3 runs is in focus, class circle is shown alone; --focus, --runs and --class choose\n"

  @Test func `A report is one page that loads nothing`() throws {
    let before = try bytes(of: study.warehouse)
    let result = try report(study.warehouse, "--out", "report.html")
    expectSuccess(result)
    #expect(result.output == "" && result.errors == leading + "wrote report.html\n")
    #expect(try listing(scratch.root) == ["report.html"])
    #expect(try bytes(of: study.warehouse) == before)
    let page = try text(of: scratch.path("report.html"))
    #expect(page.prefix(15).lowercased() == "<!doctype html>")
    #expect(page.suffix(8).contains("</html>"))
    let namespace = "http://www.w3.org/2000/svg"
    let addresses = page.matches(of: /https?:\/\/[^"'<>\s]*/).map { String($0.0) }
    #expect(Set(addresses) == [namespace])
    let loading = [" src=", "@import", "<link", "url(", "<iframe"]
    // Pictures stand in the page.
    let rest = page.replacing(" src=\"data:image/", with: "")
    #expect(rest.utf8.count < page.utf8.count && loading.filter { rest.contains($0) } == [])
    let missing = ["clean", "stylised", "memorised"].filter { !page.contains(">\($0)<") }
    #expect(missing == [])
  }

  @Test func `Runs and the title can be chosen, and a page is replaced`() throws {
    try write("old".utf8, to: scratch.path("r.html"))
    let result = try report(
      study.warehouse, "--out", "r.html", "--runs", "memorised,clean", "--title", "A <title> & more"
    )
    expectSuccess(result)
    #expect(result.errors == "wrote r.html\n")
    let page = try text(of: scratch.path("r.html"))
    let title = page.firstMatch(of: /<title>(.*)<\/title>/)?.1
    #expect(title == "A &lt;title&gt; &amp; more")
    let shown = ["clean", "stylised", "memorised"].filter { page.contains(">\($0)<") }
    #expect(shown == ["clean", "memorised"])
  }

  @Test func `Two runs are compared, with figures as files`() throws {
    let result = try report(
      study.warehouse, "--out", "pair.html", "--compare", "clean,stylised", "--figures", "figures")
    expectSuccess(result)
    #expect(result.errors.hasSuffix("wrote pair.html\n"))
    let found = try listing(scratch.path("figures"))
    #expect(found.contains("compare-accuracy-difference.svg") && found.contains("compare-rank.csv"))
    let page = try text(of: scratch.path("pair.html"))
    #expect(page.contains("<h1>clean and stylised</h1>") && !page.contains(">memorised<"))
    for (names, part) in [
      ("clean", "expected two runs with a comma between, found 'clean'"),
      ("clean,", "expected two runs with a comma between"),
    ] {
      expectFailure(
        try report(study.warehouse, "--out", "p.html", "--compare", names), of: "engram-report", 64,
        part)
    }
    expectFailure(
      try report(
        study.warehouse, "--out", "p.html", "--compare", "clean,stylised", "--focus", "clean"),
      of: "engram-report", 64, "--focus and --compare exclude each other")
    expectFailure(
      try report(study.warehouse, "--out", "p.html", "--compare", "clean,none"),
      of: "engram-report", 1, "no run 'none'")
  }

  @Test func `Figures are files with their numbers beside them`() throws {
    let result = try report(study.warehouse, "--out", "r.html", "--figures", "figures")
    expectSuccess(result)
    let listed = result.output.split(separator: "\n").map(String.init)
    let found = try listing(scratch.path("figures"))
    #expect(listed.map { $0.dropFirst("figures/".count).description }.sorted() == found)
    #expect(found.count > 20 && Set(found.map { $0.suffix(4) }) == [".svg", ".csv"])
    #expect(
      result.errors
        == "wrote \(found.count / 2) figures into figures\n\(leading)wrote r.html\n")
    let page = try text(of: scratch.path("r.html"))
    for name in found.filter({ $0.hasSuffix(".svg") }) {
      let svg = try text(of: scratch.path("figures/\(name)"))
      #expect(svg.hasPrefix("<svg xmlns=") && svg.hasSuffix("</svg>\n"))
      #expect(page.contains("data-name=\"\(name)\""))
    }
    for name in found.filter({ $0.hasSuffix(".csv") }) {
      let lines = try text(of: scratch.path("figures/\(name)")).split(separator: "\r\n")
      #expect(lines.count > 1, "\(name)")
    }
    let again = try report(study.warehouse, "--out", "r.html", "--figures", "figures")
    #expect(again.output == result.output)
  }

  @Test func `What does not fit is refused and writes nothing`() throws {
    func refuse(
      _ status: Int32, _ part: String, _ arguments: String...,
      location: SourceLocation = #_sourceLocation
    ) throws {
      let result = try runCommand("engram-report", arguments, directory: scratch.root)
      expectFailure(result, of: "engram-report", status, part, location)
    }
    let warehouse = study.warehouse
    try refuse(64, "WAREHOUSE is missing")
    try refuse(64, "--out is required", warehouse)
    try refuse(64, "unexpected argument 'more'", warehouse, "more", "--out", "r.html")
    try refuse(64, "did you mean '--title'?", warehouse, "--titel", "x", "--out", "r.html")
    try refuse(64, "is the warehouse itself", warehouse, "--out", warehouse)
    try refuse(1, "none.db: no such file", "none.db", "--out", "r.html")
    try refuse(1, "no run 'cleen'", warehouse, "--out", "r.html", "--runs", "cleen")
    try refuse(1, "cannot write none/r.html: No such file", warehouse, "--out", "none/r.html")
    try refuse(1, "no class 'cat'", warehouse, "--out", "r.html", "--class", "cat")
    try refuse(
      1, "cannot write none/f: No such file", warehouse, "--out", "r.html", "--figures", "none/f")
    #expect(try listing(scratch.root) == [])

    try write(
      "just words, but more than a header's hundred bytes of them".utf8, to: scratch.path("t"))
    try refuse(1, "t: expected a warehouse, found no SQLite database", "t", "--out", "r.html")
    try Connection.open(scratch.path("o"), mode: .create).execute("create table mine (a)")
    try refuse(1, "o: expected a warehouse, found another SQLite", "o", "--out", "r.html")
    #expect(try listing(scratch.root) == ["o", "t"])
  }

  @Test func `A warehouse without a complete run is told apart`() throws {
    let path = scratch.path("w.db")
    try study.copyWarehouse(to: path)
    try Connection.open(path, mode: .readWrite).execute("update run set completed_at = null")
    let result = try report(path, "--out", "r.html")
    expectFailure(result, of: "engram-report", 1, "no complete run")
    #expect(!(try listing(scratch.root).contains("r.html")))
  }
}
