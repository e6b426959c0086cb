// engram-ingest measure: measuring again gives the same rows, divergences between runs, refusals.

import SQLiteKit
import TestSupport
import Testing

@Suite struct MeasureCommandTests {
  private let scratch: TemporaryDirectory
  private let warehouse: String

  init() throws {
    scratch = try TemporaryDirectory()
    warehouse = scratch.path("w.db")
    try SharedStudy.get().copyWarehouse(to: warehouse)
  }

  private func measure(_ arguments: String...) throws -> CommandResult {
    try runCommand("engram-ingest", ["measure", warehouse] + arguments)
  }

  @Test func `Measures are computed again, whatever stood there`() throws {
    let before = try measures(warehouse)
    #expect(before.values.allSatisfy { !$0.isEmpty })
    do {
      let connection = try Connection.open(warehouse, mode: .readWrite)
      try connection.execute(
        """
        delete from entropy; delete from entanglement where rule = '1e-2'; update rank set rank = 0;
        update sparsity set always_share = 0.99; update divergence set kl = 99
          where from_run_id = to_run_id
        """)
    }
    #expect(try measures(warehouse) != before)
    let result = try measure("--format", "csv")
    expectSuccess(result)
    #expect(try measures(warehouse) == before)
    let lines = result.output.split(separator: "\r\n").map(String.init)
    #expect(lines.first == "run,measure,rows")
    // Two layers, three kinds, true and permuted labels, ten classes against ten.
    #expect(lines.contains("clean,divergence,1200"))
    #expect(lines.contains("memorised,entropy,120"))
    #expect(lines.count == 1 + 3 * 6)
  }

  @Test func `One run can be named`() throws {
    let result = try measure("--run", "memorised", "--format", "csv")
    expectSuccess(result)
    let lines = result.output.split(separator: "\r\n")
    #expect(lines.count == 7 && lines.dropFirst().allSatisfy { $0.hasPrefix("memorised,") })
  }

  @Test func `Divergences between two runs go both ways, and only where asked for`() throws {
    let sql = """
      select from_run, to_run, count(*), min(kl) >= 0, sum(same_class) from run_divergence
      group by from_run, to_run order by from_run
      """
    // Two layers, three kinds, ten classes against ten.
    let expected: [[Value]] = [
      [.text("clean"), .text("stylised"), 600, 1, 60],
      [.text("stylised"), .text("clean"), 600, 1, 60],
    ]
    let whole = try measures(warehouse)
    try Connection.open(warehouse, mode: .readWrite).execute(
      "delete from divergence where from_run_id <> to_run_id")
    #expect(try rows(warehouse, sql) == [])
    let result = try measure("--between", "stylised,clean", "--format", "csv")
    expectSuccess(result)
    #expect(result.output == "run,measure,rows\r\n\"stylised, clean\",divergence,1200\r\n")
    #expect(try difference(rows(warehouse, sql), expected) == nil)
    #expect(try measures(warehouse) == whole)
  }

