// Reads what a report shows through the warehouse's views. Leaves out: opening and checking the file.

internal import Basics
package import SQLiteKit
package import Warehouse

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
  ///   - others: More connections to it, which share in reading; `connection` is in a transaction of the same state then.
  ///   - className: the class of the single-class histograms; nil takes the first of the run in focus.
  ///   - focus: the run that the first screen is about; nil takes the first of default_runs.
  ///   - isComparing: whether `names` are two runs to be compared, of which less is read, and more of both together.
  ///   - isChecking: whether numbers out of their ranges are refused: they would be drawn as if they were measured.
  /// - Precondition: the connections have Engram's SQL functions where detectors have scored.
  /// - Throws: `ReportError` for a warehouse without a complete run and for a name that is none; `WarehouseError.corrupt`
  ///   where a number that the runs measured is out of its range; `SQLiteError`.
  package static func read(
    _ connection: borrowing Connection, beside others: [WarehouseReader] = [],
    runs names: [String], class className: String? = nil, focus: String? = nil,
    isComparing: Bool = false, isChecking: Bool = true
  ) throws -> ReportData {
    let isAlone = !connection.isInTransaction
    if isAlone { try connection.execute("begin deferred") }
    defer { if isAlone { try? connection.execute("rollback") } }
    var data = ReportData()
    let unreadable = try unreadable(connection)
    let runs = try selected(connection, names).map { info in
      var info = info
      info.unreadable = unreadable[info.id] ?? 0
      return info
    }
    let ids = Set(runs.map(\.id))
    data.leading = try DefaultRun.first(in: connection, among: ids)
    let leader = try leader(connection, runs, name: focus, leading: data.leading)
    data.className = try chosenClass(connection, (leader.map { [$0] } ?? []) + runs, className)
    let measured = try MeasuredRows(
      connection, of: runs.map { ($0.id, $0.name) }, isChecking: isChecking)

    let className = data.className
    let reason = focus == nil && runs.count > 1 ? data.leading?.choice : nil

    var tasks = ReadingTasks()
    let detections = isComparing ? nil : tasks.add { try Self.detections($0, runs, measured) }
    let likelihoods = isComparing ? nil : tasks.add { try Self.likelihoods($0, runs, measured) }
    let galleries =
      isComparing ? nil : tasks.add { try Self.galleries($0, runs, focus: leader?.id) }
    // Rows of the largest tables are looked at where they are read.
    let read: [RunTable] = isComparing ? [.replicate] : [.replicate, .score, .likelihood]
    _ = tasks.add { try measured.check($0, except: read.map(\.name)) }
    let replicates = tasks.add { try Self.replicates($0, measured) }
    let unfinished = tasks.add { try Self.unfinished($0) }
    let inFocus = tasks.add { connection in
      try leader.map { try Self.focus(connection, on: $0, reason: reason) }
    }
    let predictions = tasks.add { try Self.predictions($0) }
    let between = tasks.add { try Self.between($0, ids) }
    let maps = isComparing ? nil : tasks.add { try Self.maps($0, runs, focus: leader?.id) }
    let sameClass = isComparing ? nil : tasks.add { try Self.sameClass($0, ids) }
    let slices = isComparing ? nil : tasks.add { try Self.slices($0, ids) }
    let groupings = isComparing ? nil : tasks.add { try Self.groupings($0, ids) }
    let reports = runs.map { info in
      tasks.add { connection in
        var run = RunReport(info: info)
        run.layers = try layers(connection, info.id, class: className)
        run.ranks = try ranks(connection, info)
        run.overlaps = try overlaps(connection, info)
        return run
      }
    }
    try tasks.perform(connection, beside: others)

    data.runs = reports.map { report in
      var run = report.value
      let own = predictions.value[run.info.id] ?? RunPredictions()
      (run.accuracies, run.info.sampleSet) = (own.accuracies, own.sampleSet)
      run.replicates = replicates.value[run.info.id] ?? [:]
      return run
    }
    (data.focus, data.unfinished) = (inFocus.value, unfinished.value)
    data.between = between.value
    if isComparing { data.pair = try pair(connection, data) }
    data.sameClass = sameClass?.value ?? []
    (data.likelihoods, data.attacks) = likelihoods?.value ?? ([], [])
    data.groupings = groupings?.value ?? []
    data.slices = slices?.value ?? []
    data.galleries = galleries?.value ?? Galleries()
    data.maps = maps?.value ?? []
    data.detections = detections?.value.value ?? []
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
