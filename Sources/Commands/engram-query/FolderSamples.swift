// Activations and bits in a folder of Parquet files: vectors as lists of floats, bits in the dense order, cut into blocks.

import Bits
import Parquet
import SQLiteKit
import Warehouse

extension FolderExport {
  /// What rows of a sample begin with.
  private static let sampleColumns: [FolderColumn] = [
    FolderColumn(name: "sample", type: .text, sql: "sample.key"),
    FolderColumn(name: "sample_position", type: .integer, sql: "sample.position"),
    FolderColumn(name: "class", type: .text, sql: "truth.key"),
    FolderColumn(name: "class_position", type: .integer, sql: "truth.position"),
    FolderColumn(name: "class_name", type: .text, sql: "truth.name"),
    FolderColumn(name: "predicted", type: .text, sql: "guess.key"),
    FolderColumn(name: "correct", type: .integer, sql: "outcome.correct"),
  ]

  private static let sampleSource = """
    from prediction as outcome
    cross join sample on sample.sample_id = outcome.sample_id
    left join class as truth on truth.class_id = sample.class_id
    left join class as guess on guess.class_id = outcome.class_id
    where outcome.run_id = ?1 and outcome.sample_id = ?2
    """

  /// A statement for the first columns of a sample's rows; ?1 is the run, ?2 the sample.
  private func samples(_ more: [FolderColumn] = []) throws -> Statement {
    let columns = (Self.sampleColumns + more).map(\.sql).joined(separator: ", ")
    return try warehouse.connection.prepare("select \(columns) \(Self.sampleSource)")
  }

  private func beginning(
    _ rows: inout Statement, _ sample: SampleRow, _ table: String, _ more: [FolderColumn] = []
  ) throws -> [ParquetValue] {
    try rows.bind(sample.id, at: 2)
    defer { rows.reset() }
    guard try rows.step() else {
      throw RequestError(
        description: "\(table), sample \(sample.position): expected its prediction, found none; "
          + "engram-ingest verify says where")
    }
    var row: [ParquetValue] = []
    for (place, column) in (Self.sampleColumns + more).enumerated() {
      row.append(try folderValue(rows, place, column.name, column.type, table))
    }
    return row
  }

  private func partitions(
    _ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>
  ) -> [(name: String, value: String)] { [("run", run.name), ("layer", layer.name)] }

  /// x as the layer took it in, whether the run stores it or it follows from another layer's z, and z.
  func writeActivations(_ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>) throws {
    guard run.activations == .stored else { return leftOut("activation", run) }
    let columns = Self.sampleColumns.map { (name: $0.name, type: Optional($0.type)) }
    var parts = try folder.parts(
      "activation", partitions(run, layer), tag: tag(run),
      columns + [("x", .floats), ("z", .floats)])
    var rows = try samples()
    try rows.bind(run.id, at: 1)
    try warehouse.forEachActivation(run: run.id, layer: layer.id) { sample, x, z in
      var row = try beginning(&rows, sample, "activation")
      do {
        row.append(.floats(try SparseVector.decode(x, count: layer.inputs)))
        row.append(.floats(try FloatVector.decode(z, count: layer.outputs)))
      } catch {
        throw RequestError(
          description:
            "activation, run \(run.name), layer \(layer.name), sample \(sample.position): "
            + "\(error); engram-ingest verify says where")
      }
      try parts.append(row)
    }
    try parts.end()
  }

  /// Bytes of a block: what Spark's bitmap functions take.
  private static let blockBytes = 4096

  /// The bits of every sample, stored or derived, in blocks.
  func writeBits(_ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>) throws {
    guard run.hasBits else { return leftOut("significance", run) }
    let columns = Self.sampleColumns.map { (name: $0.name, type: Optional($0.type)) }
    var parts = try folder.parts(
      "significance", partitions(run, layer), tag: tag(run),
      columns + [("n_significant", .integer), ("block", .integer), ("bits", .blob)])
    let count = FolderColumn(
      name: "n_significant", type: .integer,
      sql: """
        (select n_significant from significance where significance.run_id = ?1
          and significance.layer_id = \(layer.id) and significance.sample_id = ?2)
        """)
    var rows = try samples([count])
    try rows.bind(run.id, at: 1)
    try warehouse.forEachSignificance(run: run.id, layer: layer.id) { sample, bits in
      let beginning = try beginning(&rows, sample, "significance", [count])
      let dense: [UInt8]
      do {
        let (found, expected) = (try Significance.header(bits).shape, try layer.record.shape)
        guard found == expected else {
          throw BitsError("expected bits of \(expected), found \(found)")
        }
        dense = try Significance.dense(bits)
      } catch {
        throw RequestError(
          description: "significance, run \(run.name), layer \(layer.name), sample "
            + "\(sample.position): \(error); engram-ingest verify says where")
      }
      for (block, first) in stride(from: 0, to: dense.count, by: Self.blockBytes).enumerated() {
        let own = Array(dense[first..<min(first + Self.blockBytes, dense.count)])
        try parts.append(beginning + [.integer(Int64(block)), .blob(own)])
      }
    }
    try parts.end()
  }
}
