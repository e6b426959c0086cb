// Streaming what a run stored, sample by sample, one blob in memory at a time.
// Decoding is Bits', measuring Analytics'.

internal import Basics
internal import Bits
internal import SQLiteKit
internal import Synchronization

extension Warehouse {
  /// The samples that a run has stored, in sample order.
  package func samples(
    run id: Int, in positions: ClosedRange<Int>? = nil
  ) throws -> [SampleRow] {
    if positions == nil, let known = knownSamples.withLock({ $0[id] }) { return known }
    var samples: [SampleRow] = []
    try stream(
      columns: "sample.sample_id", from: "prediction as row",
      condition: "row.run_id = ?1 and row.sample_id = sample.sample_id", run: id, in: positions
    ) { row, _ in samples.append(row) }
    return samples
  }

  /// Calls `body`, in whose course no predictions of these runs are written: their samples are read once.
  func knowingSamples<Result>(of runs: [Int], _ body: () throws -> Result) throws -> Result {
    for run in runs {
      let samples = try samples(run: run)
      knownSamples.withLock { $0[run] = samples }
    }
    defer { knownSamples.withLock { $0 = [:] } }
    return try body()
  }

  /// The bits of a layer, in sample order, read or derived as the run keeps them, of all samples or of those
  /// that are wanted, by position and otherwise; `body`'s span lasts for the call.
  package func forEachSignificance(
    run id: Int, layer: Int, in positions: ClosedRange<Int>? = nil,
    where isWanted: (SampleRow) -> Bool = { _ in true },
    _ body: (SampleRow, RawSpan) throws -> Void
  ) throws {
    let run = try run(id)
    guard run.hasBits else { throw WarehouseError.omitted(path: path, run: run.name, what: "bits") }
    if run.bitsets == .derived {
      return try forEachDerived(run: id, layer: layer, in: positions, where: isWanted, body)
    }
    try stream(
      columns: "row.bits", from: "significance as row",
      condition: "row.run_id = ?1 and row.layer_id = ?2 and row.sample_id = sample.sample_id",
      run: id, layer: layer, in: positions
    ) { sample, row in if isWanted(sample) { try body(sample, row.blob(7)) } }
  }

  private func checkActivations(run id: Int) throws {
    let run = try run(id)
    guard run.activations == .stored else {
      throw WarehouseError.omitted(path: path, run: run.name, what: "activations")
    }
  }

  private func forEachDerived(
    run: Int, layer: Int, in positions: ClosedRange<Int>?, where isWanted: (SampleRow) -> Bool,
    _ body: (SampleRow, RawSpan) throws -> Void
  ) throws {
    let layer = try layers(run: run).first { $0.id == layer }
    guard let layer else { return }
    let encoder = try weights(of: layer).encoder
    try forEachVectors(
      run: run, layer: layer, count: 64, in: positions, where: isWanted
    ) { samples, x, z in
      let blobs = derive(encoder, x: x, z: z, count: samples.count)
      for (sample, blob) in zip(samples, blobs) { try body(sample, blob.span.bytes) }
    }
  }

  /// Bits of some samples by all cores.
  func derive(
    _ encoder: SignificanceEncoder, x: [Float], z: [Float], count: Int
  ) -> [[UInt8]] {
    let (inputs, outputs) = (encoder.shape.inputs, encoder.shape.outputs)
    let blobs = Parallel.map(count, atATime: 16) { range in
      encoder.encode(
        x: x.span.extracting(range.lowerBound * inputs..<range.upperBound * inputs),
        z: z.span.extracting(range.lowerBound * outputs..<range.upperBound * outputs),
        count: range.count)
    }
    return Array(blobs.joined())
  }

  /// A layer's inputs (x blobs) and pre-activations (z blobs), in sample order, of all classes or
  /// of one.
  package func forEachActivation(
    run: Int, layer: Int, classID: Int? = nil, in positions: ClosedRange<Int>? = nil,
    where isWanted: (SampleRow) -> Bool = { _ in true },
    _ body: (SampleRow, _ x: RawSpan, _ z: RawSpan) throws -> Void
  ) throws {
    try checkActivations(run: run)
    try stream(
      columns: "row.x is null, row.x, row.z, source.z",
      from: """
        layer cross join activation as row left join activation as source
          on row.x is null and source.run_id = ?1 and source.layer_id = layer.relu_of
          and source.sample_id = row.sample_id
        """,
      condition: """
        layer.layer_id = ?2 and row.run_id = ?1 and row.layer_id = ?2
        and row.sample_id = sample.sample_id
        """, run: run, layer: layer, classID: classID, in: positions
    ) { sample, row in
      guard isWanted(sample) else { return }
      guard row.int(7) == 1 else { return try body(sample, row.blob(8), row.blob(9)) }
      let source = row.blob(10)
      let z = try FloatVector.decode(source, count: source.byteCount / 4)
      try body(sample, SparseVector.rectified(z).span.bytes, row.blob(9))
    }
  }

  /// A layer's pre-activations in sample order, a number per output, of all samples or of those that are wanted.
  func forEachPreactivation(
    run: Int, layer: Stored<LayerRecord>, in positions: ClosedRange<Int>? = nil,
    where isWanted: (SampleRow) -> Bool = { _ in true },
    _ body: (SampleRow, [Float]) throws -> Void
  ) throws {
    try checkActivations(run: run)
    try stream(
      columns: "row.z", from: "activation as row",
      condition: "row.run_id = ?1 and row.layer_id = ?2 and row.sample_id = sample.sample_id",
      run: run, layer: layer.id, in: positions
    ) { sample, row in
      guard isWanted(sample) else { return }
      let z: [Float]
      do {
        z = try FloatVector.decode(row.blob(7), count: layer.outputs)
      } catch {
        throw WarehouseError.corrupt(
          path: path, message: "layer \(layer.name), sample \(sample.position): \(error)")
      }
      try body(sample, z)
    }
  }

