// Parts of a run merged into the run, whole runs into one file, and the merges that are refused.

import Foundation
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct MergeTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    try registerEngramFunctions()
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func ingest(_ file: String, _ options: String...) throws {
    let result = try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:900",
        "--layers", "last:2", "--name", "run", "--into", file,
      ] + options, directory: scratch.root)
    expectSuccess(result)
  }

  private func merge(_ files: String...) throws -> CommandResult {
    try runCommand("engram-ingest", ["merge"] + files, directory: scratch.root)
  }

  @Test(arguments: ["stored", "derived"], ["stored", "streamed"])
  func `Parts make the warehouse that one ingest makes`(bitsets: String, profiles: String) throws {
    let policies = ["--bitsets", bitsets, "--profiles", profiles]
    for (index, file) in ["a.db", "b.db", "c.db"].enumerated() {
      let result = try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:900",
          "--layers", "last:2", "--name", "run", "--into", file, "--shard", "\(index + 1)/3",
        ] + policies, directory: scratch.root)
      expectSuccess(result)
      #expect(result.output.contains("part \(index + 1)/3 ingested"))
    }
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:900",
          "--layers", "last:2", "--name", "run", "--into", "whole.db",
        ] + policies, directory: scratch.root))
    let before = try ["a.db", "b.db", "c.db"].map { try bytes(of: scratch.path($0)) }
    let result = try merge("merged.db", "c.db", "a.db", "b.db")
    expectSuccess(result)
    #expect(result.output.firstMatch(of: #/merged +run +900 +3/#) != nil)
    let (merged, whole) = (scratch.path("merged.db"), scratch.path("whole.db"))
    try expectSame(contents(merged), contents(whole))
    #expect(
      try rows(merged, "select count(completed_at), count(shard_index) from run") == [[1, 0]])
    let after = try ["a.db", "b.db", "c.db"].map { try bytes(of: scratch.path($0)) }
    #expect(difference(after, before) == nil)

    // The same again changes nothing.
    let again = try merge("merged.db", "a.db", "b.db", "c.db")
    expectSuccess(again)
    #expect(again.output.contains("already there"))
    #expect(again.errors.contains("left out") == false)
    try expectSame(contents(merged), contents(whole))
  }

  @Test func `Whole runs are taken over with what stands between them`() throws {
    let copy = scratch.path("copy.db")
    try ingest("other.db", "--limit", "80")
    expectSuccess(try merge("copy.db", "other.db", study.warehouse))
    for query in [
      "select name, n_samples, started_at, completed_at from run where name <> 'run' order by name",
      "select from_run, to_run, layer, kind, from_class, to_class, kl from run_divergence order by 1, 2, 3, 4, 5, 6",
      """
      select run, layer, rule, class, rank from class_rank where run <> 'run' order by 1, 2, 3, 4
      """,
      """
      select layer.name, sample.key, engram_checksum(x), engram_checksum(z)
      from vector join run using (run_id) join layer using (layer_id) join sample using (sample_id)
      where run.name <> 'run' order by run.name, 1, 2
      """,
    ] {
      let (a, b) = (try rows(copy, query), try rows(study.warehouse, query))
      #expect(difference(a, b) == nil && !a.isEmpty, "\(query)")
    }
    #expect(try rows(copy, "select count(*) from run") == [[4]])
    #expect(try rows(copy, "select count(*) from pragma_foreign_key_check") == [[0]])
  }

  @Test func `What does not fit is refused before anything is written`() throws {
    for part in 1...3 { try ingest("\(part).db", "--shard", "\(part)/3") }
    try ingest("half.db", "--shard", "2/2")
    try ingest("derived.db", "--shard", "2/3", "--bitsets", "derived")
    try ingest("whole.db")
    try ingest("seed.db", "--shard", "2/3", "--seed", "1")
    try ingest("net.db", "--shard", "3/3", "--weights", study.randomWeights)
    try ingest("data.db", "--shard", "3/3", "--data", "shapes-stylised:test:900")
    try ingest("layers.db", "--shard", "3/3", "--layers", "fc3")
    for (files, part) in [
      (["1.db", "3.db"], "run run: no file holds samples 256 to 511; 3.db is part 3/3"),
      (["1.db", "2.db"], "run run: no file holds samples 512 to 899; 2.db is part 2/3"),
      (["2.db", "3.db"], "run run: no file holds samples 0 to 255; 2.db is part 2/3"),
      (
        ["1.db", "2.db", "3.db", "2.db"], "part 2/3 in 2.db and part 2/3 in 2.db both hold samples"
      ),
      (["1.db", "2.db", "3.db", "half.db"], "both hold samples 512 to 899"),
      (
        ["1.db", "whole.db"],
        "part 1/3 in 1.db and the whole run in whole.db both hold samples 0 to"
      ),
      (["1.db", "derived.db", "3.db"], "do not fit: bitsets stored there, derived here"),
      (["1.db", "none.db"], "none.db: no such file"),
      (
        ["1.db", "seed.db", "3.db"],
        "part 1/3 in 1.db and part 2/3 in seed.db do not fit: selection {\"seed\":0} there, {\"seed\":1}"
      ),
      (["1.db", "2.db", "net.db"], "part 1/3 in 1.db and part 3/3 in net.db do not fit: weights "),
      (["1.db", "2.db", "data.db"], "do not fit: data set "),
      (["1.db", "2.db", "layers.db"], "do not fit: layers fc2,fc3 there, fc3 here"),
    ] {
      let result = try runCommand(
        "engram-ingest", ["merge", "out.db"] + files, directory: scratch.root)
      expectFailure(result, of: "engram-ingest merge", 1, part)
      #expect(access(scratch.path("out.db"), F_OK) != 0)
    }
    expectFailure(
      try merge("1.db", "2.db", "1.db"), of: "engram-ingest merge", 64, "cannot be one of the parts"
    )
    expectFailure(try merge("out.db"), of: "engram-ingest merge", 64, "expected WAREHOUSE PART...")
    // A file that holds one part takes no other, and nothing that is not whole is measured.
    let second = try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:900",
        "--layers", "last:2", "--into", "1.db", "--shard", "2/3",
      ], directory: scratch.root)
    expectFailure(second, of: "engram-ingest", 1, "expected part 1/3 as stored, found part 2/3")
    expectFailure(
      try runCommand(
        "engram-ingest", ["measure", "1.db", "--run", "run"], directory: scratch.root),
      of: "engram-ingest measure", 1, "is part 1/3 of a run: merge its parts first")
  }

  /// What is measured after a merge comes with the next, and nothing else changes.
  @Test func `A second merge brings what is new and says what`() throws {
    try ingest("src.db", "--limit", "60", "--name", "clean")
    try ingest(
      "src.db", "--data", "shapes:train:900", "--limit", "60", "--shift", "blur:3", "--name",
      "blurred")
    expectSuccess(try merge("all.db", "src.db"))
    for options in [
      ["--run", "blurred", "--under", "clean"], ["--run", "blurred", "--detect", "clean"],
      ["--run", "clean", "--by", "predicted"], ["--run", "clean", "--bootstrap", "4"],
      ["--between", "clean,blurred"],
    ] {
      expectSuccess(
        try runCommand("engram-ingest", ["measure", "src.db"] + options, directory: scratch.root))
    }
    let result = try merge("all.db", "src.db")
    expectSuccess(result)
    #expect(
      result.output.firstMatch(
        of: #/updated +clean +60 +1 +class_profile \d+, entropy \d+, divergence \d+, replicate \d+/#
      )
        != nil, "\(result.output)")
    #expect(
      result.output.firstMatch(
        of: #/updated +blurred +60 +1 +divergence \d+, likelihood \d+, score \d+/#) != nil,
      "\(result.output)")
    let (merged, source) = (scratch.path("all.db"), scratch.path("src.db"))
    #expect(countsOfMeasures(try contents(merged)) == countsOfMeasures(try contents(source)))
    let before = try contents(merged)
    let again = try merge("all.db", "src.db")
    expectSuccess(again)
    #expect(again.output.contains("already there") && !again.output.contains("updated"))
    try expectSame(contents(merged), before)
    expectSuccess(
      try runCommand("engram-ingest", ["verify", "all.db"], directory: scratch.root))

    // Other values of the same measure are told, and those that are there stay.
    let connection = try Connection.open(source, mode: .readWrite)
    try connection.execute(
      "update likelihood set own = own - 1 where rowid in (select rowid from likelihood limit 3)")
    let told = try merge("all.db", "src.db")
    expectSuccess(told)
    #expect(told.errors.contains("3 rows of likelihood in src.db are not as those that are there"))
    try expectSame(contents(merged), before)

    // A row of nothing that the file holds is an error, not left out.
    try connection.execute(
      "pragma foreign_keys = off; update score set sample_id = 999999 where rowid = 7")
    let refused = try merge("new.db", "src.db")
    #expect(refused.status == 1)
    #expect(
      refused.errors.contains(
        "src.db: the file is damaged: table score has a row whose sample_id 999999"))
  }

  private func countsOfMeasures(_ tables: [String: [[Value]]]) -> [String: Int] {
    tables.mapValues(\.count)
  }

  @Test func `A merge of whole runs that was killed is made again`() throws {
    try ingest("src.db", "--limit", "60", "--name", "clean")
    try ingest("src.db", "--limit", "60", "--shift", "blur:3", "--name", "blurred")
    expectSuccess(
      try runCommand(
        "engram-ingest", ["measure", "src.db", "--run", "blurred", "--under", "clean"],
        directory: scratch.root))
    let path = scratch.path("w.db")
    var expected: [String: [[Value]]] = [:]
    try KillMoments(["merge", path, "src.db"], in: scratch.root).walk(
      prepare: { try scratch.clear("w.db") },
      undisturbed: {
        expected = try contents(path, ids: false)
      },
      again: { moment, result in
        expectSuccess(result)
        #expect(try scratch.names("w.db") == ["w.db"], "killed at moment \(moment)")
        try expectSame(contents(path, ids: false), expected, "killed at moment \(moment)")
        try expectVerified(path)
      })
  }

  /// Killed behind its measures it measures again, which gives their rows other ids.
  @Test(arguments: [[], ["--profiles-only"]])
  func `A merge that was killed is made again`(options: [String]) throws {
    for part in 1...2 { try ingest("\(part).db", "--limit", "300", "--shard", "\(part)/2") }
    expectSuccess(
      try runCommand(
        "engram-ingest", ["merge", "whole.db", "1.db", "2.db"] + options, directory: scratch.root))
    let (path, expected) = (
      scratch.path("w.db"), try contents(scratch.path("whole.db"), ids: false)
    )
    try KillMoments(["merge", path, "1.db", "2.db"] + options, in: scratch.root).walk(
      prepare: { try scratch.clear("w.db") },
      again: { moment, result in
        expectSuccess(result)
        let left = try scratch.names("w.db")
        #expect(left == ["w.db"], "killed at moment \(moment)")
        try expectSame(contents(path, ids: false), expected, "killed at moment \(moment)")
      })
  }
}
