// engram-ingest map: what it writes, says and refuses, and that the report draws it.

import Foundation
import SQLiteKit
import Testing

@Suite struct MapCommandTests {
  private let scratch: TemporaryDirectory

  init() throws {
    scratch = try TemporaryDirectory()
    try SharedStudy.get().copyWarehouse(to: scratch.path("w.db"))
  }

  private func ingest(_ arguments: String...) throws -> CommandResult {
    try runCommand("engram-ingest", arguments, directory: scratch.root)
  }

  @Test func `Maps are rows of every sample, and the same again`() throws {
    let result = try ingest(
      "map", "w.db", "--run", "clean,memorised", "--iterations", "60", "--format", "csv")
    expectSuccess(result)
    #expect(
      result.output == "run,layer,method,samples\r\nclean,fc3,pca,60\r\nclean,fc3,tsne,60\r\n"
        + "memorised,fc3,pca,60\r\nmemorised,fc3,tsne,60\r\n")
    #expect(result.errors.contains("clean: samples by their inputs of fc3\n"))
    let rows = "select run, method, sample, x, y from embeddings order by 1, 2, 3"
    let first = try runCommand("engram-query", ["w.db", "--sql", rows], directory: scratch.root)
      .output
    expectSuccess(try ingest("map", "w.db", "--run", "clean", "--iterations", "60"))
    let again = try runCommand("engram-query", ["w.db", "--sql", rows], directory: scratch.root)
      .output
    #expect(again == first && first.split(separator: "\n").count == 242)
    let spread = try runCommand(
      "engram-query",
      [
        "w.db", "--format", "csv", "--sql",
        "select count(distinct round(x, 6)) > 50, max(x) > min(x) from embeddings where run = 'clean' and method = 'tsne'",
      ], directory: scratch.root)
    #expect(spread.output.hasSuffix("1,1\r\n"))
    let verified = try ingest("verify", "w.db")
    expectSuccess(verified)
  }

  @Test func `Few samples are drawn by the seed, and the report draws them`() throws {
    let result = try ingest(
      "map", "w.db", "--run", "clean", "--layer", "fc2", "--method", "pca", "--samples", "20",
      "--seed", "7")
    expectSuccess(result)
    #expect(result.errors.contains("clean: 20 of 60 samples are in the map, drawn by seed 7"))
    let report = try runCommand(
      "engram-report", ["w.db", "--out", "r.html", "--figures", "f"], directory: scratch.root)
    expectSuccess(report)
    let page = try text(of: scratch.path("r.html"))
    #expect(page.contains("Samples of &#39;clean&#39; by their inputs of fc2: 20 of 60."))
    #expect(page.contains("Principal components: the axes hold "))
    let table = try text(of: scratch.path("f/map-pca-clean-fc2.csv")).split(separator: "\r\n")
    #expect(table.count == 21 && table[0] == "run,sample,x,y,class,predicted,correct,confidence")
    expectSuccess(try ingest("verify", "w.db"))
  }

  @Test func `Runs share a plane, and the report colours it by run and by own labels`() throws {
    let shades =
      "select sample, iif(position % 2, 'dark', 'light') from predictions where run = 'clean'"
    expectSuccess(
      try ingest("label", "w.db", "--run", "clean", "--name", "shade", "--sql", shades))
    let result = try ingest(
      "map", "w.db", "--run", "clean,memorised", "--together", "--method", "pca", "--format", "csv")
    expectSuccess(result)
    #expect(
      result.output
        == "run,layer,method,samples\r\nclean,fc3,pca,60\r\nmemorised,fc3,pca,60\r\n")
    let planes = try runCommand(
      "engram-query",
      [
        "w.db", "--format", "csv", "--sql",
        "select count(*), count(distinct plane), min(length(plane)) > 8 from embedding_method",
      ], directory: scratch.root)
    #expect(planes.output.hasSuffix("\r\n2,1,1\r\n"))
    expectSuccess(try ingest("verify", "w.db"))
    let report = try runCommand(
      "engram-report", ["w.db", "--out", "r.html", "--figures", "f", "--focus", "clean"],
      directory: scratch.root)
    expectSuccess(report)
    let page = try text(of: scratch.path("r.html"))
    for part in [
      "Samples of &#39;clean&#39;, &#39;memorised&#39; by their inputs of fc3: all 120.", "by run",
      "by shade", "class=\"legend for-label-0\"",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    let table = try text(of: scratch.path("f/map-pca-clean-fc3.csv")).split(separator: "\r\n")
    #expect(table.count == 121 && table[0].hasSuffix(",confidence,shade"))
    #expect(table.count { $0.hasPrefix("memorised,") } == 60)
    // Laid out alone again, it leaves the plane.
    expectSuccess(try ingest("map", "w.db", "--run", "clean", "--method", "pca"))
    let alone = try runCommand(
      "engram-report", ["w.db", "--out", "r.html", "--focus", "clean"], directory: scratch.root)
    expectSuccess(alone)
    #expect(try text(of: scratch.path("r.html")).contains("Samples of &#39;clean&#39; by their"))
  }

  @Test func `What cannot be laid out is refused`() throws {
    func refuse(_ status: Int32, _ part: String, _ arguments: String...) throws {
      let result = try runCommand("engram-ingest", ["map"] + arguments, directory: scratch.root)
      expectFailure(result, of: "engram-ingest map", status, part)
    }
    try refuse(64, "unknown method 'umap'", "w.db", "--method", "umap")
    try refuse(64, "unknown layer 'fc9'", "w.db", "--run", "clean", "--layer", "fc9")
    try refuse(1, "unknown run 'cleen'; did you mean 'clean'?", "w.db", "--run", "cleen")
    try refuse(64, "--perplexity", "w.db", "--perplexity", "0")
    expectSuccess(try ingest("copy", "w.db", "bare.db", "--without", "activations"))
    try refuse(1, "complete run with activations to lay out", "bare.db")
  }
}
