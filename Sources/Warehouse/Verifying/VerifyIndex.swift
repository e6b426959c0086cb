// Whether the index of a layer's activations is what they make: each neuron's partitions are made anew.

internal import SQLiteKit

extension Warehouse {
  /// - Parameter vectors: Whether the layer's activations are whole.
  func checkIndex(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, vectors: Bool,
    _ all: inout Verification
  ) {
    guard (try? hasIndex(run, layer)) != false else { return }
    guard vectors else {
      return all.skip("index", run: run, layer: layer, "the layer's activations are damaged")
    }
    all.check("index", run: run, layer: layer) { problems, _ in
      var find = try connection.prepare(
        """
        select n_samples, first_position, last_position, edges, codes, checksum from activation_index
        where run_id = ? and layer_id = ? and neuron = ?
        """)
      var neurons = 0
      try forEachIndexRow(of: run, layer) { row in
        neurons += 1
        try find.bind([.integer(run.id), .integer(layer.id), .integer(row.neuron)])
        defer { find.reset() }
        // Rows that are missing are counted with those of other tables.
        guard try find.step() else { return }
        let expected: [Value] = [
          .integer(row.samples), .integer(row.positions.lowerBound),
          .integer(row.positions.upperBound), .blob(row.edges), .blob(row.codes),
          .integer(row.checksum),
        ]
        if expected.indices.contains(where: { find.value($0) != expected[$0] }) {
          problems.add(
            "neuron \(row.neuron): not what the activations make: engram-ingest index makes it anew"
          )
        }
      }
      return "\(neurons) neurons"
    }
  }

  private func hasIndex(_ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>) throws -> Bool {
    try connection.integer(
      "select exists (select 1 from activation_index where run_id = ? and layer_id = ?)",
      .integer(run.id), .integer(layer.id)) == 1
  }
}
