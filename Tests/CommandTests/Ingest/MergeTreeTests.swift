// Parts merged in several steps, in any order, many at once and from where an earlier merge stopped: each way makes the
// warehouse that one ingest makes.

import Bits
import Foundation
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct MergeTreeTests {
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

  private func shards(_ file: String) throws -> [[Value]] {
    try rows(
      scratch.path(file),
      """
      select shard_index, shard_last, shard_count, completed_at is not null,
        (select count(*) from prediction), (select count(*) from class_profile)
      from run
      """)
  }

  @Test func `Parts merge in any number of steps and in any order`() throws {
    for part in 1...4 { try ingest("\(part).db", "--shard", "\(part)/4") }
    try ingest("half.db", "--shard", "1/2")
    try ingest("whole.db")
    let whole = try contents(scratch.path("whole.db"))

    // Two levels.
    let first = try merge("first.db", "2.db", "1.db", "--partial")
    expectSuccess(first)
    #expect(first.output.firstMatch(of: #/merged +run +512 +2/#) != nil, "\(first.output)")
    #expect(try shards("first.db") == [[1, 2, 4, 1, 512, 0]])
    expectSuccess(try merge("second.db", "3.db", "4.db", "--partial"))
    #expect(try shards("second.db") == [[3, 4, 4, 1, 388, 0]])
    expectSuccess(try merge("a.db", "second.db", "first.db"))
    #expect(try shards("a.db").first?.prefix(4) == [.null, .null, .null, 1])
    try expectSame(contents(scratch.path("a.db")), whole)

    // Three, with parts and what is merged of them side by side; --partial of all parts makes the run.
    expectSuccess(try merge("third.db", "3.db", "first.db", "--partial"))
    #expect(try shards("third.db") == [[1, 3, 4, 1, 768, 0]])
    expectSuccess(try merge("b.db", "4.db", "third.db", "--partial"))
    try expectSame(contents(scratch.path("b.db")), whole)

    // Cut unequally fine.
    expectSuccess(try merge("fourth.db", "half.db", "3.db", "--partial"))
    #expect(try shards("fourth.db") == [[1, 3, 4, 1, 768, 0]])
    expectSuccess(try merge("c.db", "4.db", "fourth.db"))
    try expectSame(contents(scratch.path("c.db")), whole)

    // The same again changes nothing.
    for (files, status) in [
      (["first.db", "1.db", "2.db", "--partial"], "already there"),
      (["a.db", "1.db", "second.db", "2.db"], "already there"),
    ] {
      let again = try runCommand("engram-ingest", ["merge"] + files, directory: scratch.root)
      expectSuccess(again)
      #expect(again.output.contains(status), "\(again.output)")
    }
    try expectSame(contents(scratch.path("a.db")), whole)
    #expect(try shards("first.db") == [[1, 2, 4, 1, 512, 0]])
    try expectVerified(scratch.path("first.db"))
    let runs = try runCommand("engram-ingest", ["runs", "first.db"], directory: scratch.root)
    #expect(runs.output.contains("part 1-2/4"), "\(runs.output)")

    for (files, message) in [
      (
        ["first.db", "4.db"],
        "no file holds samples 512 to 767; 4.db is part 4/4: ingest the parts before it"
      ),
      (["first.db", "4.db", "--partial"], "no file holds samples 512 to 767"),
      (
        ["first.db", "3.db"],
        "3.db is part 3/4: ingest the parts behind it, or merge parts that follow each other"
      ),
      (["second.db"], "no file holds samples 0 to 511; second.db is part 3-4/4"),
      (
        ["first.db", "2.db", "second.db"],
        "part 1-2/4 in first.db and part 2/4 in 2.db both hold samples 256 to 511"
      ),
      (["first.db", "first.db", "second.db"], "both hold samples 0 to 511"),
    ] {
      let result = try runCommand(
        "engram-ingest", ["merge", "out.db"] + files, directory: scratch.root)
      expectFailure(result, of: "engram-ingest merge", 1, message)
      #expect(access(scratch.path("out.db"), F_OK) != 0)
    }
    // Nor does a file of some parts take others.
    expectStopped(
      try merge("first.db", "3.db", "--partial"),
      "expected part 1-2/4 as stored, found part 3/4; every part goes into a file of its own")
    expectFailure(
      try runCommand(
        "engram-ingest", ["measure", "first.db", "--run", "run"], directory: scratch.root),
      of: "engram-ingest measure", 1, "is part 1-2/4 of a run: merge its parts first")
  }

  @Test(arguments: [false, true])
  func `A merge that stopped goes on behind the last part`(isOfProfiles: Bool) throws {
    for part in 1...4 { try ingest("\(part).db", "--shard", "\(part)/4") }
    let options = isOfProfiles ? ["--profiles-only"] : []
    let files = ["1.db", "2.db", "3.db", "4.db"]
    expectSuccess(
      try runCommand(
        "engram-ingest", ["merge", "whole.db"] + files + options, directory: scratch.root))
    try copy(scratch.path("3.db"), to: scratch.path("good.db"))
    do {
      let part = try Connection.open(scratch.path("3.db"), mode: .readWrite)
      try part.execute(
        "pragma foreign_keys = off; update prediction set class_id = 99999 where rowid = 7")
    }
    expectStopped(
      try runCommand(
        "engram-ingest", ["merge", "w.db"] + files + options, directory: scratch.root),
      "3.db: the file is damaged: table prediction has a row whose class_id 99999")
    let path = scratch.path("w.db")
    #expect(
      try rows(path, "select count(*), (select completed_at from run) from prediction") == [
        [512, .null]
      ])
    // What is there was made with other options.
    expectStopped(
      try runCommand(
        "engram-ingest",
        ["merge", "w.db", "1.db", "2.db", "good.db", "4.db"]
          + (isOfProfiles ? [] : ["--profiles-only"]), directory: scratch.root),
      "512 of 900 samples are stored with")
    if isOfProfiles {
      let ingest = [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:900",
        "--layers", "last:2", "--into", "w.db",
      ]
      expectStopped(
        try runCommand("engram-ingest", ingest, directory: scratch.root),
        "w.db: run 'run' is being merged without its activations; finish that merge")
    }
    expectSuccess(
      try runCommand(
        "engram-ingest", ["merge", "w.db", "1.db", "2.db", "good.db", "4.db"] + options,
        directory: scratch.root))
    try expectSame(
      contents(path, ids: false), contents(scratch.path("whole.db"), ids: false))
    try expectVerified(path)
  }

  // MARK: Many parts

  /// One of some parts of 256 samples each, or all of them, of a network of 20 weights.
  private func part(_ index: Int?, of count: Int, _ file: String) throws {
    let layer = LayerRecord(position: 0, name: "fc", inputs: 4, outputs: 5, hasBias: false)
    let warehouse = try Warehouse.open(scratch.path(file), mode: .create)
    let set = try warehouse.ensure(
      DataSetRecord(
        name: "set", fingerprint: "s", sampleCount: count * 256,
        classes: (0..<3).map { ClassRecord(key: "\($0)", name: "class \($0)") }))
    let stored = try warehouse.ensure(
      ModelRecord(
        name: "net", architecture: "tiny", weightsSHA256: "w", parameters: 20,
        outputs: (0..<3).map { ClassRecord(key: "\($0)", name: "class \($0)") }), layers: [layer])
    try warehouse.ensure(pairing: [0, 1, 2], model: stored.model, dataSet: set)
    let weight = (0..<20).map { Float(($0 * 7) % 11 - 5) }
    try warehouse.store(
      LayerWeights(shape: try layer.shape, weight: weight, bias: nil), of: stored.layers[0])
    let record = RunRecord(
      name: "run", modelID: stored.model.id, dataSetID: set.id, identity: "i",
      preprocessing: "none", selection: "{}", bitsets: .derived, sampleCount: count * 256,
      shard: index.map { Shard(index: $0, count: count) }, permutationSeed: 1,
      engramVersion: "0.1.0", cpuLevel: "any")
    let run = try warehouse.ensure(record, layers: stored.layers).run
    let writer = try RunWriter(
      try Warehouse.open(warehouse.path, mode: .write), run: run.id)
    for first in stride(from: run.range.lowerBound, to: run.range.upperBound, by: 256) {
      let all = Array(first..<first + 256)
      let x = all.map { sample in (0..<4).map { Float((sample * ($0 + 3)) % 9 - 4) } }
      let z = x.map { x in
        (0..<5).map { output in (0..<4).reduce(Float(0)) { $0 + weight[output * 4 + $1] * x[$1] } }
      }
      try writer.submit(
        Batch(
          positions: all, keys: all.map { "sample \($0)" }, classes: all.map { $0 % 3 },
          permuted: all.map { ($0 + 1) % 3 }, predicted: all.map { $0 % 2 },
          confidence: all.map { _ in 0.5 }, loss: all.map { _ in 1 },
          layers: [
            Batch.Layer(
              layerID: stored.layers[0].id, x: x.map { SparseVector.encode($0.span) },
              z: z.map { FloatVector.encode($0.span) }, significant: all.map { _ in 0 })
          ]))
    }
    try writer.flush()
    if index == nil {
      try warehouse.countProfiles(run: run.id)
      _ = try warehouse.measure(run: run.id)
    }
    try warehouse.complete(run: run.id)
  }

  @Test(arguments: [[], ["--profiles-only"]])
  func `More parts merge than files may be open`(options: [String]) throws {
    let count = 128
    for index in 1...count { try part(index, of: count, "p\(index).db") }
    try part(nil, of: count, "whole.db")
    let result = try RunningCommand(
      "/bin/sh",
      [
        "-c", "ulimit -n 64; exec \"$0\" \"$@\"", try builtCommand("engram-ingest"), "merge",
        "w.db",
      ]
        + (1...count).map { "p\($0).db" } + options, directory: scratch.root
    ).finish()
    expectSuccess(result)
    var expected = scratch.path("whole.db")
    if !options.isEmpty {
      expectSuccess(
        try runCommand(
          "engram-ingest",
          ["copy", "whole.db", "small.db", "--without", "activations,bitsets"],
          directory: scratch.root))
      expected = scratch.path("small.db")
    }
    try expectSame(contents(scratch.path("w.db")), contents(expected))
  }
}
