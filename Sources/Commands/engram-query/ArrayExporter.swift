// A run's bitsets, activations, counts and measure matrices, made as arrays.

import Basics
import Bits
import NumPyArrays
import SQLiteKit
import Warehouse

/// One run and layer, and what can be made of them. The warehouse stays open while arrays are written.
final class ArrayExporter {
  private let warehouse: Warehouse
  let run: Stored<RunRecord>
  let layer: Stored<LayerRecord>
  private let kind: ProfileKind
  private let grouping: ProfileGrouping
  private let rule: String

  init(
    _ warehouse: consuming Warehouse, run name: String?, layer layerName: String?,
    kind: ProfileKind, grouping labels: String, rule: String
  ) throws {
    let runs = try warehouse.runs()
    let unnamed = name == nil ? try DefaultRun.first(in: warehouse.connection)?.id : nil
    let chosen = runs.first { run in
      name.map { run.name.hasBytes(of: $0) } ?? (run.id == unnamed)
    }
    guard let run = chosen else {
      throw RequestError(
        description: "--run: " + unknown("run", name ?? "", known: runs.map(\.name)))
    }
    let layers = try warehouse.layers(run: run.id)
    let named = layerName.map { name in layers.first { $0.name.hasBytes(of: name) } }
    guard let layer = named ?? layers.last else {
      throw RequestError(
        description: "--layer: " + unknown("layer", layerName ?? "", known: layers.map(\.name)))
    }
    grouping = try warehouse.grouping(named: labels, of: run)
    (self.run, self.layer, self.kind, self.rule) = (run, layer, kind, rule)
    self.warehouse = warehouse
  }

  func export(_ name: String) throws -> ExportedArray {
    let (run, layer) = (run, layer)
    // Of bits and vectors the true ones.
    let isGrouped = ["counts", "divergence"].contains(name)
    let classes = try warehouse.classes(of: run, under: isGrouped ? [grouping] : [.true])
    let names = classes.map(\.name)
    let nameOf = Dictionary(classes.map { ($0.id, $0.name) }) { first, _ in first }
    switch name {
    case "bitsets", "x", "z":
      let samples = try warehouse.samples(run: run.id)
      let keys = try sampleKeys()
      return ExportedArray(
        name == "bitsets"
          ? bitsets(samples.count) : vectors(name, samples.count, isInput: name == "x"),
        beside: [
          // Without a label: −1.
          NumPyArray("sample", keys), NumPyArray("label", samples.map { $0.classPosition ?? -1 }),
          NumPyArray("class", names),
        ],
        rows: [
          ("sample", keys), ("class", samples.map { $0.classID.flatMap { nameOf[$0] } ?? "" }),
        ])
    case "counts":
      let counted = try warehouse.countedClasses(run: run, layer: layer, grouping: grouping)
      guard !counted.isEmpty else {
        let labels = grouping.name
        let remedy =
          ProfileGrouping.measuredAlways.contains(grouping)
          ? "" : "; engram-ingest measure --run \(run.name) --by \(labels) makes them"
        throw RequestError(
          description:
            "run \(run.name), layer \(layer.name): no counts by \(labels) labels\(remedy)")
      }
      let byKey = Dictionary(classes.map { (ByteText($0.key), $0.name) }) { first, _ in first }
      let shape = [counted.count, layer.outputs] + (kind == .interaction ? [layer.columns] : [])
      let own = counted.map { byKey[ByteText($0.key)] ?? $0.key }
      return ExportedArray(
        NumPyArray("counts", .uint32, shape) { [self] sink in
          try warehouse.forEachCounters(run: run, layer: layer, kind: kind, grouping: grouping) {
            for first in stride(from: 0, to: $0.count, by: 1 << 16) {
              try sink($0[first..<min(first + 1 << 16, $0.count)].flatMap(littleEndian))
            }
          }
        },
        beside: [NumPyArray("n_samples", counted.map(\.samples)), NumPyArray("class", own)],
        rows: [("class", own), ("n_samples", counted.map { String($0.samples) })])
    default: return try matrix(name, classes)
    }
  }

  private func sampleKeys() throws -> [String] {
    var rows = try warehouse.connection.prepare(
      """
      select key from prediction join sample using (sample_id) where run_id = ? order by position
      """)
    try rows.bind(run.id, at: 1)
    var keys: [String] = []
    while try rows.step() { keys.append(rows.text(0)) }
    return keys
  }

  /// samples × n_out × n_cols.
  private func bitsets(_ samples: Int) -> NumPyArray {
    NumPyArray("bitsets", .bool, [samples, layer.outputs, layer.columns]) { [self] sink in
      let interactions = layer.outputs * layer.columns
      try warehouse.forEachSignificance(run: run.id, layer: layer.id) { sample, bits in
        let found = try Significance.header(bits).shape
        guard found == (try layer.record.shape) else {
          throw WarehouseError.corrupt(
            path: warehouse.path,
            message: "layer \(layer.name), sample \(sample.position): a bitset of \(found), "
              + "expected \(try layer.record.shape)")
        }
        let dense = try Significance.dense(bits)
        for first in stride(from: 0, to: interactions, by: 1 << 16) {
          try sink(
            (first..<min(first + 1 << 16, interactions)).map { dense[$0 / 8] >> UInt8($0 % 8) & 1 })
        }
      }
    }
  }

  /// samples × n_in or samples × n_out.
  private func vectors(_ name: String, _ samples: Int, isInput: Bool) -> NumPyArray {
    NumPyArray(name, .float32, [samples, isInput ? layer.inputs : layer.outputs]) { [self] sink in
      try warehouse.forEachActivation(run: run.id, layer: layer.id) { _, x, z in
        let vector =
          try isInput
          ? SparseVector.decode(x, count: layer.inputs)
          : FloatVector.decode(z, count: layer.outputs)
        try sink(FloatVector.encode(vector.span))
      }
    }
  }

  /// classes × classes, NaN where nothing was measured.
  private func matrix(_ name: String, _ classes: [Stored<ClassRecord>]) throws -> ExportedArray {
    let isDivergence = name == "divergence"
    var rows = try warehouse.connection.prepare(
      isDivergence
        ? """
        select from_class_id, to_class_id, kl from divergence
        where from_run_id = ?1 and to_run_id = ?1 and layer_id = ?2 and kind = ?3 and grouping = ?4
        """
        : """
        select a_class_id, b_class_id, entanglement from entanglement
        where run_id = ?1 and layer_id = ?2 and rule = ?3
        """)
    try rows.bind(
      [.integer(run.id), .integer(layer.id)]
        + (isDivergence ? [.text(kind.rawValue), .text(grouping.name)] : [.text(rule)]))
    let positions = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.id, $0) })
    let count = classes.count
    var values = [Double](repeating: .nan, count: count * count)
    var found = 0
    while try rows.step() {
      guard let a = positions[rows.int(0)], let b = positions[rows.int(1)] else {
        throw WarehouseError.corrupt(
          path: warehouse.path,
          message:
            "run \(run.name), layer \(layer.name): \(name) of a class that its data set has not")
      }
      values[a * count + b] = rows.double(2)
      if !isDivergence { values[b * count + a] = rows.double(2) }
      found += 1
    }
    guard found > 0 else {
      throw RequestError(
        description: "run \(run.name), layer \(layer.name): no \(name) was measured"
          + (isDivergence ? "" : " by the rule \(rule): it is of the network's last layer"))
    }
    let names = classes.map(\.name)
    return ExportedArray(
      NumPyArray(name, values, [count, count]), beside: [NumPyArray("class", names)],
      rows: [("class", names)], columns: names)
  }
}
