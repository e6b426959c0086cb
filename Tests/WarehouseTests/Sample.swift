// A small model, data set and run, and batches of them whose blobs say where they belong.

import Warehouse

let twoLayers = [
  LayerRecord(position: 0, name: "fc1", inputs: 5, outputs: 3, hasBias: true),
  LayerRecord(position: 1, name: "fc2", inputs: 3, outputs: 2, hasBias: false),
]

func model(_ name: String = "net", sha: String = "aa") -> ModelRecord {
  ModelRecord(
    name: name, architecture: "tiny", weightsSHA256: sha, parameters: 26, state: "best",
    training: #"{"epochs": 3}"#, outputs: .unnamed(2))
}

let animals = DataSetRecord(
  name: "animals:test", fingerprint: "ff", sampleCount: 100,
  classes: [ClassRecord(key: "n01", name: "cat"), ClassRecord(key: "n02", name: "dog")])

extension [ClassRecord] {
  /// Outputs of which nothing but their position is known.
  static func unnamed(_ count: Int) -> [ClassRecord] {
    (0..<count).map { ClassRecord(key: "output \($0)", name: "output \($0)") }
  }
}

struct Setting {
  var run: Stored<RunRecord>
  var layers: [Stored<LayerRecord>]
  var state: RunState
}

/// Stores model, data set and run; the run captures samples 0, 2, 4, …
func setUp(
  _ warehouse: borrowing Warehouse, samples: Int = 10, name: String = "run",
  identity: String = "i1"
) throws -> Setting {
  let dataSet = try warehouse.ensure(animals)
  let (model, layers) = try warehouse.ensure(model(), layers: twoLayers)
  try warehouse.ensure(pairing: [0, 1], model: model, dataSet: dataSet)
  let state = try warehouse.ensure(
    RunRecord(
      name: name, modelID: model.id, dataSetID: dataSet.id, identity: identity,
      preprocessing: "none", selection: "{}", sampleCount: samples, permutationSeed: .max,
      engramVersion: "0.1.0", cpuLevel: "baseline"),
    layers: layers)
  return Setting(run: state.run, layers: layers, state: state)
}

/// The blob of one sample, layer and purpose.
func blob(_ purpose: Character, _ layer: Int, _ sample: Int, size: Int = 20) -> [UInt8] {
  var bytes = Array("\(purpose) \(layer) \(sample)".utf8)
  while bytes.count < size { bytes.append(UInt8(bytes.count & 255)) }
  return bytes
}

/// Samples number `range` of the selection. Class is sample number mod 2; every third is wrong.
func batch(_ range: Range<Int>, _ layers: [Stored<LayerRecord>], size: Int = 20) -> Batch {
  Batch(
    positions: range.map { 2 * $0 }, keys: range.map { "key\(2 * $0)" },
    classes: range.map { $0 % 2 }, permuted: range.map { 1 - $0 % 2 },
    predicted: range.map { $0 % 3 == 0 ? 1 - $0 % 2 : $0 % 2 },
    confidence: range.map { _ in 0.75 }, loss: range.map { Double($0) },
    layers: layers.map { layer in
      Batch.Layer(
        layerID: layer.id, x: range.map { blob("x", layer.position, $0, size: size) },
        z: range.map { blob("z", layer.position, $0, size: size) },
        bits: range.map { blob("b", layer.position, $0, size: size) },
        significant: range.map { $0 })
    })
}

func profiles(_ layers: [Stored<LayerRecord>], blocks: Int = 2) -> [ClassProfile] {
  var profiles: [ClassProfile] = []
  for layer in layers {
    for block in 0..<blocks {
      for position in [1, 0] {
        profiles.append(
          ClassProfile(
            layerID: layer.id, kind: .interaction, grouping: .true, classPosition: position,
            block: block, samples: 5,
            counts: [UInt8(layer.position), UInt8(block), UInt8(position)]))
      }
    }
  }
  return profiles
}
