// Streaming what a run stored, sample by sample or block by block, one blob in memory at a time.
// Decoding is Bits', measuring Analytics'.

internal import SQLiteKit

/// Which sample a streamed row is of.
package struct SampleRow: Sendable, Hashable {
  package let id: Int
  /// In its data set.
  package let position: Int
  /// The true class: its id and its position, which is the label.
  package let classID: Int
  package let classPosition: Int
}

/// One class's share of a block of counts.
package struct ProfileBlock: Sendable, Hashable {
  package let classID: Int
  package let classPosition: Int
  package let samples: Int
  /// A counts blob.
  package let counts: [UInt8]
}

extension Warehouse {
  /// The samples that a run has stored, in sample order.
  package func samples(run id: Int) throws -> [SampleRow] {
    var samples: [SampleRow] = []
    try stream(
      columns: "sample.sample_id",
      from: "prediction as row",
      condition: "row.run_id = ?1 and row.sample_id = sample.sample_id", [.integer(id)]
    ) { row, _ in samples.append(row) }
    return samples
  }

  /// The stored bits of a layer, in sample order; `body`'s span lasts for the call. Nothing is
  /// streamed where bits are derived.
  package func forEachSignificance(
    run: Int, layer: Int, _ body: (SampleRow, RawSpan) throws -> Void
  ) throws {
    try stream(
      columns: "row.bits", from: "significance as row",
      condition: "row.run_id = ?1 and row.layer_id = ?2 and row.sample_id = sample.sample_id",
      [.integer(run), .integer(layer)]
    ) { sample, row in try body(sample, row.blob(4)) }
  }

  /// The stored bits of a layer with its pre-activations (z blobs), in sample order; a sample that lacks
  /// either is passed over.
  package func forEachCaptured(
    run: Int, layer: Int, _ body: (SampleRow, _ bits: RawSpan, _ z: RawSpan) throws -> Void
  ) throws {
    try stream(
      columns: "row.bits, input.z", from: "significance as row cross join activation as input",
      condition: """
        row.run_id = ?1 and row.layer_id = ?2 and row.sample_id = sample.sample_id
        and input.run_id = ?1 and input.layer_id = ?2 and input.sample_id = sample.sample_id
        """, [.integer(run), .integer(layer)]
    ) { sample, row in try body(sample, row.blob(4), row.blob(5)) }
  }

  /// A layer's inputs (x blobs) and pre-activations (z blobs), in sample order, of all classes or
  /// of one.
  package func forEachActivation(
    run: Int, layer: Int, classID: Int? = nil,
    _ body: (SampleRow, _ x: RawSpan, _ z: RawSpan) throws -> Void
  ) throws {
    try stream(
      columns: "row.x, row.z", from: "activation as row",
      condition: "row.run_id = ?1 and row.layer_id = ?2 and row.sample_id = sample.sample_id"
        + (classID == nil ? "" : " and sample.class_id = ?3"),
      [.integer(run), .integer(layer)] + (classID.map { [.integer($0)] } ?? [])
    ) { sample, row in try body(sample, row.blob(4), row.blob(5)) }
  }

  /// The sample table is the outer loop, in order of position by its index, and rows are looked up
  /// one by one: sorting them would carry their blobs through the sorter.
  private func stream(
    columns: String, from table: String, condition: String, _ values: [Value],
    _ body: (SampleRow, borrowing Statement) throws -> Void
  ) throws {
    try told {
      var rows = try connection.prepare(
        """
        select sample.sample_id, sample.position, sample.class_id, class.position, \(columns)
        from run cross join sample cross join class cross join \(table)
        where run.run_id = ?1 and sample.dataset_id = run.dataset_id
          and class.class_id = sample.class_id and \(condition)
        order by sample.position
        """)
      try rows.bind(values)
      while try rows.step() {
        let sample = SampleRow(
          id: rows.int(0), position: rows.int(1), classID: rows.int(2), classPosition: rows.int(3))
        try body(sample, rows)
      }
    }
  }

  /// The counts of a layer, block after block, each with all its classes in order of position.
  /// - Parameters:
  ///   - kind: "interaction" or "neuron".
  ///   - grouping: "true" or "permuted".
  package func forEachProfileBlock(
    run: Int, layer: Int, kind: ProfileKind, grouping: ProfileGrouping,
    _ body: (_ block: Int, [ProfileBlock]) throws -> Void
  ) throws {
    try told {
      var rows = try connection.prepare(
        """
        select class.class_id, class.position, class_profile.n_samples, class_profile.counts
        from class_profile join class using (class_id)
        where run_id = ? and layer_id = ? and kind = ? and grouping = ? and block = ?
        order by class.position
        """)
      try rows.bind([
        .integer(run), .integer(layer), .text(kind.rawValue), .text(grouping.rawValue),
      ])
      var block = 0
      while true {
        try rows.bind(block, at: 5)
        var classes: [ProfileBlock] = []
        while try rows.step() {
          classes.append(
            ProfileBlock(
              classID: rows.int(0), classPosition: rows.int(1), samples: rows.int(2),
              counts: rows.bytes(3)))
        }
        if classes.isEmpty { return }
        try body(block, classes)
        block += 1
      }
    }
  }
}