  /// The same as numbers, `count` samples at a time: x is samples × inputs, z samples × outputs.
  func forEachVectors(
    run: Int, layer: Stored<LayerRecord>, count: Int, in positions: ClosedRange<Int>? = nil,
    where isWanted: (SampleRow) -> Bool = { _ in true },
    _ body: ([SampleRow], _ x: [Float], _ z: [Float]) throws -> Void
  ) throws {
    var samples: [SampleRow] = []
    var (x, z): ([Float], [Float]) = ([], [])
    func flush() throws {
      if !samples.isEmpty { try body(samples, x, z) }
      samples.removeAll(keepingCapacity: true)
      x.removeAll(keepingCapacity: true)
      z.removeAll(keepingCapacity: true)
    }
    try forEachActivation(
      run: run, layer: layer.id, in: positions, where: isWanted
    ) { sample, input, output in
      do {
        x += try SparseVector.decode(input, count: layer.inputs)
        z += try FloatVector.decode(output, count: layer.outputs)
      } catch {
        throw WarehouseError.corrupt(
          path: path, message: "layer \(layer.name), sample \(sample.position): \(error)")
      }
      samples.append(sample)
      if samples.count == count { try flush() }
    }
    try flush()
  }

  /// The sample table is the outer loop, in order of position by its index, and rows are looked up
  /// one by one: sorting them would carry their blobs through the sorter.
  /// - Parameters:
  ///   - condition: Over `row` of the run ?1 and the layer ?2.
  ///   - classID: The only class that is wanted.
  /// - Throws: `WarehouseError.corrupt` where a layer lacks rows of samples that have a prediction, or has others.
  private func stream(
    columns: String, from table: String, condition: String, run: Int, layer: Int? = nil,
    classID: Int? = nil, in positions: ClosedRange<Int>? = nil,
    _ body: (SampleRow, borrowing Statement) throws -> Void
  ) throws {
    if let layer, let parts = sampleParts.withLock({ $0[run] }) {
      return try forEachPart(parts, run: run, layer: layer, in: positions) {
        part, own, wanted, file in
        var own = own[...]
        try file.stream(
          columns: columns, from: table, condition: condition, run: part.run,
          layer: part.layers[layer] ?? 0, in: wanted
        ) { sample, row in
          guard let known = own.popFirst(), known.position == sample.position else {
            throw try disagreement(run: run, layer: layer)
          }
          if classID == nil || known.classID == classID { try body(known, row) }
        }
        guard own.isEmpty else { throw try disagreement(run: run, layer: layer) }
      }
    }
    let wanted =
      (positions.map { " and sample.position between \($0.lowerBound) and \($0.upperBound)" } ?? "")
      + (classID.map { " and sample.class_id = \($0)" } ?? "")
    try told {
      var rows = try connection.prepare(
        """
        select sample.sample_id, sample.position, sample.class_id, class.position,
          outcome.permuted_class_id, outcome.class_id, outcome.assigned_class_id, \(columns)
        from run cross join sample left join class on class.class_id = sample.class_id
          left join prediction as outcome on outcome.run_id = ?1 and outcome.sample_id = sample.sample_id
          cross join \(table)
        where run.run_id = ?1 and sample.dataset_id = run.dataset_id and \(condition)\(wanted)
        order by sample.position
        """)
      try rows.bind([.integer(run)] + (layer.map { [.integer($0)] } ?? []))
      var (found, last) = (0, Int.min)
      while try rows.step() {
        guard !rows.isNull(5) else {
          throw try disagreement(run: run, layer: layer)
        }
        // An index that is damaged gives rows twice, or in any order.
        guard last == .min || rows.int(1) > last else {
          throw WarehouseError.corrupt(
            path: path, message: "sample \(rows.int(1)) comes behind sample \(last)")
        }
        (found, last) = (found + 1, rows.int(1))
        let label =
          rows.isNull(2)
          ? nil
          : SampleRow.Label(
            id: rows.int(2),
            position: try whole(
              rows, 3, in: Limits.positions, "class_id \(rows.int(2)): position"))
        let sample = SampleRow(
          id: rows.int(0),
          position: try whole(
            rows, 1, in: Limits.samples, "sample_id \(rows.int(0)): position"),
          label: label,
          permutedClassID: rows.isNull(4) ? nil : rows.int(4),
          predictedClassID: rows.isNull(5) ? nil : rows.int(5),
          assignedClassID: rows.isNull(6) ? nil : rows.int(6))
        try body(sample, rows)
      }
      guard let layer else { return }
      let expected = try connection.integer(
        """
        select count(*) from prediction join sample using (sample_id) where run_id = ?\(wanted)
        """, .integer(run))
      guard found == expected else { throw try disagreement(run: run, layer: layer) }
    }
  }

  /// That a layer lacks rows of samples that a run has predictions of, or has others.
  func disagreement(run id: Int, layer: Int?) throws -> WarehouseError {
    let names = try layers(run: id).filter { $0.id == layer }.map { "layer \($0.name)" }
    return .corrupt(
      path: path,
      message: "run \(try run(id).name): its predictions and what it holds of "
        + "\(names.first ?? "a layer") are of different samples")
  }
}
