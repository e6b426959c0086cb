// The index of a layer's activations as the table activation_index holds it: whose samples it is of, and the bounds that it
// gives. Leaves out what it stands on (NeuronPartitions) and who makes it (Warehouse/Measures).

import Bits

struct SampleIndex {
  let samples: Int
  let dataSet: Int
  private let first: Int
  /// Of each sample in the data set, where they are not one behind the other.
  private let positions: [Int]?
  private let memory: SQLTableMemory
  private let run: Int
  private let layer: Int

  static let damaged = SQLFunctionError(
    "the layer's index is not of its activations: engram-ingest index makes it anew")

  /// Nil where the layer has none.
  init?(_ memory: SQLTableMemory, run: Int, layer: Int) throws(SQLFunctionError) {
    var isThere = false
    try memory.forEachRow("select 1 from pragma_table_info('activation_index') limit 1") { _ in
      isThere = true
    }
    guard isThere else { return nil }
    var found: (samples: Int, first: Int, last: Int, dataSet: Int)?
    try memory.forEachRow(
      """
      select activation_index.n_samples, first_position, last_position, dataset_id
      from activation_index join run using (run_id) where run_id = ?1 and layer_id = ?2
      order by neuron limit 1
      """, [.integer(run), .integer(layer)]
    ) { row throws(SQLFunctionError) in
      found = (row.integer(0), row.integer(1), row.integer(2), row.integer(3))
    }
    guard let found else { return nil }
    var positions: [Int]?
    if found.last - found.first + 1 != found.samples {
      var all: [Int] = []
      try memory.forEachRow(
        """
        select position from prediction join sample using (sample_id) where run_id = ?1
        order by position
        """, [.integer(run)]
      ) { row throws(SQLFunctionError) in all.append(row.integer(0)) }
      guard all.count == found.samples else { throw Self.damaged }
      positions = all
    }
    (samples, dataSet, first) = (found.samples, found.dataSet, found.first)
    (self.positions, self.memory, self.run, self.layer) = (positions, memory, run, layer)
  }

  /// In the data set.
  func position(_ sample: Int) -> Int { positions?[sample] ?? first + sample }

  /// Adds to every sample's sum what `bound` says of the partition that it falls in; infinity where its value is not finite.
  func add(
    _ neuron: Int, to sums: inout [Double], _ bound: (_ low: Float, _ high: Float) -> Double
  ) throws(SQLFunctionError) {
    var isThere = false
    try memory.forEachRow(
      """
      select n_samples, edges, codes from activation_index
      where run_id = ?1 and layer_id = ?2 and neuron = ?3
      """, [.integer(run), .integer(layer), .integer(neuron)]
    ) { row throws(SQLFunctionError) in
      let count = NeuronPartitions.edgeCount(samples: samples)
      guard row.integer(0) == samples, let stored = row.blob(1), let codes = row.blob(2),
        codes.byteCount == NeuronPartitions.codeBytes(samples: samples),
        let edges = try? FloatVector.decode(stored, count: count), edges.allSatisfy(\.isFinite)
      else { throw Self.damaged }
      isThere = true
      let terms = edges.indices.map {
        $0 + 1 < edges.count ? bound(edges[$0], edges[$0 + 1]) : .infinity
      }
      NeuronPartitions.add(terms, of: codes, to: &sums)
    }
    guard isThere else { throw Self.damaged }
  }
}
