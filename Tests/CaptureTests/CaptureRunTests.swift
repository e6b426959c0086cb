// A whole capture: network and data set in, warehouse out; again, interrupted and resumed.

import Bits
import Capture
import DataSets
import FoundationEssentials
import Networks
import SQLiteKit
import TestSupport
import Testing
import Warehouse
import WeightFiles

private func job(
  in folder: Scratch, samples: Int = 300, layers: LayerChoice = .all, seed: UInt64 = 0,
  threads: Int = 2, bitsets: BitsetPolicy? = nil
) throws -> CaptureJob {
  let weights = folder.path("net.safetensors")
  if !FileManager.default.fileExists(atPath: weights) {
    let network = Network(try Architecture.named("alexnet-cifar"), seed: 5)
    try network.weightFile(metadata: ["state": "untrained"]).write(weights)
  }
  let model = try CapturedModel(
    architecture: try Architecture.named("alexnet-cifar"), weights: weights, name: nil)
  return try CaptureJob(
    model: model, data: try DataSource.load("shapes:test:\(samples)"), selection: Selection(),
    layers: layers, name: nil, permutationSeed: seed, threads: threads, bitsets: bitsets)
}

/// Everything a warehouse holds but ids of rows, times and its runs' order of writing.
private func content(_ path: String) throws -> [String] {
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  var lines: [String] = []
  for query in [
    """
    select layer.name, sample.key, hex(x), hex(z) from activation join layer using (layer_id)
    join sample using (sample_id) order by 1, 2
    """,
    """
    select layer.name, sample.key, n_significant, hex(bits) from significance
    join layer using (layer_id) join sample using (sample_id) order by 1, 2
    """,
    """
    select layer.name, kind, grouping, class.key, block, n_samples, hex(counts) from class_profile
    join layer using (layer_id) join class using (class_id) order by 1, 2, 3, 4, 5
    """,
    "select * from predictions order by sample", "select * from kl_matrix order by 2, 4, 5, 7, 9",
    "select * from class_rank order by 2, 5, 6",
    "select * from class_entanglement order by 2, 5, 7, 8",
    "select run, layer, kind, mean_proportion, never_share, always_share from layer_sparsity",
  ] {
    var rows = try warehouse.connection.prepare(query)
    while try rows.step() {
      lines.append((0..<rows.columnCount).map { "\(rows.value($0))" }.joined(separator: "|"))
    }
  }
  return lines
}

@Test func aRunHoldsEverySampleAndItsMeasures() throws {
  let folder = try Scratch()
  let path = folder.path("w.db")
  let job = try job(in: folder)
  let summary = try job.run(into: path, observer: CaptureObserver())
  #expect(summary.status == "ingested")
  #expect(summary.samples == 300)
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  func number(_ sql: String) throws -> Int? { try warehouse.connection.integer(sql) }
  #expect(try number("select count(*) from prediction") == 300)
  #expect(try number("select count(*) from activation") == 900)
  #expect(try number("select count(*) from significance") == 900)
  #expect(try number("select count(*) from run where completed_at is not null") == 1)
  #expect(
    try number("select count(*) from run join model using (model_id) where state = 'untrained'")
      == 1)
  #expect(
    try number(
      "select sum(n_samples) from class_profile where kind = 'neuron' and grouping = 'permuted'")
      == 900)
  // 3 layers, 3 kinds, 10 × 9 pairs and 10 entropies.
  #expect(try number("select count(*) from kl_matrix") == 900)
  #expect(try number("select count(distinct rule) from class_rank") == 6)
  #expect(try number("select count(*) from class_entanglement where rule = '1e-2'") == 45)
  #expect(try number("select count(*) from separation where separation > 0") == 9)
}

@Test func profilesCountTheStoredBits() throws {
  let folder = try Scratch()
  let path = folder.path("w.db")
  let summary = try job(in: folder, samples: 60, layers: .last(2))
    .run(into: path, observer: CaptureObserver())
  #expect(summary.samples == 60)
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  for layer in try warehouse.layers(run: 1) {
    let shape = LayerShape(outputs: layer.outputs, inputs: layer.inputs, hasBias: layer.hasBias)
    var expected = [[UInt32]](
      repeating: [UInt32](repeating: 0, count: shape.interactions), count: 10)
    try warehouse.forEachSignificance(run: 1, layer: layer.id) { sample, bits in
      let dense = try Significance.dense(bits)
      for i in 0..<shape.interactions where dense[i / 8] >> (i % 8) & 1 == 1 {
        expected[try #require(sample.classPosition)][i] += 1
      }
    }
    var rows = try warehouse.connection.prepare(
      """
      select position, counts from class_profile join class using (class_id)
      where run_id = 1 and layer_id = ? and kind = 'interaction' and grouping = 'true' and block = 0
      """)
    try rows.bind(layer.id, at: 1)
    var found = 0
    while try rows.step() {
      let counts = try CountsBlock(decoding: rows.bytes(1).span.bytes)
      #expect(difference(counts.counters, expected[rows.int(0)]) == nil)
      found += 1
    }
    #expect(found > 0)
  }
}

@Test func ranksWaitForTheNetworksLastLayer() throws {
  let folder = try Scratch()
  let path = folder.path("w.db")
  let summary = try job(in: folder, samples: 30, layers: .named(["fc1"]))
    .run(into: path, observer: CaptureObserver())
  #expect(summary.notes.count == 1 && summary.notes[0].contains("fc3"))
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  #expect(try warehouse.layers(run: 1).map(\.name) == ["fc1"])
  #expect(try warehouse.layers(model: 1).map(\.name) == ["fc1", "fc2", "fc3"])
  #expect(try warehouse.connection.integer("select count(*) from activation") == 30)
  #expect(try warehouse.connection.integer("select count(*) from rank") == 0)
  #expect(
    try job(in: folder, samples: 30).run(into: path, observer: CaptureObserver()).notes == [])
  #expect(
    try warehouse.connection.integer(
      "select count(distinct layer.name = 'fc3') from rank join layer using (layer_id)") == 1)
  #expect(try warehouse.connection.integer("select count(*) from layer") == 3)
}

