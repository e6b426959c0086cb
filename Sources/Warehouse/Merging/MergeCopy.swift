// Copying rows from one warehouse into another, ids put in place by what they stand for. Blobs go over byte for
// byte, with their checksums. No row is left out: an id that stands for nothing known is an error.

import SQLiteKit

/// Which row of the target each row of one source file has become.
struct MergeIDs {
  var runs: [Int: Int] = [:]
  var layers: [Int: Int] = [:]
  var classes: [Int: Int] = [:]
  var samples: [Int: Int] = [:]
  var detectors: [Int: Int] = [:]

  /// By the column's name; values of other columns stay. nil: the id stands for nothing that was taken over.
  func translated(_ value: Value, column: String) -> Value? {
    guard case .integer(let id) = value else { return value }
    let map: [Int: Int]? =
      column.hasSuffix("run_id")
      ? runs
      : column.hasSuffix("layer_id")
        ? layers
        : column.hasSuffix("class_id")
          ? classes
          : column == "sample_id" ? samples : column == "detector_id" ? detectors : nil
    guard let map else { return value }
    return map[Int(id)].map { .integer($0) }
  }
}

extension Value {
  /// For a message: text and bytes as text.
  var told: String {
    switch self {
    case .text(let text): text
    case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .null: "null"
    }
  }
}

/// Rows of one table as another file's values of them.
struct TranslatedRows: ~Copyable {
  let table: String
  /// Without the table's own id.
  let columns: [String]
  private let ids: MergeIDs
  private let path: String
  private var rows: Statement

  /// The rows that `condition` chooses, in the order they were written in.
  /// - Parameter omitted: Columns that are null, whatever the source has.
  init(
    _ table: String, of source: borrowing Warehouse, where condition: String, _ values: [Value],
    _ ids: MergeIDs, without omitted: Set<String> = []
  ) throws {
    let key = table + "_id"
    let columns = try source.told {
      var columns: [String] = []
      var names = try source.connection.prepare("select name from pragma_table_info(?)")
      try names.bind(table, at: 1)
      while try names.step() { columns.append(names.text(0)) }
      return columns.filter { $0 != key }
    }
    let terms = columns.map { omitted.contains($0) ? "null" : $0 }
    var found = try source.prepare(
      "select \(terms.joined(separator: ", ")) from \(table) where \(condition) order by \(key)")
    try found.bind(values)
    rows = found
    (self.table, self.columns, self.ids, path) = (table, columns, ids, source.path)
  }

  /// The next row's values, ids translated; nil after the last.
  /// - Throws: `WarehouseError.corrupt`, naming the column, for an id that stands for nothing taken over.
  mutating func next() throws -> [Value]? {
    guard try rows.step(of: path) else { return nil }
    return try columns.enumerated().map { index, column in
      let value = rows.value(index)
      guard let own = ids.translated(value, column: column) else {
        throw WarehouseError.corrupt(
          path: path,
          message:
            "table \(table) has a row whose \(column) \(value.told) is not of a run that it holds")
      }
      return own
    }
  }
}

extension Statement {
  /// The next row; what fails is told as the file's that is read, not as that of the one that is written.
  mutating func step(of path: String) throws -> Bool {
    do { return try step() } catch { throw WarehouseError(error, path: path) }
  }
}

extension Warehouse {
  /// A statement that reads this file while another one is written.
  func prepare(_ sql: String) throws -> Statement {
    do { return try connection.prepare(sql) } catch { throw WarehouseError(error, path: path) }
  }

  /// Copies the rows of `table` that `condition` chooses, in the order they were written in.
  /// - Parameters:
  ///   - omitted: Columns that are left out.
  ///   - keepsPresent: Whether a row that is there stays in place of one that comes.
  /// - Returns: How many were read.
  @discardableResult
  func copy(
    _ table: String, from source: borrowing Warehouse, where condition: String, _ values: [Value],
    _ ids: MergeIDs, without omitted: Set<String> = [], keepsPresent: Bool = false
  ) throws -> Int {
    var rows = try TranslatedRows(
      table, of: source, where: condition, values, ids, without: omitted)
    let places = rows.columns.map { _ in "?" }.joined(separator: ", ")
    var insert = try connection.prepare(
      "insert into \(table) (\(rows.columns.joined(separator: ", "))) values (\(places))"
        + (keepsPresent ? " on conflict do nothing" : ""))
    var count = 0
    while let values = try rows.next() {
      try insert.bind(values)
      do { try insert.run() } catch { throw Self.refusal(error, of: table, in: source.path) }
      count += 1
    }
    return count
  }

  /// A row that the schema refuses is the source's fault; another failure is the target's.
  private static func refusal(
    _ error: SQLiteError, of table: String, in path: String
  ) -> any Error {
    guard error.code == SQLiteCode.constraint else { return error }
    return WarehouseError.corrupt(
      path: path, message: "table \(table) has a row that the schema refuses: \(error.message)")
  }

  /// Finds the target's samples of a run's, in order of position, and makes those of a new run that are not there.
  /// - Throws: `WarehouseError.conflict` where another sample stands in a sample's place, or none in a run that
  ///   is there already.
  func mapSamples(
    from source: borrowing Warehouse, run: Int, to own: Stored<RunRecord>, isNew: Bool,
    _ ids: inout MergeIDs
  ) throws {
    var rows = try source.prepare(
      """
      select sample.sample_id, sample.position, cast(sample.key as blob), sample.class_id
      from prediction join sample using (sample_id) where run_id = ? order by sample.position
      """)
    try rows.bind(run, at: 1)
    var find = try connection.prepare(
      """
      select sample_id, cast(key as blob), class_id,
        exists (select 1 from prediction where run_id = ? and prediction.sample_id = sample.sample_id)
      from sample where dataset_id = ? and position = ?
      """)
    var insert = try connection.prepare(
      "insert into sample (dataset_id, position, key, class_id) values (?, ?, cast(? as text), ?)")
    while try rows.step(of: source.path) {
      let (position, key) = (rows.int(1), rows.value(2))
      let label = rows.isNull(3) ? nil : ids.classes[rows.int(3)]
      guard label != nil || rows.isNull(3) else {
        throw WarehouseError.corrupt(path: source.path, message: "a sample of a class it has not")
      }
      try find.bind([.integer(own.id), .integer(own.dataSetID), .integer(position)])
      let isThere = try find.step()
      if isThere {
        guard find.value(1) == key, find.value(2) == Value(label) else {
          throw WarehouseError.conflict(
            path: source.path, what: "sample \(position)",
            stored: find.value(1).told, given: key.told)
        }
        ids.samples[rows.int(0)] = find.int(0)
      }
      guard isNew || (isThere && find.int(3) == 1) else {
        throw WarehouseError.conflict(
          path: path, what: "run \(own.name): sample \(position)", stored: "no prediction",
          given: "that of \(source.path)")
      }
      find.reset()
      if !isThere {
        try insert.bind([
          .integer(own.dataSetID), .integer(position), key, Value(label),
        ])
        try insert.run()
        ids.samples[rows.int(0)] = connection.lastInsertRowID
      }
    }
  }
}
