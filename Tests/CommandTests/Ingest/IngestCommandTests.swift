// engram-ingest as a person meets it: estimate, summary, repeating, choosing, dry runs. Refusals stand
// in IngestRefusalTests, interruptions in InterruptionTests.

import Foundation
import SQLiteKit
import TestSupport
import Testing

@Suite struct IngestCommandTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func ingest(_ arguments: String..., data: String = "shapes:test:60") throws
    -> CommandResult
  {
    try runCommand(
      "engram-ingest",
      ["--model", "alexnet-cifar", "--weights", study.weights, "--data", data] + arguments,
      directory: scratch.root)
  }

  @Test(arguments: ["table", "csv", "json", "jsonl"])
  func `The estimate comes on stderr, the summary as one row on stdout`(format: String) throws {
    let result = try ingest("--into", "w.db", "--layers", "last:1", "--format", format)
    expectSuccess(result)
    #expect(result.errors.hasPrefix("estimated size: "))
    let columns = [
      "status", "run", "samples", "accuracy", "foreign", "unlabelled", "file_bytes", "seconds",
      "measure_seconds",
    ]
    switch format {
    case "table":
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 3)
      #expect(lines.first?.split(separator: " ").map(String.init) == columns)
      #expect(lines.last?.hasPrefix("ingested  best/shapes:test:60 ") == true, "\(lines)")
    case "csv":
      let lines = result.output.split(separator: "\r\n")
      #expect(lines.count == 2)
      #expect(lines.first?.split(separator: ",").map(String.init) == columns)
      #expect(lines.last?.hasPrefix("ingested,best/shapes:test:60,60,") == true, "\(lines)")
    default:
      let decoded = try JSONDecoder().decode(
        [Summary].self, from: Data((format == "json" ? result.output : "[\(result.output)]").utf8))
      let row = try #require(decoded.first)
      #expect(decoded.count == 1)
      #expect(row.status == "ingested" && row.run == "best/shapes:test:60" && row.samples == 60)
      let size = try bytes(of: scratch.path("w.db")).count
      #expect(row.fileBytes == size)
      let stored = try rows(scratch.path("w.db"), "select accuracy from runs")
      #expect(stored == [[.real(row.accuracy)]])
    }
  }

  private struct Summary: Decodable {
    let status: String
    let run: String
    let samples: Int
    let accuracy: Double
    let fileBytes: Int

    enum CodingKeys: String, CodingKey {
      case status, run, samples, accuracy
      case fileBytes = "file_bytes"
    }
  }

  @Test func `The same again says so and leaves the file as it is`() throws {
    expectSuccess(try ingest("--into", "w.db", "--layers", "last:1"))
    let before = try bytes(of: scratch.path("w.db"))
    for options in [["--threads", "1"], ["--name", "another"]] {
      let again = try ingest(
        "--into", "w.db", "--layers", "fc3", "--format", "csv", options[0], options[1])
      expectSuccess(again)
      #expect(again.output.contains("\r\nalready ingested,best/shapes:test:60,60,"))
      #expect(try difference(bytes(of: scratch.path("w.db")), before) == nil)
    }
    #expect(try listing(scratch.root) == ["w.db"])
  }

  @Test func `Every fully connected layer and sample is kept`() throws {
    expectSuccess(try ingest("--into", "w.db"))
    let stored = try rows(
      scratch.path("w.db"),
      """
      select layer, n_in, n_out,
        (select count(*) from activation as a where a.layer_id = layers.layer_id),
        (select count(*) from significance as s where s.layer_id = layers.layer_id)
      from layers order by position
      """)
    #expect(
      stored == [
        [.text("fc1"), 3136, 384, 60, 60], [.text("fc2"), 384, 192, 60, 60],
        [.text("fc3"), 192, 10, 60, 60],
      ])
    #expect(try rows(scratch.path("w.db"), "select count(*) from prediction") == [[60]])
  }

  @Test func `Layers, classes and samples can be chosen`() throws {
    expectSuccess(
      try ingest(
        "--into", "w.db", "--layers", "fc3,fc2", "--classes", "square,cross", "--per-class", "3",
        "--name", "chosen", "--model-name", "net", "--seed", "5"))
    let path = scratch.path("w.db")
    #expect(
      try rows(path, "select layer from layers order by position") == [
        [.text("fc2")], [.text("fc3")],
      ])
    #expect(
      try rows(path, "select class, n_samples from class_accuracy order by class") == [
        [.text("cross"), 3], [.text("square"), 3],
      ])
    let chosen = try rows(
      path,
      """
      select runs.run, model, runs.n_samples, json_extract(selection, '$.seed')
      from runs join run using (run_id)
      """)
    #expect(chosen == [[.text("chosen"), .text("net"), 6, 5]])
    expectSuccess(try ingest("--into", "w.db", "--layers", "fc3", "--limit", "7"))
    #expect(try rows(path, "select n_ingested from runs order by run_id") == [[6], [7]])
  }

  @Test func `CIFAR-10's binary batches are read`() throws {
    try TinyCIFAR10.write(to: scratch.path("cifar-10-batches-bin"))
    expectSuccess(
      try ingest("--into", "w.db", "--layers", "fc3", data: "cifar-10-batches-bin:test"))
    let path = scratch.path("w.db")
    #expect(
      try rows(path, "select dataset, n_ingested from runs") == [[.text("cifar-10:test"), 20]])
    let samples = try rows(
      path,
      """
      select sample.key, class.key from sample join class using (class_id) order by sample.position
      """)
    #expect(
      samples.prefix(2) == [
        [.text("test_batch/00000"), .text("airplane")],
        [.text("test_batch/00001"), .text("automobile")],
      ])
  }

  @Test func `A dry run writes nothing`() throws {
    for options in [[], ["--into", "w.db"]] {
      let arguments = ["--dry-run", "--format", "csv"] + options
      let result = try runCommand(
        "engram-ingest",
        ["--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:60"]
          + arguments, directory: scratch.root)
      expectSuccess(result)
      #expect(result.errors.hasPrefix("estimated size: "))
      #expect(result.output.contains("\r\ndry run,best/shapes:test:60,60,"))
      #expect(try listing(scratch.root) == [])
    }
  }
}
