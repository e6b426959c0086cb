// engram-ingest measure --bootstrap: rows of every clean run, the same again for one seed, the same for bits that are
// stored and derived, refusals.

import SQLiteKit
import Testing

@Suite struct BootstrapCommandTests {
  private let scratch: TemporaryDirectory
  private let warehouse: String

  init() throws {
    scratch = try TemporaryDirectory()
    warehouse = scratch.path("w.db")
    try SharedStudy.get().copyWarehouse(to: warehouse)
  }

  private func replicates(_ path: String, of run: String) throws -> [[Value]] {
    try rows(
      path,
      """
      select layer, kind, measure, rule, class, replicate, value, seed, n_replicates, n_blocks
      from replicates where run = '\(run)' order by 1, 2, 3, 4, 5, 6
      """)
  }

  @Test func `Every clean run is resampled, by seed`() throws {
    let result = try runCommand(
      "engram-ingest", ["measure", warehouse, "--bootstrap", "3", "--format", "csv"])
    expectSuccess(result)
    // Two layers, two kinds with six measures and one with two; six samples a class are too few for ranks.
    let lines = result.output.split(separator: "\r\n")
    #expect(lines.contains("clean,replicate,84") && lines.contains("memorised,replicate,84"))
    #expect(result.errors.contains("no replicates of ranks and overlaps"))
    let first = try replicates(warehouse, of: "clean")
    for (seed, isSame) in [("0", true), ("7", false)] {
      expectSuccess(
        try runCommand(
          "engram-ingest",
          ["measure", warehouse, "--run", "clean", "--bootstrap", "3", "--bootstrap-seed", seed]))
      #expect((try replicates(warehouse, of: "clean") == first) == isSame)
    }
  }

  @Test func `Stored and derived bits give the same replicates`() throws {
    var found: [[[Value]]] = []
    for bitsets in ["stored", "derived"] {
      let path = scratch.path(bitsets + ".db")
      expectSuccess(
        try runCommand(
          "engram-ingest",
          ["--model", "alexnet-cifar", "--weights", try SharedStudy.get().weights]
            + ["--data", "shapes:test:30", "--layers", "last:2", "--bitsets", bitsets]
            + ["--into", path, "--name", "run"]))
      expectSuccess(try runCommand("engram-ingest", ["measure", path, "--bootstrap", "2"]))
      found.append(try replicates(path, of: "run"))
    }
    #expect(found[0].count == 56 && found[0] == found[1])
  }

  @Test(
    arguments: [
      (["--bootstrap", "1"], "--bootstrap takes a whole number from 2 to 10000"),
      (["--bootstrap", "9", "--between", "clean,stylised"], "--bootstrap excludes --between"),
      (["--bootstrap-seed", "9"], "--bootstrap-seed needs --bootstrap"),
    ])
  func `What does not go together is refused`(arguments: [String], message: String) throws {
    let result = try runCommand("engram-ingest", ["measure", warehouse] + arguments)
    #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
  }
}