@Test func theSamePairAgainChangesNothing() throws {
  let folder = try Scratch()
  let path = folder.path("w.db")
  _ = try job(in: folder, samples: 40).run(into: path, observer: CaptureObserver())
  let before = FileManager.default.contents(atPath: path)
  let again = try job(in: folder, samples: 40, threads: 1).run(
    into: path, observer: CaptureObserver())
  #expect(again.status == "already ingested")
  let after = FileManager.default.contents(atPath: path)
  #expect(difference([UInt8](after ?? Data()), [UInt8](before ?? Data())) == nil)
}

@Test func anInterruptedRunEndsLikeAnUninterruptedOne() throws {
  let folder = try Scratch()
  let (whole, parts) = (folder.path("whole.db"), folder.path("parts.db"))
  _ = try job(in: folder, samples: 600).run(into: whole, observer: CaptureObserver())
  var stops = 0
  for _ in 0..<2 {
    do {
      _ = try job(in: folder, samples: 600, threads: 3)
        .run(into: parts, observer: CaptureObserver(isCancelled: { true }))
    } catch let cancelled as CaptureCancelled {
      stops += 1
      #expect(cancelled.stored == 256 * stops)
    }
  }
  #expect(stops == 2)
  var heard: [Int] = []
  let observer = CaptureObserver(
    advanced: { heard.append($0) }, captured: { heard.append(-1) })
  #expect(
    try job(in: folder, samples: 600).run(into: parts, observer: observer).status == "ingested")
  #expect(heard == [512, 600, -1])
  let (a, b) = (try content(whole), try content(parts))
  #expect(a.count > 1000)
  #expect(difference(a, b) == nil)
}

@Test func whatChangesABitChangesTheIdentity() throws {
  let folder = try Scratch()
  let base = try job(in: folder, samples: 40)
  #expect(try job(in: folder, samples: 40, threads: 1).identity == base.identity)
  #expect(try job(in: folder, samples: 41).identity != base.identity)
  #expect(try job(in: folder, samples: 40, layers: .last(2)).identity != base.identity)
  #expect(try job(in: folder, samples: 40, seed: 1).identity != base.identity)
}

@Test func weightsThatAreNoNumbersAreRefused() throws {
  let folder = try Scratch()
  let weights = folder.path("net.safetensors")
  let network = Network(try Architecture.named("alexnet-cifar"), seed: 5)
  var file = network.weightFile()
  file.tensors["fc3.bias"] = Tensor(shape: [10], values: [Float](repeating: .nan, count: 10))
  try file.write(weights)
  let path = folder.path("w.db")
  let error = #expect(throws: CaptureError.self) {
    try job(in: folder, samples: 20).run(into: path, observer: CaptureObserver())
  }
  #expect(error?.description.contains("not finite") == true)
  let warehouse = try Warehouse.open(path, mode: .readOnly)
  #expect(try warehouse.connection.integer("select count(*) from prediction") == 0)
}

/// Of small layers predictions, likelihoods and indices are most of the file.
@Test(arguments: [
  (500, LayerChoice.all, BitsetPolicy.stored), (2000, .last(1), .stored), (300, .last(2), .stored),
  (50, .last(1), .stored), (2000, .last(1), .derived), (300, .last(2), .derived),
])
func estimatesAreCloseToTheFile(samples: Int, layers: LayerChoice, bitsets: BitsetPolicy) throws {
  let folder = try Scratch()
  let path = folder.path("w.db")
  let job = try job(in: folder, samples: samples, layers: layers, bitsets: bitsets)
  let summary = try job.run(into: path, observer: CaptureObserver())
  let ratio = Double(summary.fileBytes) / Double(job.estimate.bytes(bitsets))
  #expect(ratio > 0.93 && ratio < 1.07, "the file is \(ratio) of the estimate")
}
