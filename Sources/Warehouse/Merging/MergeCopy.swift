// Copying rows from one warehouse into another, ids put in place by what they stand for. Blobs go over byte for
// byte, with their checksums.

import SQLiteKit

/// Which row of the target each row of one source file has become.
struct MergeIDs {
  var runs: [Int: Int] = [:]
  var layers: [Int: Int] = [:]
  var classes: [Int: Int] = [:]
  var samples: [Int: Int] = [:]

  /// By the column's name; values of other columns stay.
  func translated(_ value: Value, column: String) -> Value? {
    guard case .integer(let id) = value else { return value }
    let map: [Int: Int]? =
      column.hasSuffix("run_id")
      ? runs
      : column.hasSuffix("layer_id")
        ? layers : column.hasSuffix("class_id") ? classes : column == "sample_id" ? samples : nil
    guard let map else { return value }
    return map[Int(id)].map { .integer($0) }
  }
}

extension Warehouse {
  /// Rows of `table` that `condition` chooses, in the order they were written in; rows of runs, layers or classes
  /// that were not taken over are left out.
  func copy(
    _ table: String, from source: borrowing Warehouse, where condition: String, _ id: Int,
    _ ids: MergeIDs
  ) throws {
    let key = table + "_id"
    var columns: [String] = []
    var names = try connection.prepare("select name from pragma_table_info(?)")
    try names.bind(table, at: 1)
    while try names.step() { columns.append(names.text(0)) }
    columns.removeAll { $0 == key }
    let list = columns.joined(separator: ", ")
    var rows = try source.connection.prepare(
      "select \(list) from \(table) where \(condition) order by \(key)")
    try rows.bind(id, at: 1)
    var insert = try connection.prepare(
      "insert into \(table) (\(list)) values (\(columns.map { _ in "?" }.joined(separator: ", ")))")
    while try rows.step() {
      let values = columns.enumerated().compactMap { index, column in
        ids.translated(rows.value(index), column: column)
      }
      guard values.count == columns.count else { continue }
      try insert.bind(values)
      try insert.run()
    }
  }

  /// The samples of a run, in order of position.
  func copySamples(
    from source: borrowing Warehouse, run: Int, to own: Stored<RunRecord>, _ ids: inout MergeIDs
  ) throws {
    var rows = try source.connection.prepare(
      """
      select sample.sample_id, sample.position, sample.key, sample.class_id
      from prediction join sample using (sample_id) where run_id = ? order by sample.position
      """)
    try rows.bind(run, at: 1)
    var find = try connection.prepare(
      "select sample_id, key, class_id from sample where dataset_id = ? and position = ?")
    var insert = try connection.prepare(
      "insert into sample (dataset_id, position, key, class_id) values (?, ?, ?, ?)")
    while try rows.step() {
      guard let label = ids.classes[rows.int(3)] else {
        throw WarehouseError.corrupt(path: source.path, message: "a sample of a class it has not")
      }
      try find.bind([.integer(own.dataSetID), .integer(rows.int(1))])
      if try find.step() {
        guard find.text(1) == rows.text(2), find.int(2) == label else {
          throw WarehouseError.conflict(
            path: source.path, what: "sample \(rows.int(1))", stored: find.text(1),
            given: rows.text(2))
        }
        ids.samples[rows.int(0)] = find.int(0)
      } else {
        try insert.bind([
          .integer(own.dataSetID), .integer(rows.int(1)), .text(rows.text(2)), .integer(label),
        ])
        try insert.run()
        ids.samples[rows.int(0)] = connection.lastInsertRowID
      }
      find.reset()
    }
  }
}
