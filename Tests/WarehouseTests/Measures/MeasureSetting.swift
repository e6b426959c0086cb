// A warehouse of random runs whose bits are also kept as plain truth values: stored as they are, or derived from random
// weights and vectors.

import Bits
import SQLiteKit
import Testing
import Warehouse

/// SplitMix64.
struct MeasureGenerator {
  var state: UInt64

  mutating func below(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(bound))
  }
}

let measuredLayers = [
  LayerRecord(position: 0, name: "fc1", inputs: 5, outputs: 4, hasBias: true),
  LayerRecord(position: 1, name: "fc2", inputs: 4, outputs: 3, hasBias: false),
]

/// Runs over `sizes[c]` samples of class c.
struct MeasureSetting {
  let path: String
  let sizes: [Int]
  let keys: [String]
  var run = 0
  var layers: [Stored<LayerRecord>] = []
  var classIDs: [Int] = []
  /// By layer, then sample: the interactions' bits, row-major, and the neurons'.
  var bits: [[[Bool]]] = []
  var neurons: [[[Bool]]] = []
  /// By sample: the inputs of fc2.
  var inputs: [[Float]] = []
  /// Where bits are derived, by layer: W, row-major, and then by sample x and z.
  private var derived: [(weight: [Float], x: [[Float]], z: [[Float]])] = []
  var classes: [Int] { sizes.indices.flatMap { Array(repeating: $0, count: sizes[$0]) } }
  /// Classes shifted by one sample, as a permutation.
  var permuted: [Int] { Array(classes.dropFirst() + classes.prefix(1)) }

  init(
    path: String, sizes: [Int], seed: UInt64, keys: [String] = ["a", "b", "c", "d"],
    model: String = "aa", bitsets: BitsetPolicy = .stored,
    input: (Int, inout MeasureGenerator) -> [Float]
  ) throws {
    self.path = path
    self.sizes = sizes
    self.keys = keys
    var generator = MeasureGenerator(state: seed)
    let samples = sizes.reduce(0, +)
    for layer in measuredLayers {
      bits.append(
        (0..<samples).map { _ in (0..<layer.interactions).map { generator.below($0 + 2) == 0 } })
      neurons.append(
        (0..<samples).map { _ in (0..<layer.outputs).map { _ in generator.below(2) == 0 } })
    }
    inputs = classes.map { input($0, &generator) }
    if bitsets == .derived { derive(&generator) }

    let warehouse = try Warehouse.open(path, mode: .create)
    let set = try warehouse.ensure(
      DataSetRecord(
        name: "set", fingerprint: keys.joined(), sampleCount: samples,
        classes: keys.prefix(sizes.count).map { ClassRecord(key: $0, name: "class \($0)") }))
    let stored = try warehouse.ensure(
      ModelRecord(
        name: "net", architecture: "tiny", weightsSHA256: model, parameters: 1,
        outputs: .unnamed(max(4, sizes.count))),
      layers: measuredLayers)
    layers = stored.layers
    classIDs = try warehouse.classes(dataSet: set.id).map(\.id)
    // Every class is the output of its position.
    try warehouse.ensure(
      pairing: stored.model.outputs.indices.map { sizes.indices.contains($0) ? $0 : nil },
      model: stored.model, dataSet: set)
    run = try warehouse.ensure(
      RunRecord(
        name: "run", modelID: stored.model.id, dataSetID: set.id, identity: "\(model) \(seed)",
        preprocessing: "none", selection: "{}", bitsets: bitsets, sampleCount: samples,
        permutationSeed: 1, engramVersion: "0.1.0", cpuLevel: "any"),
      layers: layers
    ).run.id
    for (layer, derived) in zip(layers, derived) {
      try warehouse.store(
        LayerWeights(
          shape: try layer.record.shape, weight: derived.weight,
          bias: layer.hasBias ? [Float](repeating: 0.5, count: layer.outputs) : nil),
        of: layer)
    }
    let writer = try RunWriter(warehouse, run: run)
    try writer.submit(try batch())
    try writer.finish(profiles())
  }

