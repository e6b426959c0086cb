// Reads what a report shows through the warehouse's views. Leaves out: opening and checking the file.

internal import Basics
package import SQLiteKit
internal import Warehouse

/// A report that cannot be made, and what to do about it.
package struct ReportError: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}

/// What a report reads of an open warehouse.
package enum ReportReader {
  /// The complete runs called `names`, in that order, or every complete run where `names` is empty.
  /// All of one state of the file.
  /// - Parameters:
  ///   - className: the class of the single-class histograms; nil takes the first of the run in focus.
  ///   - focus: the run that the first screen is about; nil takes the first of default_runs.
  ///   - isComparing: whether `names` are two runs to be compared, of which less is read, and more of both together.
  /// - Precondition: the connection has Engram's SQL functions where detectors have scored.
  /// - Throws: `ReportError` for a warehouse without a complete run and for a name that is none;
  ///   `SQLiteError`.
  package static func read(
    _ connection: borrowing Connection, runs names: [String], class className: String? = nil,
    focus: String? = nil, isComparing: Bool = false
  ) throws -> ReportData {
    try connection.execute("begin deferred")
    defer { try? connection.execute("rollback") }
    var data = ReportData()
    let unreadable = try unreadable(connection)
    let runs = try selected(connection, names).map { info in
      var info = info
      info.unreadable = unreadable[info.id] ?? 0
      return info
    }
    data.leading = try DefaultRun.first(in: connection, among: Set(runs.map(\.id)))
    data.focus = try Self.focus(connection, runs, name: focus, leading: data.leading)
    data.unfinished = try unfinished(connection)
    let inFocus = runs.filter { $0.id == data.focus?.run }
    data.className = try chosenClass(connection, inFocus + runs, className)
    let detections = isComparing ? nil : try detections(connection, runs)
    for info in runs {
      var run = RunReport(info: info)
      run.accuracies = try accuracies(connection, info.id)
      run.layers = try layers(connection, info.id, class: data.className)
      run.ranks = try ranks(connection, info)
      run.overlaps = try overlaps(connection, info)
      run.replicates = try replicates(connection, info.id)
      data.runs.append(run)
    }
    let ids = Set(runs.map(\.id))
    data.between = try between(connection, ids)
    if isComparing {
      data.pair = try pair(connection, data)
      return data
    }
    data.sameClass = try sameClass(connection, ids)
    data.attacks = try attacks(connection, ids)
    data.likelihoods = try likelihoods(connection, ids)
    data.groupings = try groupings(connection, ids)
    data.slices = try slices(connection, ids)
    data.galleries = try galleries(connection, runs, focus: data.focus?.run)
    data.maps = try maps(connection, runs, focus: data.focus?.run)
    if let detections { data.detections = detections.value }
    return data
  }

  /// `name` where a class of one of `runs` is called so, or the first class of the first run's data set.
  private static func chosenClass(
    _ connection: borrowing Connection, _ runs: [RunInfo], _ name: String?
  ) throws -> String? {
    var names: [String] = []
    var seen: Set<Int> = []
    for dataset in runs.map(\.datasetID) where seen.insert(dataset).inserted {
      names += try rows(
        connection, "select name from class where dataset_id = ? order by position",
        .integer(dataset)
      ) { $0.text(0) }
    }
    guard let name else { return names.first }
    guard !names.contains(where: name.hasBytes(of:)) else { return name }
    let known = names.prefix(20).map { "'\($0)'" }.joined(separator: ", ")
    throw ReportError(
      "\(connection.path): no class '\(name)'; classes: "
        + (names.isEmpty ? "none" : known + (names.count > 20 ? ", …" : "")))
  }

  /// Calls `body` on every row of `sql`.
  static func each(
    _ connection: borrowing Connection, _ sql: String, _ values: Value...,
    body: (borrowing Statement) throws -> Void
  ) throws {
    try each(connection, sql, bound: values, body: body)
  }

  /// What `make` makes of every row of `sql`, in their order.
  static func rows<Row>(
    _ connection: borrowing Connection, _ sql: String, _ values: Value...,
    make: (borrowing Statement) throws -> Row
  ) throws -> [Row] {
    var rows: [Row] = []
    try each(connection, sql, bound: values) { rows.append(try make($0)) }
    return rows
  }

  private static func each(
    _ connection: borrowing Connection, _ sql: String, bound values: [Value],
    body: (borrowing Statement) throws -> Void
  ) throws {
    // Most are asked once for every run.
    try connection.keeping(sql) { statement in
      try statement.bind(values)
      while try statement.step() { try body(statement) }
    }
  }

  private static func accuracies(_ connection: borrowing Connection, _ run: Int) throws
    -> [ClassAccuracy]
  {
    try rows(
      connection,
      """
      select class_position, class, n_samples, n_correct from class_accuracy
      where run_id = ? and n_correct is not null order by class_position
      """, .integer(run)
    ) { row in
      ClassAccuracy(
        position: row.int(0), name: row.text(1), samples: row.int(2), correct: row.int(3))
    }
  }

  private static func ranks(
    _ connection: borrowing Connection, _ run: RunInfo
  ) throws -> [ClassRank] {
    try rows(
      connection,
      """
      select layer, class_position, class, rule, rank, n_samples, dimension, sigma_max, tolerance,
        limited_by_samples, participation_ratio, participation_ratio_centred
      from class_rank where run_id = ? and layer = ? order by rule, class_position
      """, .integer(run.id), Value(run.lastLayer)
    ) { row in
      var rank = ClassRank()
      rank.layer = row.text(0)
      rank.position = row.int(1)
      rank.name = row.text(2)
      rank.rule = row.text(3)
      rank.rank = row.int(4)
      rank.samples = row.int(5)
      rank.dimension = row.int(6)
      rank.largest = row.double(7)
      rank.tolerance = real(row, 8)
      rank.isLimited = row.int(9) != 0
      rank.participation = real(row, 10)
      rank.centredParticipation = real(row, 11)
      return rank
    }
  }

  private static func overlaps(
    _ connection: borrowing Connection, _ run: RunInfo
  ) throws -> [ClassOverlap] {
    try rows(
      connection,
      """
      select layer, a_position, a_class, b_position, b_class, rule, entanglement, rank_a, rank_b,
        rank_union, limited_by_samples, mean_squared_cosine
      from class_entanglement where run_id = ? and layer = ? order by rule, a_position, b_position
      """, .integer(run.id), Value(run.lastLayer)
    ) { row in
      var overlap = ClassOverlap()
      overlap.layer = row.text(0)
      overlap.a = row.int(1)
      overlap.aName = row.text(2)
      overlap.b = row.int(3)
      overlap.bName = row.text(4)
      overlap.rule = row.text(5)
      overlap.entanglement = row.int(6)
      overlap.ranks = (row.int(7), row.int(8), row.int(9))
      overlap.isLimited = row.int(10) != 0
      overlap.meanSquaredCosine = real(row, 11)
      return overlap
    }
  }

  static func real(_ row: borrowing Statement, _ column: Int) -> Double? {
    row.isNull(column) ? nil : row.double(column)
  }
}
