// Merges that leave x, z and bits in the parts: what is counted and measured is what a merge of everything has.

import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct MergeProfilesTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    try registerEngramFunctions()
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func command(_ words: String...) throws -> CommandResult {
    try runCommand("engram-ingest", words, directory: scratch.root)
  }

  private func ingest(_ file: String, _ options: [String]) throws {
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:700",
          "--layers", "last:2", "--name", "run", "--into", file,
        ] + options, directory: scratch.root))
  }

  @Test(arguments: ["stored", "derived"], ["stored", "streamed"])
  func `Counts and measures are those of all samples`(bitsets: String, profiles: String) throws {
    let policies = ["--bitsets", bitsets, "--profiles", profiles]
    for part in 1...3 { try ingest("\(part).db", policies + ["--shard", "\(part)/3"]) }
    try ingest("whole.db", policies)
    expectSuccess(
      try command("copy", "whole.db", "expected.db", "--without", "activations,bitsets"))
    let result = try command("merge", "w.db", "3.db", "1.db", "2.db", "--profiles-only")
    expectSuccess(result)
    #expect(
      result.errors.contains("run run: without activations and bits, which stay in the files"),
      "\(result.errors)")
    let path = scratch.path("w.db")
    let expected = try contents(scratch.path("expected.db"))
    try expectSame(contents(path), expected)
    #expect(
      try rows(path, "select activations, bitsets, (select count(*) from activation) from run")
        == [["omitted", "derived", 0]])
    for table in ["likelihood", "rank", "entanglement", "entropy", "divergence", "sparsity"] {
      #expect(expected[table]?.isEmpty == false, "\(table) has no rows to compare")
    }
    expectSuccess(try command("verify", "w.db"))

    // The same again, and with what is there already.
    let again = try command("merge", "w.db", "1.db", "2.db", "3.db", "--profiles-only")
    expectSuccess(again)
    #expect(again.output.contains("already there"))
    let other = try command("merge", "w.db", "1.db", "2.db", "3.db")
    expectSuccess(other)
    #expect(
      other.errors.contains(
        "run run: its activations were left out of w.db and are not brought from"),
      "\(other.errors)")
    try expectSame(contents(path), expected)

    let ingested = try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:700",
        "--layers", "last:2", "--into", "w.db",
      ], directory: scratch.root)
    expectSuccess(ingested)
    #expect(ingested.errors.contains("run 'run' is there without its activations"))

    // A whole run comes with its measures.
    expectSuccess(try command("merge", "taken.db", "whole.db", "--profiles-only"))
    try expectSame(contents(scratch.path("taken.db")), expected)

    for words in [["--bootstrap", "3"], ["--by", "predicted"], []] {
      let refused = try runCommand(
        "engram-ingest", ["measure", "w.db", "--run", "run"] + words, directory: scratch.root)
      expectFailure(
        refused, of: "engram-ingest measure", 1,
        "run run: expected its activations, found none: they were left out")
    }
    try expectSame(contents(path), expected)
  }

  @Test func `Counts of parts add without their samples`() throws {
    for part in 1...3 { try ingest("\(part).db", ["--shard", "\(part)/3"]) }
    try ingest("streamed.db", ["--shard", "1/3", "--profiles", "streamed"])
    try ingest("whole.db", [])
    for (parts, file) in [(["1.db"], "a.db"), (["3.db", "2.db"], "b.db")] {
      let result = try runCommand(
        "engram-ingest", ["merge", file] + parts + ["--partial", "--profiles-only"],
        directory: scratch.root)
      expectSuccess(result)
      expectSuccess(try command("verify", file))
    }
    #expect(
      try rows(
        scratch.path("b.db"),
        """
        select shard_index, shard_last, activations, (select count(*) from activation),
          (select sum(n_samples) from class_profile where kind = 'neuron' and grouping = 'true' and layer_id = 2 and block = 0)
        from run
        """) == [[2, 3, "omitted", 0, 444]])
    let result = try command("merge", "w.db", "b.db", "a.db")
    expectSuccess(result)
    #expect(
      result.errors.contains(
        "run run: measured by its class counts alone: no measures of activations"),
      "\(result.errors)")
    expectSuccess(try command("verify", "w.db"))

    // What follows from counts is what the samples' counts say; nothing else is there.
    let samples = ["likelihood", "rank", "entanglement", "replicate", "score"]
    let (path, whole) = (scratch.path("w.db"), scratch.path("whole.db"))
    for (table, order) in [
      ("sparsity", "layer_id, kind, class_id"), ("entropy", "layer_id, kind, grouping, class_id"),
      ("divergence", "layer_id, kind, grouping, from_class_id, to_class_id"),
      ("class_profile", "layer_id, kind, grouping, class_id, block"),
      ("prediction", "sample_id"),
    ] {
      let columns = try rows(
        whole,
        "select group_concat(name) from pragma_table_info('\(table)') where name <> '\(table)_id'")
      guard case .text(let names)? = columns.first?.first else { continue }
      let kept = table == "prediction" ? "" : "where kind <> 'activation'"
      let sql = "select \(names) from \(table) \(kept) order by \(order)"
      let (found, expected) = (try rows(path, sql), try rows(whole, sql))
      #expect(difference(found, expected) == nil && !found.isEmpty, "\(table)")
    }
    for table in samples {
      #expect(try rows(path, "select count(*) from \(table)") == [[0]], "\(table)")
    }
    #expect(
      try rows(path, "select count(*) from entropy where kind = 'activation'") == [[0]])

    expectFailure(
      try command("merge", "out.db", "1.db", "b.db"), of: "engram-ingest merge", 1,
      "part 1/3 in 1.db and part 2-3/3 in b.db do not fit: bitsets stored there, derived here")
    expectFailure(
      try command("merge", "out.db", "streamed.db", "--partial", "--profiles-only"),
      of: "engram-ingest merge", 1,
      "found profiles streamed; merge all of them, or ingest them with")
  }

  @Test func `Damage in a part is told of the part`() throws {
    for part in 1...3 { try ingest("\(part).db", ["--shard", "\(part)/3"]) }
    do {
      let part = try Connection.open(scratch.path("2.db"), mode: .readWrite)
      try part.execute("update activation set z = x'00' where rowid = 9")
    }
    expectStopped(
      try command("merge", "w.db", "1.db", "2.db", "3.db", "--profiles-only"),
      "2.db: the file is damaged: layer fc2, sample ")
    do {
      let part = try Connection.open(scratch.path("2.db"), mode: .readWrite)
      try part.execute("delete from activation where rowid = 9")
    }
    expectStopped(
      try command("merge", "w.db", "1.db", "2.db", "3.db", "--profiles-only"),
      "2.db: the file is damaged: run run: its predictions and what it holds of layer fc2")
  }
}
