// What a run's identity is made of: whatever changes a bit of the run, one by one, and nothing besides; and the labels
// that its seed permutes.

import Capture
import DataSets
import Networks
import SQLiteKit
import TestSupport
import Testing
import Warehouse
import WeightFiles

@Suite struct RunIdentityTests {
  private let folder: Scratch

  init() throws { folder = try Scratch() }

  /// Everything that a run is made of.
  private struct Parts {
    var weights: UInt64 = 5
    var architecture = "alexnet-cifar"
    var data = "shapes:test:40"
    var selection = Selection()
    var layers = LayerChoice.all
    var perturbation = Perturbation.none
    var seed: UInt64 = 0
    var preprocessing: String?
    var threads = 2
    var name: String?
    var bitsets: BitsetPolicy?
  }

  private func job(_ change: (inout Parts) throws -> Void = { _ in }) throws -> CaptureJob {
    var parts = Parts()
    try change(&parts)
    let known = try Architecture.named("alexnet-cifar")
    let weights = folder.path("\(parts.weights).safetensors")
    if !folder.exists("\(parts.weights).safetensors") {
      try Network(known, seed: parts.weights).weightFile().write(weights)
    }
    return try CaptureJob(
      model: try CapturedModel(
        architecture: Architecture(
          name: parts.architecture, input: known.input, nodes: known.nodes), weights: weights,
        name: "net"), data: try DataSource.load(parts.data), selection: parts.selection,
      layers: parts.layers, name: parts.name, perturbation: parts.perturbation,
      permutationSeed: parts.seed, threads: parts.threads, bitsets: parts.bitsets,
      preprocessing: try Preprocessing(parsing: parts.preprocessing ?? "cifar-alexnet"))
  }

  /// One of everything that an identity is made of, and the same set as two selections of as many samples.
  private func changed() throws -> [String: CaptureJob] {
    [
      "architecture": try job { $0.architecture = "another" },
      "weights": try job { $0.weights = 6 },
      "samples": try job { $0.data = "shapes:test:41" },
      "pixels": try job { $0.data = "shapes-stylised:test:40" },
      "selected samples": try job { $0.selection = Selection(limit: 20, seed: 1) },
      "other selected samples": try job { $0.selection = Selection(limit: 20, seed: 2) },
      "layers": try job { $0.layers = .last(2) },
      "other layers": try job { $0.layers = .named(["fc1", "fc3"]) },
      "perturbation": try job {
        $0.perturbation = .shift(try Shift(parsing: "sign-noise:eps=8/255"))
      },
      "strength of the perturbation": try job {
        $0.perturbation = .shift(try Shift(parsing: "sign-noise:eps=4/255"))
      },
      "seed of the permuted labels": try job { $0.seed = 1 },
      "preprocessing": try job { $0.preprocessing = "crop=28" },
      "numbers of the preprocessing": try job { $0.preprocessing = "crop=28,mean=0.5" },
    ]
  }

  @Test func whatChangesABitChangesTheIdentity() throws {
    let base = try job().identity
    var found: [String: String] = [base: "as it was"]
    for (what, job) in try changed() {
      #expect(found[job.identity] == nil, "\(what) is the run \(found[job.identity] ?? "")")
      found[job.identity] = what
    }
  }

  @Test func whatChangesNoBitDoesNot() throws {
    let base = try job().identity
    for same in [
      try job { $0.threads = 1 }, try job { $0.name = "another" },
      try job { $0.bitsets = .derived },
      // All forty, chosen by other words.
      try job { $0.selection = Selection(limit: 40, seed: 3) },
      try job { $0.preprocessing = "crop=28,standardise" },
    ] { #expect(same.identity == base) }
  }

  /// Into one warehouse: each is a run of its own, and each is there when it is ingested again.
  @Test func everyOneOfThemIsARunOfItsOwn() throws {
    let path = folder.path("w.db")
    let jobs = [("as it was", try job())] + (try changed()).sorted { $0.key < $1.key }
    for (what, job) in jobs {
      #expect(
        try job.run(into: path, observer: CaptureObserver()).status == "ingested", "\(what)")
    }
    for (what, job) in jobs {
      #expect(
        try job.run(into: path, observer: CaptureObserver()).status == "already ingested",
        "\(what)")
    }
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    #expect(try warehouse.runs().count == jobs.count)
    #expect(try warehouse.verify().filter { $0.status == .damaged } == [])
    // Each run has the labels, predictions and vectors of its own options.
    #expect(
      try warehouse.connection.integer(
        """
        select count(distinct all_of_it) from (
          select group_concat(sample_id || ' ' || permuted_class_id || ' ' || loss) as all_of_it
          from (select * from prediction order by run_id, sample_id) group by run_id)
        """) == jobs.count - 3,
      "only architecture and layers leave predictions as they are")
  }

  /// Places of 40 labels after Fisher and Yates's shuffle from the back by xoshiro256** of that seed, computed in Python.
  private static let permutations: [(seed: UInt64, places: [Int])] = [
    (
      0,
      [
        7, 13, 26, 35, 37, 29, 0, 38, 31, 10, 5, 32, 33, 2, 4, 19, 27, 11, 24, 1, 28, 12, 9, 39, 36,
        3, 14, 15, 25, 18, 21, 17, 8, 34, 23, 30, 22, 20, 16, 6,
      ]
    ),
    (
      7,
      [
        10, 5, 27, 15, 31, 12, 22, 6, 24, 34, 38, 21, 20, 35, 37, 8, 9, 17, 1, 16, 2, 39, 14, 26, 4,
        29, 32, 25, 18, 19, 33, 23, 28, 3, 0, 7, 36, 13, 30, 11,
      ]
    ),
    (
      .max,
      [
        32, 3, 13, 22, 8, 14, 39, 5, 33, 11, 6, 24, 21, 23, 16, 4, 1, 9, 37, 27, 18, 28, 31, 12, 19,
        35, 30, 7, 34, 15, 38, 29, 17, 0, 2, 25, 36, 20, 10, 26,
      ]
    ),
  ]

  /// The labels that floors are measured under are the true ones in the order that the seed says, in what is stored of
  /// samples and in what is counted.
  @Test func permutedLabelsAreThoseOfTheSeed() throws {
    for (seed, places) in Self.permutations {
      let path = folder.path("\(seed).db")
      _ = try job { ($0.seed, $0.layers) = (seed, .last(1)) }
        .run(into: path, observer: CaptureObserver())
      let warehouse = try Warehouse.open(path, mode: .readOnly)
      var rows = try warehouse.connection.prepare(
        """
        select label.position, permuted.position from prediction
        join sample using (sample_id) join class as label on label.class_id = sample.class_id
        join class as permuted on permuted.class_id = permuted_class_id order by sample.position
        """)
      var (labels, permuted): ([Int], [Int]) = ([], [])
      while try rows.step() {
        labels.append(rows.int(0))
        permuted.append(rows.int(1))
      }
      #expect(Set(labels).count == 10 && labels.count == places.count)
      #expect(difference(permuted, places.map { labels[$0] }) == nil, "seed \(seed)")
      #expect(
        try warehouse.connection.integer("select permutation_seed from run")
          == Int(bitPattern: UInt(seed)))
      #expect(try warehouse.verify().filter { $0.status == .damaged } == [])
    }
  }
}
