// Class counts in a folder of Parquet files: a row for each output, whose counters are a list. Those of parts of a run add.

import Parquet
import SQLiteKit
import Warehouse

extension FolderExport {
  private static let columns: [(name: String, type: ParquetType?)] = [
    ("kind", .text), ("grouping", .text), ("class", .text), ("class_position", .integer),
    ("class_name", .text), ("n_samples", .integer), ("output", .integer), ("counts", .ints),
  ]

  /// Counters as stored, or, of a run that streams them and of a part of a run, counted anew.
  func writeProfiles(_ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>) throws {
    let groupings = try warehouse.countedGroupings(run: run, layer: layer)
    guard !groupings.isEmpty else { return }
    if try warehouse.lacksProfiles(run), run.activations != .stored {
      return leftOut("class_profile", run)
    }
    var parts = try folder.parts(
      "class_profile", [("run", run.name), ("layer", layer.name)], tag: tag(run), Self.columns)
    for kind in ProfileKind.allCases {
      if kind == .interaction, run.profiles == .streamed, !run.hasBits {
        leftOut("class_profile of interactions", run)
        continue
      }
      try warehouse.forEachCountedPart(run: run, layer: layer, kind: kind, groupings: groupings) {
        part in
        let beginning: [ParquetValue] =
          [.text(Array(kind.rawValue.utf8)), .text(Array(part.grouping.name.utf8))]
          + (try named(part.classID)) + [.integer(Int64(part.samples))]
        for (index, output) in part.rows.enumerated() {
          let own = part.counters[index * part.columns..<(index + 1) * part.columns]
          let counts = try own.map { count in
            guard let count = Int32(exactly: count) else {
              throw RequestError(
                description: "class_profile, run \(run.name), layer \(layer.name): expected counts "
                  + "of at most \(Int32.max), found \(count)")
            }
            return count
          }
          try parts.append(beginning + [.integer(Int64(output)), .ints(counts)])
        }
      }
    }
    try parts.end()
  }

  private func named(_ classID: Int) throws -> [ParquetValue] {
    var rows = try warehouse.connection.prepare(
      "select key, position, name from class where class_id = ?")
    try rows.bind(classID, at: 1)
    guard try rows.step() else {
      throw RequestError(
        description: "class_profile: expected a class of id \(classID), found none; "
          + "engram-ingest verify says where")
    }
    return [
      try folderValue(rows, 0, "class", .text, "class_profile"),
      try folderValue(rows, 1, "class_position", .integer, "class_profile"),
      try folderValue(rows, 2, "class_name", .text, "class_profile"),
    ]
  }
}
