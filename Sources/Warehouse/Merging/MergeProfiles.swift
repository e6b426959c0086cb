// Class counts of parts that came without their samples: they add.

internal import Bits
internal import SQLiteKit

extension Warehouse {
  /// Adds the class profiles of a part to those of the run, block by block; part of a transaction.
  /// - Throws: `WarehouseError.corrupt` where a block cannot be read, or is of another layer's size.
  func addProfiles(
    from file: borrowing Warehouse, run theirs: Int, to run: Stored<RunRecord>, _ ids: MergeIDs
  ) throws {
    var rows = try file.prepare(
      """
      select layer_id, kind, grouping, class_id, block, counts from class_profile
      where run_id = ? order by class_profile_id
      """)
    try rows.bind(theirs, at: 1)
    var find = try connection.prepare(
      """
      select class_profile_id, counts from class_profile
      where run_id = ? and layer_id = ? and kind = ? and grouping = ? and class_id = ? and block = ?
      """)
    var insert = try connection.prepare(
      """
      insert into class_profile
        (run_id, layer_id, kind, grouping, class_id, block, n_samples, checksum, counts)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    var update = try connection.prepare(
      "update class_profile set n_samples = ?, checksum = ?, counts = ? where class_profile_id = ?")
    while try rows.step(of: file.path) {
      let place =
        "class profiles of \(rows.text(1))s, class_id \(rows.int(3)), block \(rows.int(4))"
      guard let layer = ids.layers[rows.int(0)], let label = ids.classes[rows.int(3)] else {
        throw WarehouseError.corrupt(
          path: file.path, message: "\(place): of a layer or class that the run has not")
      }
      let key: [Value] = [
        .integer(run.id), .integer(layer), rows.value(1), rows.value(2), .integer(label),
        rows.value(4),
      ]
      do {
        var counts = try CountsBlock(decoding: rows.blob(5))
        try find.bind(key)
        defer { find.reset() }
        guard try find.step() else {
          let blob = counts.encoded()
          try insert.bind(key + [.integer(counts.samples), .integer(Checksum.of(blob))])
          try insert.lending(blob, at: 9) { try $0.run() }
          continue
        }
        let id = find.int(0)
        try counts.merge(try CountsBlock(decoding: find.blob(1)))
        let blob = counts.encoded()
        find.reset()
        try update.bind([.integer(counts.samples), .integer(Checksum.of(blob))])
        try update.bind(id, at: 4)
        try update.lending(blob, at: 3) { try $0.run() }
      } catch let error as BitsError {
        throw WarehouseError.corrupt(path: file.path, message: "\(place): \(error)")
      }
    }
  }
}