  /// Draws weights and vectors, and takes bits and neurons from them by their definitions; every bias is 0.5.
  private mutating func derive(_ generator: inout MeasureGenerator) {
    func draw(_ count: Int) -> [Float] { (0..<count).map { _ in Float(generator.below(17) - 8) } }
    for (index, layer) in measuredLayers.enumerated() {
      let weight = draw(layer.outputs * layer.inputs)
      let x = index == 1 ? inputs : classes.map { _ in draw(layer.inputs) }
      let z = classes.map { _ in draw(layer.outputs) }
      derived.append((weight, x, z))
      neurons[index] = z.map { $0.map { $0 > 0 } }
      bits[index] = zip(x, z).map { x, z in
        z.indices.flatMap { output in
          (0..<layer.columns).map { column in
            let term =
              column == layer.inputs ? 0.5 : weight[output * layer.inputs + column] * x[column]
            let threshold = z[output] / Float(layer.inputs)
            return z[output] > 0 ? term > threshold : z[output] < 0 && term < threshold
          }
        }
      }
    }
  }

  /// Bits of a layer's samples as stored, S[i][j] at i · n_cols + j.
  private func patterns(_ index: Int) throws -> [[UInt8]] {
    let layer = measuredLayers[index]
    return try bits[index].map { bits in
      var dense = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
      for (bit, isSet) in bits.enumerated() where isSet { dense[bit / 8] |= 1 << UInt8(bit % 8) }
      return try Significance.fromDense(
        dense.span.bytes,
        shape: LayerShape(
          outputs: layer.outputs, inputs: layer.inputs, hasBias: layer.hasBias))
    }
  }

  private func batch() throws -> Batch {
    let (all, none) = (classes.indices, [Double](repeating: 0, count: classes.count))
    return Batch(
      positions: Array(all), keys: all.map { "sample \($0)" }, classes: classes,
      permuted: permuted, predicted: classes, confidence: none, loss: none,
      layers: try layers.enumerated().map { index, layer in
        Batch.Layer(
          layerID: layer.id,
          x: derived.isEmpty
            ? layer.position == 1
              ? inputs.map { SparseVector.encode($0.span) } : classes.map { _ in [0] }
            : derived[index].x.map { SparseVector.encode($0.span) },
          z: derived.isEmpty
            ? neurons[index].map { FloatVector.encode($0.map { $0 ? 1 : -1 }.span) }
            : derived[index].z.map { FloatVector.encode($0.span) },
          bits: derived.isEmpty ? try patterns(index) : [],
          significant: bits[index].map { $0.count { $0 } })
      })
  }

  /// One block per profile.
  private func profiles() -> [ClassProfile] {
    var profiles: [ClassProfile] = []
    for (grouping, labels) in [(ProfileGrouping.true, classes), (.permuted, permuted)] {
      for (index, layer) in layers.enumerated() {
        for (kind, data, columns) in [
          (ProfileKind.interaction, bits[index], layer.columns), (.neuron, neurons[index], 1),
        ] {
          for label in sizes.indices where sizes[label] > 0 {
            let counters = counters(data, labels, label)
            let counts = CountsBlock(
              samples: sizes[label], firstRow: 0, rows: layer.outputs, columns: columns,
              counters: counters)
            profiles.append(
              ClassProfile(
                layerID: layer.id, kind: kind, grouping: grouping, classPosition: label,
                block: 0, samples: sizes[label], counts: counts.encoded()))
          }
        }
      }
    }
    return profiles
  }

  /// Counts of one class's samples by the given labels.
  func counters(_ data: [[Bool]], _ labels: [Int], _ label: Int) -> [UInt32] {
    data[0].indices.map { index in
      UInt32(labels.indices.count { labels[$0] == label && data[$0][index] })
    }
  }
}
