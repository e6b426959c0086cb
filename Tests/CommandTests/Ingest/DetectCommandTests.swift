// engram-ingest detect: its summary and remarks, the questions that find its scores, and what it refuses.

import Foundation
import SQLiteKit
import TestSupport
import Testing

@Suite struct DetectCommandTests {
  private let scratch: TemporaryDirectory
  private let warehouse: String
  private let study: SharedStudy
  private static let data = ["shapes:train:64", "shapes:test:60", "shapes-stylised:test:60"]

  init() throws {
    scratch = try TemporaryDirectory()
    warehouse = scratch.path("w.db")
    study = try SharedStudy.get()
    try study.copyWarehouse(to: warehouse)
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", Self.data[0],
          "--layers", "last:1", "--into", warehouse, "--name", "training",
        ]))
  }

  private var data: [String] { Self.data.flatMap { ["--data", $0] } }

  private func detect(_ runs: String, _ more: [String] = []) throws -> CommandResult {
    try runCommand(
      "engram-ingest",
      ["detect", warehouse, "--run", runs, "--reference", "training", "--weights", study.weights]
        + data + more + ["--format", "csv"])
  }

  private static let scores = """
    select detector, run, layer, sample, score from detector_scores order by 1, 2, 4
    """

  @Test func `Runs are scored, and asked of like by any detector`() throws {
    let result = try detect("clean,stylised")
    expectSuccess(result)
    #expect(
      result.output
        == "run,reference,measure,rows\r\nclean,training,score,60\r\nstylised,training,score,60\r\n"
    )
    #expect(
      result.errors.contains(
        "gram: the ranges of 4 layers are those of 58 samples of run \"training\", their mean deviations those of 6 "
          + "others of it, held aside by seed 0"))
    let found = try rows(warehouse, Self.scores)
    #expect(found.count == 120 && found.allSatisfy { $0[2] == .text("fc3") })
    // Again, one after the other.
    for run in ["stylised", "clean"] { expectSuccess(try detect(run, ["--threads", "1"])) }
    #expect(try difference(rows(warehouse, Self.scores), found) == nil)
    expectSuccess(try detect("clean", ["--detectors", "gram:held-aside=0.25,seed=3"]))
    #expect(try rows(warehouse, "select name from detector order by 1").count == 2)
    let benchmark = try runCommand(
      "engram-query",
      [warehouse, "detector_benchmark", "--run", "clean", "--format", "csv", "--detector", "gram"])
    expectSuccess(benchmark)
    let lines = benchmark.output.split(separator: "\r\n")
    #expect(lines.count == 2)
    #expect(lines[1].hasPrefix("clean,stylised,none,training,fc3,gram,"))
    let verified = try runCommand("engram-ingest", ["verify", warehouse, "--format", "csv"])
    expectSuccess(verified)
    #expect(!verified.output.contains("damaged"))
    let report = try runCommand(
      "engram-report", [warehouse, "--out", scratch.path("report.html")])
    expectSuccess(report)
    #expect(
      try String(contentsOfFile: scratch.path("report.html"), encoding: .utf8).contains("gram"))
  }

  @Test func `What does not fit is told in a line, and nothing is written`() throws {
    func refuse(_ status: Int32, _ part: String, _ words: [String]) throws {
      let result = try runCommand("engram-ingest", ["detect"] + words)
      #expect(result.status == status, "\(result.errors)")
      #expect(result.errors.contains(part), "\(part) is not in \(result.errors)")
      #expect(result.output == "")
    }
    let known = [
      warehouse, "--run", "clean", "--reference", "training", "--weights", study.weights,
    ]
    try refuse(64, "WAREHOUSE is missing", Array(known.dropFirst()) + data)
    try refuse(64, "--data is required", known)
    try refuse(64, "--run takes names", known + data + ["--run", "stylised,"])
    try refuse(64, "run 'clean' is given twice", known + data + ["--run", "clean"])
    try refuse(64, "reads what is stored", known + data + ["--detectors", "energy"])
    try refuse(
      64, "held-aside is '1', expected", known + data + ["--detectors", "gram:held-aside=1"])
    try refuse(1, "unknown run 'none'", known + data + ["--run", "none"])
    try refuse(
      1, "run \"clean\": expected its data set \"shapes:test:60\", ",
      known + ["--data", Self.data[0]])
    try refuse(
      1, "expected the weights of model ", known + data + ["--weights", study.randomWeights])
    try refuse(1, "run \"memorised\" is of model", known + data + ["--run", "memorised"])
    try refuse(
      1, "no such file", [scratch.path("none.db")] + known.dropFirst() + data)
    #expect(try rows(warehouse, "select count(*) from score") == [[.integer(0)]])
  }

  @Test func `A data set of no run is told`() throws {
    let result = try detect("clean")
    expectSuccess(result)
    #expect(result.errors.contains("--data shapes-stylised:test:60: no run of these"))
  }
}
