// engram-ingest index: what it writes, says and refuses, and that the saved queries answer the same with it.

import Foundation
import Testing

@Suite struct IndexCommandTests {
  private let scratch: TemporaryDirectory

  init() throws {
    scratch = try TemporaryDirectory()
    try SharedStudy.get().copyWarehouse(to: scratch.path("w.db"))
  }

  private func run(_ tool: String, _ arguments: String...) throws -> CommandResult {
    try runCommand(tool, arguments, directory: scratch.root)
  }

  @Test func `Saved queries answer the same with an index and without`() throws {
    func answers() throws -> [String] {
      try [
        ["top_samples", "--neurons", "[1,3]"], ["nearest_samples", "--neurons", "2"],
        ["nearest_samples"],
      ].map {
        let result = try runCommand(
          "engram-query", ["w.db"] + $0 + ["--run", "clean", "--layer", "fc2", "--format", "csv"],
          directory: scratch.root)
        expectSuccess(result)
        return result.output
      }
    }
    let before = try answers()
    #expect(before.allSatisfy { $0.split(separator: "\r\n").count == 11 })
    let result = try run(
      "engram-ingest", "index", "w.db", "--run", "clean", "--layer", "fc2", "--format", "csv")
    expectSuccess(result)
    #expect(result.output.contains("status,run,layer,neurons,samples,index_bytes,activation_bytes"))
    #expect(result.output.contains("\r\nindexed,clean,fc2,"))
    #expect(try answers() == before)
    expectSuccess(try run("engram-ingest", "verify", "w.db"))
    expectSuccess(try run("engram-ingest", "copy", "w.db", "sealed.db", "--runs", "clean"))
    let there = "select count(*) > 0 from activation_index"
    #expect(
      try run("engram-query", "sealed.db", "--format", "csv", "--sql", there).output
        .hasSuffix("\r\n1\r\n"))
    expectSuccess(try run("engram-ingest", "copy", "w.db", "bare.db", "--without", "activations"))
    #expect(
      try run("engram-query", "bare.db", "--format", "csv", "--sql", there).output
        .hasSuffix("\r\n0\r\n"))
    let dropped = try run(
      "engram-ingest", "index", "w.db", "--run", "clean", "--layer", "fc2", "--drop")
    expectSuccess(dropped)
    #expect(dropped.output.contains("dropped"))
    #expect(try answers() == before)
  }

  @Test func `What cannot be indexed is refused`() throws {
    func refuse(_ status: Int32, _ part: String, _ arguments: String...) throws {
      let result = try runCommand("engram-ingest", ["index"] + arguments, directory: scratch.root)
      expectFailure(result, of: "engram-ingest index", status, part)
    }
    try refuse(64, "unknown layer 'fc9'", "w.db", "--run", "clean", "--layer", "fc9")
    try refuse(1, "unknown run 'cleen'; did you mean 'clean'?", "w.db", "--run", "cleen")
    expectSuccess(try run("engram-ingest", "copy", "w.db", "bare.db", "--without", "activations"))
    try refuse(1, "complete run with activations to index", "bare.db")
  }
}
