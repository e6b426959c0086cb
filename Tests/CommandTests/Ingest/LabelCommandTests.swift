// engram-ingest label: labels from a table and from SQL, what is said of those that cannot be taken, and what shows them.

import SQLiteKit
import TestSupport
import Testing

@Suite struct LabelCommandTests {
  private let scratch: TemporaryDirectory
  private let warehouse: String

  init() throws {
    scratch = try TemporaryDirectory()
    warehouse = scratch.path("w.db")
    try SharedStudy.get().copyWarehouse(to: warehouse)
  }

  private func label(_ arguments: String...) throws -> CommandResult {
    try runCommand("engram-ingest", ["label", warehouse] + arguments, directory: scratch.root)
  }

  private func rows(_ sql: String) throws -> [[Value]] {
    try CommandTests.rows(warehouse, sql)
  }

  /// Keys of the samples of the clean run.
  private func keys() throws -> [String] {
    try rows("select sample from predictions where run = 'clean' order by position").map {
      guard case .text(let key) = $0[0] else { return "" }
      return key
    }
  }

  @Test func `A column of a table is attached by key, in any order`() throws {
    let keys = try keys()
    let lines = keys.enumerated().reversed().map { index, key in
      "x,\"\(key)\",\(index % 3 == 0 ? "" : index % 2 == 0 ? "a, b" : "c")"
    }
    try write(
      Array(
        ("other,key,scene\r\n"
          + lines.map { $0.replacing("a, b", with: "\"a, b\"") }.joined(separator: "\r\n")
          + "\r\nx,nothing,c\r\n").utf8), to: scratch.path("scenes.csv"))
    let result = try label(
      "--run", "clean", "--name", "scene", "--from", "scenes.csv", "--format", "csv")
    expectSuccess(result)
    let data = "shapes:test:60"
    #expect(
      result.output
        == "status,labels,data,values,samples,unlabelled,unknown\r\nlabelled,scene,\(data),2,40,20,1\r\n"
    )
    #expect(
      result.errors.contains(
        "scenes.csv: 1 of its samples are not in the data set \(data), the first: 'nothing'"))
    #expect(
      try rows("select sample, label from labels order by position")
        == keys.enumerated().filter { $0.offset % 3 != 0 }
        .map { [.text($0.element), .text($0.offset % 2 == 0 ? "a, b" : "c")] })
    let again = try label("--run", "clean", "--name", "scene", "--from", "scenes.csv")
    #expect(again.status == 0 && again.output.contains("already there"))
    // Both runs of the samples are measured by them.
    for run in ["clean", "memorised"] {
      let measured = try runCommand(
        "engram-ingest", ["measure", warehouse, "--run", run, "--by", "scene", "--format", "csv"])
      expectSuccess(measured)
      // Two layers, three kinds, two values; and the floor.
      #expect(
        measured.output.contains("\(run),entropy,24")
          && measured.output.contains("\(run),divergence,48"))
      let told = try runCommand(
        "engram-query", [warehouse, "hypotheses", "--run", run, "--format", "csv"])
      #expect(told.output.contains("\(run),fc3,scene,2,"))
    }
    let slices = try runCommand(
      "engram-query",
      [warehouse, "slices", "--run", "memorised", "--labels", "scene", "--format", "csv"])
    #expect(slices.output.split(separator: "\r\n").count == 3)
    let verified = try runCommand("engram-ingest", ["verify", warehouse])
    #expect(verified.status == 0, "\(verified.output)")
    let report = try runCommand("engram-report", [warehouse, "--out", scratch.path("r.html")])
    expectSuccess(report)
    #expect(try text(of: scratch.path("r.html")).contains("Accuracy by &#39;scene"))
    // Others need --replace, which says what goes.
    try write(Array(("key\tscene\n\(keys[0])\tz\n").utf8), to: scratch.path("other.tsv"))
    expectFailure(
      try label("--run", "clean", "--name", "scene", "--from", "other.tsv"),
      of: "engram-ingest label", 1, "--replace")
    let replaced = try label(
      "--run", "clean", "--name", "scene", "--from", "other.tsv", "--replace")
    expectSuccess(replaced)
    #expect(
      replaced.errors.contains("what clean, memorised measured by the earlier labels is taken out"))
    #expect(replaced.errors.contains("scene: one value alone"))
    let removed = try label("--run", "clean", "--name", "scene", "--remove")
    expectSuccess(removed)
    #expect(try rows("select count(*) from labelling") == [[0]])
    expectFailure(
      try label("--run", "clean", "--name", "scene", "--remove"), of: "engram-ingest label", 1,
      "unknown labels 'scene'")
  }

  @Test func `A query makes labels`() throws {
    let select =
      "select sample, case when position % 3 = 0 then 'sure' end from predictions where run = 'clean'"
    let result = try label("--run", "clean", "--name", "sure", "--sql", select, "--format", "csv")
    expectSuccess(result)
    let expected = try rows(
      "select sample, 'sure' from predictions where run = 'clean' and position % 3 = 0 order by position"
    )
    #expect(!expected.isEmpty)
    #expect(try rows("select sample, label from labels order by position") == expected)
    #expect(try rows("select source from labelling") == [[.text(select)]])
    // By id, and by numbers, which stand in their order.
    expectSuccess(
      try label(
        "--run", "clean", "--name", "third", "--sql",
        "select sample_id, position % 11 from predictions where run = 'clean'"))
    #expect(
      try rows("select name from class where labelling_id = 2 order by position")
        == (0..<11).map { [.text("\($0)")] })
  }

  @Test(arguments: [
    ("key,scene\n", "found no row"), ("", "expected a heading, found an empty file"),
    ("file,scene\nx,y\n", "expected a heading with key and scene, found 'file', 'scene'"),
    ("key,a,b\n0,1,2\n", "expected a heading with key and scene, found 'key', 'a', 'b'"),
    ("key,scene\n0\n", "expected 2 fields in line 2, found 1"),
    ("key,scene\nnothing,a\n", "found none of 1; the first is 'nothing'"),
    ("key,scene\n\"0,a\n", "expected a closing quote"),
    ("key,sample,scene\n0,0,a\n", "expected one column of keys"),
  ])
  func `Tables that cannot be taken are told`(text: String, part: String) throws {
    try write(Array((text).utf8), to: scratch.path("t.csv"))
    expectFailure(
      try label("--run", "clean", "--name", "scene", "--from", "t.csv"), of: "engram-ingest label",
      1, part)
    #expect(try rows("select count(*) from labelling") == [[0]])
  }

  @Test func `A sample with two labels is refused`() throws {
    let key = try #require(try keys().first)
    try write(Array(("key,scene\n\(key),a\n\(key),a\n\(key),b\n").utf8), to: scratch.path("t.csv"))
    expectFailure(
      try label("--run", "clean", "--name", "scene", "--from", "t.csv"), of: "engram-ingest label",
      1,
      "found '\(key)' in line 3 and, with another one, in line 4")
    // Three runs have each sample; two of them say something else of it.
    expectFailure(
      try label(
        "--run", "clean", "--name", "p", "--sql", "select sample, run from predictions"),
      of: "engram-ingest label", 1, "expected one label a sample")
  }

  @Test(arguments: [
    ("select sample from predictions", "expected two columns"),
    ("delete from run", "expected a query"),
    ("select sample, 'a' from nowhere", "no such table"),
    (
      "select 1, 'a'", "expected a key, which is a text, in row 1 of column '1', found the number 1"
    ),
    (
      "select 'x' as sample_id, 'a'",
      "expected a whole number in row 1 of column 'sample_id', found the text 'x'"
    ),
    (
      "select sample, x'00' from predictions",
      "expected a text or a number for a label in row 1, found bytes"
    ),
    ("select sample, ? from predictions", "expected no parameters, found 1"),
    ("select sample, 'a' from predictions; select 1", "more than one SQL statement"),
  ])
  func `Queries that cannot be taken are told`(sql: String, part: String) throws {
    expectFailure(
      try label("--run", "clean", "--name", "scene", "--sql", sql), of: "engram-ingest label", 1,
      part)
    #expect(try rows("select count(*) from labelling") == [[0]])
    #expect(try rows("select count(*) from run") == [[3]])
  }

  @Test func `Wrong usage is told`() throws {
    for (arguments, part) in [
      (["--name", "true", "--sql", "select 1"], "--name 'true' is a grouping"),
      (["--name", "permuted scene", "--sql", "select 1"], "is a grouping"),
      (["--name", "x"], "one of --from, --sql and --remove is required"),
      (["--name", "x", "--sql", "select 1", "--from", "t"], "--from and --sql exclude each other"),
      (["--name", "x", "--remove", "--replace"], "--remove and --replace exclude each other"),
      (["--sql", "select 1"], "--name is required"),
    ] {
      expectFailure(
        try runCommand("engram-ingest", ["label", warehouse] + arguments),
        of: "engram-ingest label", 64, part)
    }
    // Two data sets, and none is named.
    expectFailure(
      try label("--name", "x", "--sql", "select sample, class from predictions"),
      of: "engram-ingest label", 1,
      "expected one data set, found 2")
    expectFailure(
      try runCommand("engram-ingest", ["measure", warehouse, "--run", "clean", "--by", "scene"]),
      of: "engram-ingest measure", 1, "unknown labels 'scene'")
  }
}
