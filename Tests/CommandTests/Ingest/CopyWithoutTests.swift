// Copies without activations or bitsets: what stays says what it said, and what needs the rest says that it is gone.

import Bits
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct CopyWithoutTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory
  private var path: String { scratch.path("w.db") }

  init() throws {
    try registerEngramFunctions()
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
    try study.copyWarehouse(to: scratch.path("w.db"))
    expectSuccess(
      try ingest(
        "--model", "alexnet-cifar", "--weights", study.weights, "--layers", "last:2", "--data",
        "shapes:test:40", "--name", "lean", "--bitsets", "derived", "--into", "w.db"))
  }

  private func ingest(_ words: String...) throws -> CommandResult {
    try runCommand("engram-ingest", words, directory: scratch.root)
  }

  private func ask(_ file: String, _ words: String...) throws -> CommandResult {
    try runCommand("engram-query", [scratch.path(file)] + words + ["--format", "csv"])
  }

  /// Everything but what a copy may be without.
  private func rest(_ name: String) throws -> [String: [[Value]]] {
    var tables = try contents(scratch.path(name))
    for table in ["activation", "significance", "run"] { tables[table] = nil }
    return tables
  }

  @Test func `Stored bits that are left out are derived`() throws {
    let sql = """
      select run, layer.name as layer, sample.key, engram_checksum(bits), n_significant from bitset
      join runs using (run_id) join layer using (layer_id) join sample using (sample_id) order by 1, 2, 3
      """
    let result = try ingest("copy", "w.db", "out.db", "--without", "bitsets")
    expectSuccess(result)
    #expect(result.errors.contains("out.db: run clean: bits to be derived"))
    #expect(try bytes(of: scratch.path("out.db")).count < bytes(of: path).count)
    let (before, after) = try (ask("w.db", "--sql", sql), ask("out.db", "--sql", sql))
    expectSuccess(before)
    #expect(before.output.contains("clean,fc3,") && before.output == after.output)
    try expectSame(rest("out.db"), rest("w.db"))
    try expectVerified(scratch.path("out.db"))
  }

  @Test func `Without activations stored bits stay and derived ones are gone`() throws {
    let result = try ingest("copy", "w.db", "out.db", "--without", "activations")
    expectSuccess(result)
    #expect(result.errors.contains("out.db: run clean: without activations, bits as stored"))
    #expect(result.errors.contains("out.db: run lean: without activations, without bits"))
    try expectSame(rest("out.db"), rest("w.db"))
    try expectVerified(scratch.path("out.db"))
    #expect(
      try rows(scratch.path("out.db"), "select run, bitsets, activations from runs order by run")
        == [
          [.text("clean"), .text("stored"), .text("omitted")],
          [.text("lean"), .text("omitted"), .text("omitted")],
          [.text("memorised"), .text("stored"), .text("omitted")],
          [.text("stylised"), .text("stored"), .text("omitted")],
        ])
    let sum =
      "select run, sum(engram_popcount(bits)) as n from bitset join runs using (run_id) group by 1"
    #expect(
      try ask("out.db", "--sql", sum + " having run <> 'lean'").output
        == ask("w.db", "--sql", sum + " having run <> 'lean'").output)
    // What is asked of saved queries in vain.
    let empty = try ask("out.db", "top_samples", "--run", "clean")
    expectSuccess(empty)
    #expect(
      empty.errors.contains("the activations of clean, stylised, memorised, lean were left out"),
      "\(empty.errors)")
    #expect(try ask("out.db", "entropy_by_class").output == ask("w.db", "entropy_by_class").output)
  }

  @Test func `What needs what was left out says so`() throws {
    expectSuccess(try ingest("copy", "w.db", "out.db", "--without", "activations,bitsets"))
    try expectVerified(scratch.path("out.db"))
    let before = try contents(scratch.path("out.db"))
    func expect(_ program: String, _ words: [String], _ part: String) throws {
      let result = try runCommand(program, words, directory: scratch.root)
      #expect(result.status == 1, "\(words): \(result.output)")
      #expect(result.errors.contains(part), "\(words): \(result.errors)")
    }
    let gone = "expected its activations, found none: they were left out"
    try expect("engram-ingest", ["measure", "out.db", "--run", "clean"], "run clean: " + gone)
    try expect(
      "engram-ingest", ["measure", "out.db", "--run", "clean", "--bootstrap", "2"],
      "run clean: " + gone)
    try expect(
      "engram-ingest", ["measure", "out.db", "--run", "stylised", "--under", "clean"], gone)
    try expect("engram-ingest", ["measure", "out.db"], "no complete run with activations")
    for array in ["x", "z", "bitsets"] {
      try expect(
        "engram-query", ["export", "out.db", array, "--output", "a.npy"], "were left out")
      #expect(try !listing(scratch.root).contains("a.npy"))
    }
    try expectSame(contents(scratch.path("out.db")), before)
    // The counts are there.
    expectSuccess(
      try runCommand(
        "engram-query", ["export", "out.db", "counts", "--output", "c.npy"],
        directory: scratch.root))
    // So are they for a run that is ingested again; nothing becomes whole by it unsaid.
    let again = try ingest(
      "--model", "alexnet-cifar", "--weights", study.weights, "--layers", "last:2", "--data",
      "shapes:test:40", "--name", "lean", "--bitsets", "derived", "--into", "out.db")
    expectSuccess(again)
    #expect(again.errors.contains("the activations of run 'lean' were left out of this file"))
    let merged = try ingest("merge", "out.db", "w.db")
    expectSuccess(merged)
    #expect(merged.errors.contains("run clean: its activations were left out of out.db"))
    // A merge takes such a run as it is.
    expectSuccess(try ingest("merge", "new.db", "out.db"))
    let stored = """
      select run, bitsets, activations, n_ingested, (select count(*) from significance where run_id = runs.run_id),
        (select count(*) from entropy where run_id = runs.run_id) from runs order by run
      """
    #expect(
      try rows(scratch.path("new.db"), stored) == rows(scratch.path("out.db"), stored))
    try expectVerified(scratch.path("new.db"))
  }

  @Test func `Rows that were lost otherwise are damage`() throws {
    expectSuccess(try ingest("copy", "w.db", "out.db", "--without", "activations"))
    let connection = try Connection.open(scratch.path("out.db"), mode: .readWrite)
    try connection.execute("update run set activations = 'stored'")
    let result = try ingest("verify", "out.db")
    #expect(result.status == 1 && result.output.contains("activation of layer fc3: 0 rows"))
  }

  @Test func `Only whole runs are left without something`() throws {
    expectSuccess(
      try ingest(
        "--model", "alexnet-cifar", "--weights", study.weights, "--layers", "last:2", "--data",
        "shapes:test:600", "--name", "part", "--shard", "1/2", "--into", "part.db"))
    let result = try ingest("copy", "part.db", "out.db", "--without", "activations")
    expectFailure(
      result, of: "engram-ingest copy", 1,
      "out.db: run part: expected a whole and complete run to leave something out of, found ")
    let usage = try ingest("copy", "w.db", "out.db", "--without", "bits")
    expectFailure(
      usage, of: "engram-ingest copy", 64,
      "unknown omission 'bits' (known: activations, bitsets, thumbnails)")
    #expect(
      try !listing(scratch.root).contains { $0.hasPrefix("out.db") || $0.hasPrefix(".engram") })
  }

  @Test func `A name among many is told with the nearest`() throws {
    let result = try ask("w.db", "nearest_samples", "--sample", "x")
    #expect(result.status == 1)
    #expect(!result.errors.contains("…"), "\(result.errors)")
  }
}
