// Class profiles: every blob's checksum and form, and whether its counters are those of the samples.

internal import Bits
internal import SQLiteKit

extension Warehouse {
  /// - Parameters:
  ///   - vectors: Whether the layer's activations are whole.
  ///   - bits: Whether its bitsets are, or what they are derived from.
  func checkProfiles(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, vectors: Bool, bits: Bool,
    _ all: inout Verification
  ) {
    // Parts without samples are counted.
    guard run.shard == nil || run.activations == .omitted, run.completedAt != nil else {
      return all.skip(
        "profiles", run: run, layer: layer,
        run.completedAt == nil
          ? "the ingest is not finished" : "a part of a run has none until it is merged")
    }
    all.check("profiles", run: run, layer: layer) { problems, _ in
      try checkBlobs(of: run, layer, &problems)
    }
    if vectors {
      all.check("neuron counts", run: run, layer: layer) { problems, _ in
        try recountNeurons(of: run, layer, &problems)
      }
    } else {
      all.skip(
        "neuron counts", run: run, layer: layer,
        run.activations == .omitted ? Self.omitted : "the layer's activations are damaged")
    }
    if run.profiles == .streamed {
      all.skip("interaction counts", run: run, layer: layer, "streamed: none are kept")
    } else if !run.hasBits {
      all.skip("interaction counts", run: run, layer: layer, Self.omitted)
    } else if !bits {
      all.skip(
        "interaction counts", run: run, layer: layer,
        "the layer's bitsets, or what they are derived from, are damaged")
    } else {
      all.check("interaction counts", run: run, layer: layer) { problems, _ in
        try recountInteractions(of: run, layer, &problems)
      }
    }
  }

  private func checkBlobs(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ problems: inout Problems
  ) throws -> String {
    var rows = try connection.prepare(
      """
      select kind, grouping, class.key, block, n_samples, counts, checksum
      from class_profile left join class using (class_id) where run_id = ? and layer_id = ?
      """)
    try rows.bind([.integer(run.id), .integer(layer.id)])
    var count = 0
    while try rows.step() {
      count += 1
      let place = "\(rows.text(0))s, \(rows.text(1)) class \(rows.text(2)), block \(rows.int(3))"
      if Checksum.of(rows.blob(5)) != rows.int(6) {
        problems.add("\(place): its bytes do not have its checksum")
        continue
      }
      do throws(BitsError) {
        let counts = try CountsBlock(decoding: rows.blob(5))
        let columns = rows.text(0) == "neuron" ? 1 : layer.columns
        let perBlock = CountsBlock.rowsPerBlock(columns: columns)
        let first = rows.int(3).multipliedReportingOverflow(by: perBlock).partialValue
        if counts.columns != columns || counts.firstRow != first || counts.samples != rows.int(4) {
          problems.add(
            "\(place): counts of \(counts.samples) samples from row \(counts.firstRow) on, "
              + "\(counts.columns) columns; expected \(rows.int(4)), \(first), \(columns)"
          )
        }
      } catch {
        problems.add("\(place): \(error)")
      }
    }
    return "\(count) blocks"
  }

  private func recountNeurons(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ problems: inout Problems
  ) throws -> String {
    let groupings = try self.groupings(of: run)
    let classes = try self.classes(of: run, under: groupings)
    let counts = try neuronCounts(of: run, layer, classIDs: classes.map(\.id), groupings)
    for (grouping, counts) in zip(groupings, counts) {
      try compare(
        run, layer, .neuron, grouping, classes, samples: counts.samples, blocks: counts.blockCount,
        { counts.block($0, of: $1) }, &problems)
    }
    return "\(counts[0].samples.reduce(0, +)) samples, \(classes.count) classes"
  }

  private func recountInteractions(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ problems: inout Problems
  ) throws -> String {
    let groupings = try self.groupings(of: run)
    let blocks = ClassCounts.blockCount(try layer.record.shape)
    var (samples, classes) = (0, 0)
    try forEachInteractionCounts(of: run, layer, groupings) { own, counts in
      for (grouping, counts) in zip(groupings, counts) {
        try compare(
          run, layer, .interaction, grouping, own, samples: counts.samples, blocks: blocks,
          { counts.block($0, of: $1) }, &problems)
      }
      samples += counts[0].samples.reduce(0, +)
      classes += own.count
    }
    return "\(samples) samples, \(classes) classes"
  }

  /// Runs of schema version 1 do not tell their permuted labels; other groupings are there where they were asked for.
  private func groupings(of run: Stored<RunRecord>) throws -> [ProfileGrouping] {
    let unknown = try connection.integer(
      """
      select exists (select 1 from prediction join sample using (sample_id)
        where run_id = ? and permuted_class_id is null and sample.class_id is not null)
      """, .integer(run.id))
    return (unknown == 1 ? [.true] : ProfileGrouping.measuredAlways)
      + (try ProfileGrouping.askedFor.filter { try isMeasured(run, by: $0.name) })
      + (try ownGroupings(of: run))
  }

  /// The rows of some classes against `block` of (block, class). Rows that do not have their checksum are left
  /// to the check of blobs.
  private func compare(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ kind: ProfileKind,
    _ grouping: ProfileGrouping, _ classes: [Stored<ClassRecord>], samples: [Int], blocks: Int,
    _ block: (Int, Int) -> [UInt8], _ problems: inout Problems
  ) throws {
    var rows = try connection.prepare(
      """
      select n_samples, counts, checksum from class_profile
      where run_id = ? and layer_id = ? and kind = ? and grouping = ? and class_id = ? and block = ?
      """)
    try rows.bind([
      .integer(run.id), .integer(layer.id), .text(kind.rawValue), .text(grouping.name),
    ])
    for (label, own) in classes.enumerated() {
      func place(_ block: Int) -> String { "\(grouping.name) class \(own.key), block \(block)" }
      let stored = try connection.integer(
        """
        select count(*) from class_profile
        where run_id = ? and layer_id = ? and kind = ? and grouping = ? and class_id = ?
        """, .integer(run.id), .integer(layer.id), .text(kind.rawValue), .text(grouping.name),
        .integer(own.id))
      let expected = samples[label] == 0 ? 0 : blocks
      if stored != expected {
        problems.add(
          "\(grouping.name) class \(own.key): \(stored ?? 0) blocks, expected \(expected)")
      }
      for index in 0..<expected {
        try rows.bind([.integer(own.id), .integer(index)], from: 5)
        defer { rows.reset() }
        guard try rows.step() else {
          problems.add("\(place(index)): missing")
          continue
        }
        let counts = rows.bytes(1)
        guard Checksum.of(counts) == rows.int(2) else { continue }
        if rows.int(0) != samples[label] {
          problems.add("\(place(index)): \(rows.int(0)) samples, expected \(samples[label])")
        } else if counts != block(index, label) {
          problems.add("\(place(index)): other counters than its samples give")
        }
      }
    }
  }
}