  @Test func `What does not fit is refused`() throws {
    func refuse(
      _ status: Int32, _ part: String, _ arguments: String...,
      location: SourceLocation = #_sourceLocation
    ) throws {
      let before = try measures(warehouse)
      let result = try runCommand("engram-ingest", ["measure"] + arguments)
      expectFailure(result, of: "engram-ingest measure", status, part, location)
      #expect(try measures(warehouse) == before, sourceLocation: location)
    }
    try refuse(64, "WAREHOUSE is missing")
    try refuse(64, "unexpected argument 'clean'", warehouse, "clean")
    try refuse(64, "unknown option '--betwen'; did you mean", warehouse, "--betwen", "clean,x")
    for pair in ["clean", "clean,", "clean,stylised,memorised"] {
      try refuse(
        64, "--between takes two run names, A,B, not '\(pair)'", warehouse, "--between", pair)
    }
    try refuse(
      64, "--run and --between exclude", warehouse, "--run", "clean", "--between", "clean,stylised")
    try refuse(64, "unknown choice 'xml'", warehouse, "--format", "xml")
    try refuse(64, "--detect needs --run", warehouse, "--detect", "clean")
    try refuse(64, "--by needs --run", warehouse, "--by", "predicted")
    try refuse(
      64, "--by: every run is measured by permuted labels already", warehouse, "--run", "clean",
      "--by",
      "permuted")
    for other in ["under", "detect"] {
      try refuse(
        64, "--by and --\(other) exclude each other", warehouse, "--run", "clean", "--by",
        "predicted", "--\(other)", "stylised")
    }
    try refuse(
      1, "run \"memorised\" has no assigned labels", warehouse, "--run", "memorised", "--by",
      "assigned")
    try refuse(
      64, "--under and --detect exclude", warehouse, "--run", "stylised", "--under", "clean",
      "--detect", "clean")
    try refuse(
      1, "run \"clean\" is given twice", warehouse, "--run", "clean", "--detect", "clean")
    try refuse(
      1, "unknown run 'cleen'; did you mean 'clean'? (known: clean, stylised, memorised)",
      warehouse, "--run", "cleen")
    try refuse(
      1, "unknown run 'other' (known: clean, stylised, memorised)", warehouse, "--between",
      "clean,other"
    )
    try refuse(1, "run \"clean\" is given twice", warehouse, "--between", "clean,clean")
    try refuse(
      1, "run \"clean\" is of model \"best\", run \"memorised\" of \"random\"", warehouse,
      "--between", "clean,memorised")
    let none = scratch.path("none.db")
    try refuse(1, none + ": no such file", none)
    #expect(try listing(scratch.root).allSatisfy { $0.hasPrefix("w.db") })
  }

  @Test func `A run is measured by its predictions and by the labels trained on`() throws {
    let study = try SharedStudy.get()
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.randomWeights, "--data", "shapes:train:64",
          "--layers", "last:2", "--into", warehouse, "--name", "training",
        ]))
    let counts = """
      select count(distinct class_id), count(distinct assigned_class_id) from prediction
      join run using (run_id) where run.name = 'training'
      """
    guard case .integer(let predicted)? = try rows(warehouse, counts).first?[0],
      case .integer(let assigned)? = try rows(warehouse, counts).first?[1]
    else { throw CancellationError() }
    for (labels, classes) in [("predicted", predicted), ("assigned", assigned)] {
      let result = try measure("--run", "training", "--by", labels, "--format", "csv")
      expectSuccess(result)
      // Two layers, three kinds.
      #expect(
        result.output
          == "run,measure,rows\r\ntraining,divergence,\(6 * classes * classes)\r\ntraining,entropy,\(6 * classes)\r\n"
      )
    }
    let answer = try runCommand(
      "engram-query", [warehouse, "groupings", "--run", "training", "--format", "jsonl"])
    expectSuccess(answer)
    #expect(answer.output.split(separator: "\n").count == 2)
    #expect(!answer.output.contains("\"by_assigned\":null"))
    let array = scratch.path("counts.csv")
    let options = ["counts", "--run", "training", "--layer", "fc3", "--grouping", "predicted"]
    expectSuccess(
      try runCommand("engram-query", ["export", warehouse] + options + ["--output", array]))
    #expect(
      try text(of: array).split(whereSeparator: \.isNewline).count == Int(predicted) * 10 + 1)
    expectFailure(
      try runCommand(
        "engram-query",
        [
          "export", warehouse, "counts", "--run", "clean", "--grouping", "predicted", "--output",
          array,
        ]),
      of: "engram-query export", 1, "engram-ingest measure --run clean --by predicted makes them")
    expectSuccess(try runCommand("engram-ingest", ["verify", warehouse]))
  }

  @Test func `Without a complete run there is nothing to measure`() throws {
    try Connection.open(warehouse, mode: .readWrite).execute("update run set completed_at = null")
    expectFailure(
      try measure(), of: "engram-ingest measure", 1, "no complete run with activations to measure",
      #_sourceLocation)
  }

  @Test func `Measuring a run that lacks nothing else completes it`() throws {
    let before = try measures(warehouse)
    try Connection.open(warehouse, mode: .readWrite).execute(
      """
      update run set completed_at = null where name = 'memorised';
      delete from entropy where run_id = (select run_id from run where name = 'memorised')
      """)
    expectSuccess(try measure("--run", "memorised"))
    #expect(try rows(warehouse, "select name from run where completed_at is null") == [])
    #expect(try measures(warehouse) == before)
  }
}
