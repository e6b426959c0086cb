// Indexes of activations: for each neuron of a layer, the partitions of its pre-activations and where the samples of a run fall
// in them. Leaves out the search (Analytics/SQL).

internal import Analytics
internal import Basics
internal import Bits
import SQLiteKit

/// What an index of a layer takes.
package struct IndexSummary: Sendable, Equatable {
  package let neurons: Int
  package let samples: Int
  package let bytes: Int
  /// Of the layer's stored activations.
  package let activationBytes: Int
}

/// A neuron's row of the table.
struct IndexRow: Equatable {
  let neuron: Int
  let samples: Int
  let positions: ClosedRange<Int>
  let edges: [UInt8]
  let codes: [UInt8]
  var checksum: Int { Checksum.of(edges, codes) }
}

extension Warehouse {
  /// Values that are held at a time, of as many neurons as fit.
  private static var mostValues: Int { 1 << 26 }

  /// Writes the index of a layer of a whole run, in place of what there was.
  /// - Throws: `MeasureError` for a part of a run; `WarehouseError`, `SQLiteError`.
  package func makeIndex(run id: Int, layer: Stored<LayerRecord>) throws -> IndexSummary {
    let run = try self.run(id)
    try checkWhole(run)
    guard run.shard == nil else {
      throw MeasureError(
        description: "\(path): run \"\(run.name)\" is a part of a run: merge its parts first")
    }
    return try told {
      try connection.transaction {
        try removeIndex(run: id, layer: layer)
        var (neurons, samples, bytes) = (0, 0, 0)
        try forEachIndexRow(of: run, layer) { row in
          try connection.run(
            """
            insert into activation_index (run_id, layer_id, neuron, n_samples, first_position, last_position,
              edges, codes, checksum)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, .integer(id), .integer(layer.id), .integer(row.neuron), .integer(row.samples),
            .integer(row.positions.lowerBound), .integer(row.positions.upperBound),
            .blob(row.edges), .blob(row.codes), .integer(row.checksum))
          (neurons, samples) = (neurons + 1, row.samples)
          bytes += row.edges.count + row.codes.count
        }
        let stored = try connection.integer(
          """
          select ifnull(sum(ifnull(length(x), 0) + length(z)), 0) from activation
          where run_id = ? and layer_id = ?
          """, .integer(id), .integer(layer.id))
        return IndexSummary(
          neurons: neurons, samples: samples, bytes: bytes, activationBytes: stored ?? 0)
      }
    }
  }

  /// - Returns: how many neurons' rows went.
  @discardableResult
  package func removeIndex(run id: Int, layer: Stored<LayerRecord>) throws -> Int {
    try told {
      try connection.run(
        "delete from activation_index where run_id = ? and layer_id = ?", .integer(id),
        .integer(layer.id))
      return try connection.integer("select changes()") ?? 0
    }
  }

  /// Calls `body` with the rows that a layer's index has to have, neuron by neuron.
  func forEachIndexRow(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ body: (IndexRow) throws -> Void
  ) throws {
    let positions = try samples(run: run.id).map(\.position)
    guard let first = positions.first, let last = positions.last else { return }
    let atATime = max(1, Self.mostValues / positions.count)
    for start in stride(from: 0, to: layer.outputs, by: atATime) {
      let neurons = start..<min(start + atATime, layer.outputs)
      var values = [[Float]](repeating: [], count: neurons.count)
      for index in values.indices { values[index].reserveCapacity(positions.count) }
      try forEachPreactivation(run: run.id, layer: layer) { _, z in
        for index in values.indices { values[index].append(z[start + index]) }
      }
      let (all, count) = (values, positions.count)
      let rows = Parallel.map(neurons.count, atATime: 1) { part in
        part.map { index in
          let partitions = NeuronPartitions(all[index])
          return IndexRow(
            neuron: start + index, samples: count, positions: first...last,
            edges: FloatVector.encode(partitions.edges.span), codes: partitions.codes)
        }
      }
      for row in rows.joined() { try body(row) }
    }
  }
}
