// Stored and derived bits, stored and streamed counts: what is kept differs, what is answered does not.

import Bits
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct PolicyTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    try registerEngramFunctions()
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func ingest(_ name: String, _ options: String...) throws -> String {
    let path = scratch.path(name + ".db")
    let result = try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:300",
        "--into", path,
      ] + options)
    expectSuccess(result)
    return path
  }

  @Test func `Every measure and every bitset is the same under both policies`() throws {
    let stored = try ingest("stored", "--bitsets", "stored")
    let derived = try ingest("derived", "--bitsets", "derived")
    #expect(
      try rows(derived, "select count(*), count(bits), sum(n_significant) > 0 from significance")
        == [[900, 0, 1]])
    // fc2 and fc3 are chained to the layer before them, under both policies.
    for path in [stored, derived] {
      #expect(try rows(path, "select count(*), count(x) from activation") == [[900, 300]])
    }
    // What keeps the bits, and says so, is another.
    func others(_ path: String) throws -> [String: [[Value]]] {
      try contents(path).filter { !["run", "significance"].contains($0.key) }
    }
    #expect(difference(try others(derived), try others(stored)) == nil)
    let bits = """
      select run_id, layer_id, sample_id, n_significant, bits from bitset
      order by layer_id, sample_id
      """
    let (a, b) = (try rows(stored, bits), try rows(derived, bits))
    #expect(difference(b, a) == nil && a.count == 900)
    #expect(
      try rows(derived, "select count(*) from bitset where engram_popcount(bits) = n_significant")
        == [[900]])
    for query in ["similar_samples", "densest_samples", "separation_by_layer"] {
      let answers = try [stored, derived].map { path in
        let result = try runCommand("engram-query", [path, query, "--format", "csv"])
        expectSuccess(result)
        return result.output
      }
      #expect(answers[0] == answers[1] && answers[0].split(whereSeparator: \.isNewline).count > 1)
    }
  }

  /// A file may claim any hash for its weights.
  @Test func `What one warehouse claims of weights is not another's`() throws {
    let honest = try ingest("honest", "--bitsets", "derived", "--limit", "30")
    let other = scratch.path("other.db")
    try write(try bytes(of: honest), to: other)
    try Connection.open(other, mode: .readWrite).execute(
      "update layer_weight set weight = zeroblob(length(weight))")
    let own = "select sum(engram_popcount(bits) = n_significant) = count(*) from bitset"
    #expect(try rows(other, own) == [[0]])
    #expect(try rows(honest, own) == [[1]])
  }

  @Test func `The reader gives derived bits as they are stored`() throws {
    let paths = [
      try ingest("stored", "--bitsets", "stored", "--limit", "70"),
      try ingest("derived", "--bitsets", "derived", "--limit", "70"),
    ]
    var blobs: [[[UInt8]]] = [[], []]
    for (index, path) in paths.enumerated() {
      let warehouse = try Warehouse.open(path, mode: .readOnly)
      for layer in try warehouse.layers(run: 1) {
        try warehouse.forEachSignificance(run: 1, layer: layer.id) { _, bits in
          blobs[index].append(bits.withUnsafeBytes { Array($0) })
        }
      }
    }
    #expect(difference(blobs[1], blobs[0]) == nil && blobs[0].count == 210)
  }

  @Test func `Streamed counts measure what stored counts do`() throws {
    let stored = try ingest("stored", "--profiles", "stored")
    let streamed = try ingest("streamed", "--bitsets", "derived", "--profiles", "streamed")
    #expect(
      try rows(streamed, "select distinct kind from class_profile") == [[.text("neuron")]])
    #expect(difference(try measures(streamed), try measures(stored)) == nil)
    // Between two runs, one of them stored.
    for path in [stored, streamed] {
      let other = path == stored ? "stored" : "streamed"
      expectSuccess(
        try runCommand(
          "engram-ingest",
          [
            "--model", "alexnet-cifar", "--weights", study.weights, "--data",
            "shapes-stylised:test:100", "--into", path, "--name", "b", "--profiles", other,
          ]))
      expectSuccess(
        try runCommand(
          "engram-ingest", ["measure", path, "--between", "best/shapes:test:300,b"]))
    }
    let mixed = scratch.path("mixed.db")
    try write(try bytes(of: streamed), to: mixed)
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data",
          "shapes-stylised:test:100@1", "--into", mixed, "--name", "c", "--profiles", "stored",
        ]))
    expectSuccess(
      try runCommand("engram-ingest", ["measure", mixed, "--between", "best/shapes:test:300,c"]))
    #expect(difference(try measures(streamed), try measures(stored)) == nil)
    #expect(
      try rows(mixed, "select count(*) from divergence where from_run_id = 1 and to_run_id = 3")
        == [[900]])
  }

  @Test func `The choice is told with both sizes`() throws {
    let result = try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:20",
        "--dry-run",
      ])
    expectSuccess(result)
    #expect(
      result.errors.firstMatch(
        of: #/estimated size: \S+ MB with stored bitsets, \S+ MB with derived ones: stored, /#)
        != nil
    )
  }

  /// OpenBLAS tries again for ever where its buffers cannot be had.
  @Test(arguments: [200_000, 300_000, 4_000_000])
  func `Too little memory is one line`(limit: Int) throws {
    let result = try limited(
      to: limit, "predict", "--model", "alexnet-cifar", "--weights", study.weights, "--data",
      "shapes:test:64", "--threads", "2")
    guard limit < 1_000_000 else { return expectSuccess(result) }
    #expect(result.status == 1, "\(result.errors)")
    #expect(
      result.errors.hasPrefix(
        "engram-ingest: not enough memory for matrix products: expected 256 MiB more, found none;"),
      "\(result.errors)")
  }

  /// At the end it waits for threads that it could not make.
  @Test(arguments: [100_000, 150_000, 200_000])
  func `Too little memory is an end`(limit: Int) throws {
    #expect(try limited(to: limit, "--version", threads: "2").status != 128 + SIGKILL)
  }

  /// Sparse files of 1.2 GB in 700 MB of address space: one that is read, and one that is mapped.
  @Test func `Data sets that do not fit in memory are one line`() throws {
    let files = try Scratch()
    for (file, size) in [("test_batch.bin", 3073 * 400_000), ("train_X.bin", 27648 * 45_000)] {
      try #require(truncate(try files.write([], to: file), size) == 0)
    }
    let names = (0..<10).map { "\($0)\n" }.joined()
    _ = try files.write(Array(names.utf8), to: "batches.meta.txt")
    let folder = files.directory
    for (data, part) in [
      (
        "cifar-10:\(folder):test", "test_batch.bin: expected memory for 2458400000 bytes, found too"
      ),
      (
        "stl-10:\(folder):train",
        "train_X.bin: expected room for 1244160000 bytes in the address sp"
      ),
    ] {
      let result = try limited(
        to: 700_000, "predict", "--model", "alexnet-cifar", "--weights", study.weights, "--data",
        data, "--threads", "1")
      #expect(result.status == 1 && result.errors.contains(part), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
    }
  }

  /// Runs engram-ingest in so many KiB of address space, a minute at most.
  private func limited(
    to limit: Int, _ words: String..., threads: String = "1"
  ) throws -> CommandResult {
    try RunningCommand(
      "/bin/sh",
      [
        "-c", "ulimit -v \(limit); exec timeout -s KILL 60 \"$@\"", "sh",
        try builtCommand("engram-ingest"),
      ] + words, environment: ["OPENBLAS_NUM_THREADS": threads]
    ).finish()
  }
}
