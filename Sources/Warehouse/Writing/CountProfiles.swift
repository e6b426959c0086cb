// The class profiles of a run counted from what the run keeps of every sample, for runs whose profiles were
// not counted while they were captured: resumed or merged ones.

import Bits
import SQLiteKit

extension Warehouse {
  /// Puts the profiles of a run in place of earlier ones, all or none: those of its neurons, and those of its
  /// interactions where its policy is to store them. Memory is bounded as a measure's is.
  package func countProfiles(run id: Int) throws {
    let run = try self.run(id)
    try checkWhole(run)
    let classIDs = try classes(dataSet: run.dataSetID).map(\.id)
    try told {
      try connection.transaction {
        var writer = try ProfileWriter(connection, run: id, classIDs: classIDs)
        for layer in try layers(run: id) {
          try writeNeurons(of: run, layer, classIDs, ProfileGrouping.measuredAlways, &writer)
          guard run.profiles == .stored else { continue }
          for grouping in ProfileGrouping.measuredAlways {
            let source = try counters(
              run: run, layer: layer, kind: .interaction, groupings: [grouping], streaming: true)
            try writeInteractions(of: source, classIDs, &writer)
          }
        }
      }
    }
  }

  func writeNeurons(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ classIDs: [Int],
    _ groupings: [ProfileGrouping], _ writer: inout ProfileWriter
  ) throws {
    let counts = try neuronCounts(of: run, layer, classIDs: classIDs, groupings)
    for (grouping, counts) in zip(groupings, counts) {
      for (label, samples) in counts.samples.enumerated() where samples > 0 {
        for block in 0..<counts.blockCount {
          try writer.write(
            ClassProfile(
              layerID: layer.id, kind: .neuron, grouping: grouping, classPosition: label,
              block: block, samples: samples, counts: counts.block(block, of: label)))
        }
      }
    }
  }

  /// Of every grouping, over all classes that its samples can have; samples without a label are left out.
  func neuronCounts(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, classIDs: [Int],
    _ groupings: [ProfileGrouping]
  ) throws -> [NeuronCounts] {
    let positions = Dictionary(uniqueKeysWithValues: classIDs.enumerated().map { ($1, $0) })
    let counts = groupings.map { _ in
      NeuronCounts(outputs: layer.outputs, classes: classIDs.count)
    }
    try forEachVectors(run: run.id, layer: layer, count: 256) { samples, _, z in
      for (grouping, counts) in zip(groupings, counts) {
        let labels = samples.map { $0.classID(under: grouping).flatMap { positions[$0] } }
        let known = labels.compactMap(\.self)
        if known.count == samples.count {
          counts.add(z: z.span, classes: known)
          continue
        }
        guard
          grouping.mayLackSamples
            || samples.allSatisfy({ $0.classID == nil || $0.classID(under: grouping) != nil })
        else {
          throw WarehouseError.corrupt(
            path: path,
            message:
              "run \(run.name) lacks \(grouping.name) labels; delete the run and ingest it again"
          )
        }
        let own = labels.indices.filter { labels[$0] != nil }.flatMap {
          z[$0 * layer.outputs..<($0 + 1) * layer.outputs]
        }
        counts.add(z: own.span, classes: known)
      }
    }
    return counts
  }

  private func writeInteractions(
    of source: CounterSource, _ classIDs: [Int], _ writer: inout ProfileWriter
  ) throws {
    let perBlock = CountsBlock.rowsPerBlock(columns: source.columns)
    let classes = source.classes[0]
    var pending = classes.map { _ in [UInt32]() }
    var end = 0
    try forEachSlab([source]) { counters in
      for index in classes.indices { pending[index] += counters[0][0][index] }
      end += (counters[0][0].first?.count ?? 0) / source.columns
      guard end % perBlock == 0 || end == source.rows else { return }
      let block = (end - 1) / perBlock
      for (index, label) in classes.enumerated() {
        let counts = CountsBlock(
          samples: label.samples, firstRow: block * perBlock, rows: end - block * perBlock,
          columns: source.columns, counters: pending[index])
        try writer.write(
          ClassProfile(
            layerID: source.layer.id, kind: .interaction, grouping: source.groupings[0],
            classPosition: classIDs.firstIndex(of: label.id) ?? 0, block: block,
            samples: label.samples, counts: counts.encoded()))
        pending[index].removeAll(keepingCapacity: true)
      }
    }
  }
}
