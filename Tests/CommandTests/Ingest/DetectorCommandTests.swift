// engram-ingest measure --detect and the questions on it, from the networks' own vectors: scores worked out anew in SQL
// and in Swift, the same rows from whatever a run keeps, and where they go with their runs.

import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct DetectorCommandTests {
  private let scratch: TemporaryDirectory
  private let warehouse: String

  init() throws {
    scratch = try TemporaryDirectory()
    warehouse = scratch.path("w.db")
    try SharedStudy.get().copyWarehouse(to: warehouse)
    try registerEngramFunctions()
  }

  private func ingest(
    _ data: String, into path: String, name: String, _ more: [String] = []
  ) throws {
    let study = try SharedStudy.get()
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", data, "--layers",
          "last:2", "--into", path, "--name", name,
        ] + more))
  }

  private func detect(_ run: String, in path: String) throws {
    let result = try runCommand(
      "engram-ingest",
      [
        "measure", path, "--run", run, "--detect", "training", "--detectors",
        "likelihood,likelihood-ratio,pattern-distance,max-softmax,energy,mahalanobis", "--format",
        "csv",
      ])
    expectSuccess(result)
    #expect(result.output == "run,measure,rows\r\n\"\(run), training\",score,540\r\n")
  }

  private static let scores = """
    select run, layer, sample, detector, score from detector_scores order by 1, 2, 3, 4
    """

  private func real(_ value: Value) -> Double? {
    if case .real(let number) = value { return number }
    return nil
  }

  @Test func `Scores are what the warehouse's vectors say, and are compared`() throws {
    try ingest("shapes:train:64", into: warehouse, name: "training")
    for run in ["clean", "stylised"] { try detect(run, in: warehouse) }
    // Logits, patterns and profiles by the SQL functions.
    let off = try rows(
      warehouse,
      """
      with profile as (
        select layer_id, class.position as label, counts, class_profile.n_samples from class_profile
        join run using (run_id) join class using (class_id)
        where run.name = 'training' and kind = 'interaction' and grouping = 'true'),
      scored as (
        select s.run_id, s.layer_id, s.sample_id, label = guess.position as is_own,
          engram_log_likelihood(bits, counts) / (n_out * n_cols) as value,
          (select sum((b.count * 2 > profile.n_samples) <> engram_bit(bits, b.output, b."column")) * 1.0 / (n_out * n_cols)
            from engram_counts_rows(counts) as b) as distance
        from significance as s join run on run.run_id = s.run_id join layer using (layer_id)
        join prediction as p on p.run_id = s.run_id and p.sample_id = s.sample_id
        join class as guess on guess.class_id = p.class_id
        join profile using (layer_id)
        where run.name in ('clean', 'stylised') and layer.name = 'fc3'),
      expected as (
        select run_id, layer_id, sample_id, max(value) filter (where is_own) as own,
          max(value) filter (where not is_own) as other, min(distance) as distance
        from scored group by run_id, layer_id, sample_id)
      select count(*), max(abs(likelihood - own)), max(abs(likelihood_ratio - own + other)),
        max(abs(hamming - distance)),
        max(abs(energy - (select ln(sum(exp(value))) from activation join engram_elements(z)
          where activation.run_id = d.run_id and activation.layer_id = d.layer_id
            and activation.sample_id = d.sample_id)))
      from expected join \(wideScores) as d using (run_id, layer_id, sample_id)
      """)
    #expect(off[0][0] == 120)
    // What a set bit weighs is rounded to 2⁻²² of a nat at most; likelihoods are by interaction.
    for (value, most) in zip(off[0].dropFirst(), [0x1p-23, 0x1p-22, 1e-9, 1e-9]) {
      #expect(try #require(real(value)) < most)
    }

    let result = try runCommand(
      "engram-query", [warehouse, "detectors", "--run", "clean", "--format", "csv"])
    expectSuccess(result)
    let lines = result.output.split(separator: "\r\n").dropFirst().map { $0.split(separator: ",") }
    #expect(lines.count == 9)
    let stored = try rows(warehouse, Self.scores)
    func scores(_ run: String, _ layer: Substring, _ detector: Substring) -> [Double] {
      stored.filter {
        $0[0] == .text(run) && $0[1] == .text(String(layer)) && $0[3] == .text(String(detector))
      }.compactMap { real($0[4]) }
    }
    for line in lines {
      #expect(line[0] == "clean" && line[1] == "stylised" && line[2] == "training")
      let inside = scores("clean", line[3], line[4])
      let outside = scores("stylised", line[3], line[4])
      #expect(inside.count == 60 && outside.count == 60 && line[8] == "60" && line[9] == "60")
      let area =
        inside.reduce(0) { sum, score in
          sum + outside.reduce(0) { $0 + ($1 < score ? 1 : $1 == score ? 0.5 : 0) }
        } / 3600
      #expect(abs(try #require(Double(line[5])) - area) < 1e-12)
      // 57 of 60 are 95 %.
      let threshold = inside.sorted(by: >)[56]
      #expect(Double(line[6]) == Double(outside.count { $0 >= threshold }) / 60)
    }
    // Every threshold's trapezoids make the area.
    let curve = try runCommand(
      "engram-query",
      [
        warehouse, "detector_curve", "--run", "clean", "--detector", "mahalanobis", "--points",
        "120", "--format", "csv",
      ])
    expectSuccess(curve)
    let points = curve.output.split(separator: "\r\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false).suffix(2).compactMap { Double($0) }
    }
    let trapezoids = zip(points, points.dropFirst()).reduce(0) {
      $0 + ($1.1[0] - $1.0[0]) * ($1.1[1] + $1.0[1]) / 2
    }
    let mahalanobis = try #require(lines.first { $0[4] == "mahalanobis" })
    #expect(abs(trapezoids - (try #require(Double(mahalanobis[5])))) < 1e-12)
  }

  @Test func `Derived bits and streamed profiles give the same rows, which go with their runs`()
    throws
  {
    var found: [[[Value]]] = []
    for (name, more) in [
      ("stored", []), ("derived", ["--bitsets", "derived", "--profiles", "streamed"]),
    ] {
      let path = scratch.path("\(name).db")
      for (data, run) in [("shapes:train:64", "training"), ("shapes:test:60", "clean")] {
        try ingest(data, into: path, name: run, more)
      }
      try detect("clean", in: path)
      found.append(try rows(path, Self.scores))
      expectSuccess(try runCommand("engram-ingest", ["verify", path]))
    }
    #expect(found[0] == found[1] && found[0].count == 60 * 9)

    let merged = scratch.path("merged.db")
    expectSuccess(
      try runCommand("engram-ingest", ["merge", merged, scratch.path("stored.db")]))
    #expect(try difference(rows(merged, Self.scores), found[0]) == nil)
    expectSuccess(try runCommand("engram-ingest", ["delete", merged, "--run", "training"]))
    #expect(try rows(merged, Self.scores) == [])
  }
}
