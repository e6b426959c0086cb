// Class counts of a run that has no profiles yet, as a part of a run has none until it is merged: counted from what it keeps of
// its samples, and kept nowhere. Those of the parts of a run add up to its own.

import Bits
import SQLiteKit

extension Warehouse {
  /// Whether everything is in, and nothing was counted by class.
  package func lacksProfiles(_ run: Stored<RunRecord>) throws -> Bool {
    guard run.completedAt != nil else { return false }
    let profiles = "select exists (select 1 from class_profile where run_id = ?)"
    return try connection.integer(profiles, .integer(run.id)) == 0
  }

  /// A source of interactions, or neurons, that are counted from the samples, and, of neurons, the counters.
  private func uncounted(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ kind: ProfileKind,
    _ groupings: [ProfileGrouping]
  ) throws -> (source: CounterSource, neurons: [NeuronCounts]) {
    let known = try classes(dataSet: run.dataSetID)
    let neurons = try neuronCounts(of: run, layer, classIDs: known.map(\.id), groupings)
    let classes = neurons.map { counts in
      zip(known, counts.samples).filter { $1 > 0 }.map {
        CounterSource.Class(id: $0.id, key: $0.key, samples: $1)
      }
    }
    let source = CounterSource(
      run: run, layer: layer, kind: kind, groupings: groupings, classes: classes, isStreamed: true)
    return (source, neurons)
  }

  /// As `forEachCountedPart`, of a run that lacks profiles and has its activations.
  func forEachUncountedPart(
    run: Stored<RunRecord>, layer: Stored<LayerRecord>, kind: ProfileKind,
    groupings: [ProfileGrouping], _ body: (CountedPart) throws -> Void
  ) throws {
    let (source, neurons) = try uncounted(run, layer, kind, groupings)
    guard kind == .neuron else { return try forEachPart(of: source, body) }
    let positions = Dictionary(
      uniqueKeysWithValues: try classes(dataSet: run.dataSetID).enumerated().map { ($1.id, $0) })
    for (index, grouping) in groupings.enumerated() {
      for label in source.classes[index] {
        var counters = [UInt32](repeating: 0, count: layer.outputs)
        neurons[index].take(positions[label.id] ?? 0, into: &counters, at: 0)
        try body(
          CountedPart(
            grouping: grouping, classID: label.id, samples: label.samples, rows: 0..<layer.outputs,
            columns: 1, counters: counters))
      }
    }
  }
}
