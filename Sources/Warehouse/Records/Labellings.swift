// Labellings: what samples of a data set are in another respect than their class, by labels of the user's own. Leaves out
// where labels come from (engram-ingest's label command) and what is measured by them (MeasureGroupings).

package import Basics
internal import SQLiteKit

/// A named way to group the samples of a data set.
package struct LabellingRecord: Sendable, Hashable {
  package var name: String
  /// Where its labels are from: a file's name, or SQL.
  package var source: String
  /// Labels by the ids of samples; those without one are left out.
  package var labels: [Int: String]

  package init(name: String, source: String, labels: [Int: String]) {
    (self.name, self.source, self.labels) = (name, source, labels)
  }

  /// Every label once: by number where all are whole ones, else by bytes.
  package var values: [String] {
    let values = Set(labels.values.map(ByteText.init)).map(\.text)
    let numbers = values.compactMap { text in
      Int(text).flatMap { String($0).hasBytes(of: text) ? (number: $0, text: text) : nil }
    }
    guard numbers.count == values.count else { return values.sorted(by: bytesPrecede) }
    return numbers.sorted { $0.number < $1.number }.map(\.text)
  }
}

/// What became of a labelling that was put in.
package struct LabellingChange: Sendable, Equatable {
  /// Whether anything was written.
  package enum Status: String, Sendable {
    case labelled
    case replaced
    case unchanged = "already there"
    case removed
  }
  package let status: Status
  /// Names of the runs that were measured by earlier labels, which is taken out.
  package let runs: [String]

  package init(status: Status, runs: [String]) { (self.status, self.runs) = (status, runs) }
}

extension Warehouse {
  /// Names that no labelling has: those of the groupings that need none, and of floors.
  package static func isLabellingName(_ name: String) -> Bool {
    !name.isEmpty && !ProfileGrouping.builtIn.map(\.name).contains(name)
      && !name.lowercased().hasPrefix("permuted ")
  }

  /// Every labelling of a data set, in order of their names.
  package func labellings(dataSet id: Int) throws -> [Stored<LabellingRecord>] {
    try told {
      var rows = try connection.prepare(
        "select labelling_id, name, source from labelling where dataset_id = ?")
      try rows.bind(id, at: 1)
      var found: [Stored<LabellingRecord>] = []
      while try rows.step() {
        found.append(
          Stored(
            id: rows.int(0),
            record: LabellingRecord(
              name: rows.text(1), source: rows.text(2), labels: try labels(rows.int(0)))))
      }
      return found.sorted { bytesPrecede($0.name, $1.name) }
    }
  }

  private func labels(_ labelling: Int) throws -> [Int: String] {
    var rows = try connection.prepare(
      """
      select sample_id, class.key from sample_label join class using (class_id)
      where sample_label.labelling_id = ?
      """)
    try rows.bind(labelling, at: 1)
    var labels: [Int: String] = [:]
    while try rows.step() { labels[rows.int(0)] = rows.text(1) }
    return labels
  }

  /// Ids of a data set's samples by their keys.
  package func sampleIDs(dataSet id: Int) throws -> [ByteText: Int] {
    try told {
      var rows = try connection.prepare("select sample_id, key from sample where dataset_id = ?")
      try rows.bind(id, at: 1)
      var ids: [ByteText: Int] = [:]
      while try rows.step() { ids[ByteText(rows.text(1))] = rows.int(0) }
      return ids
    }
  }

  /// Puts a labelling in, all or nothing. What runs were measured by earlier labels of that name is taken out.
  /// - Parameter isReplaced: Whether other labels of that name give way.
  /// - Throws: `WarehouseError.conflict` where they do not.
  package func label(
    dataSet id: Int, _ labelling: LabellingRecord, replacing isReplaced: Bool
  ) throws -> LabellingChange {
    precondition(Self.isLabellingName(labelling.name), "A name of its own.")
    return try told {
      try connection.transaction {
        let known = try labellings(dataSet: id).first { $0.name.hasBytes(of: labelling.name) }
        if let known {
          let isSame =
            known.labels.count == labelling.labels.count
            && labelling.labels.allSatisfy { known.labels[$0]?.hasBytes(of: $1) ?? false }
          if isSame { return LabellingChange(status: .unchanged, runs: []) }
          guard isReplaced else {
            throw WarehouseError.conflict(
              path: path, what: "labelling \(known.name)",
              stored: "\(known.labels.count) labels of \(known.source)",
              given: "others, of \(labelling.source); --replace takes these")
          }
        }
        let runs = try known.map { try remove(labelling: $0, dataSet: id) } ?? []
        try add(labelling.labels, toLabelling: try insert(labelling, dataSet: id))
        return LabellingChange(status: known == nil ? .labelled : .replaced, runs: runs)
      }
    }
  }

  /// Labels that samples have from where they come from: those are added that they lack, to the labelling of that name.
  package func addLabels(dataSet id: Int, _ labelling: LabellingRecord) throws {
    try told {
      try connection.transaction {
        let own = try ensure(labelling, dataSet: id)
        let known = try labels(own)
        try add(labelling.labels.filter { known[$0.key] == nil }, toLabelling: own)
      }
    }
  }

  /// - Returns: Its id; it has its values, and no labels.
  private func insert(_ labelling: LabellingRecord, dataSet: Int) throws -> Int {
    try connection.run(
      """
      insert into labelling (dataset_id, name, source, created_at)
      values (?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
      """, .integer(dataSet), .text(labelling.name), .text(labelling.source))
    let id = connection.lastInsertRowID
    try insert(labelling.values.map { ClassRecord(key: $0, name: $0) }, of: "labelling_id", id)
    return id
  }

  /// nil where the data set has no labelling of that name.
  func labellingID(_ name: String, dataSet: Int) throws -> Int? {
    try connection.integer(
      "select labelling_id from labelling where dataset_id = ? and name = ?", .integer(dataSet),
      .text(name))
  }

  /// - Returns: Its id; it has every value of `labelling`, in order.
  func ensure(_ labelling: LabellingRecord, dataSet: Int) throws -> Int {
    guard let known = try labellingID(labelling.name, dataSet: dataSet) else {
      return try insert(labelling, dataSet: dataSet)
    }
    let own = try classes(labelling: known)
    let ownKeys = Set(own.map { ByteText($0.key) })
    // Both labellings' values are those of their labels.
    var both = labelling
    both.labels = [:]
    for (index, value) in (own.map(\.key) + labelling.values).enumerated() {
      both.labels[index] = value
    }
    let values = both.values
    guard values.count != own.count else { return known }
    // Positions are unique: first out of the way.
    try connection.run(
      "update class set position = position + ? where labelling_id = ?",
      .integer(values.count), .integer(known))
    for (position, value) in values.enumerated() {
      if ownKeys.contains(ByteText(value)) {
        try connection.run(
          "update class set position = ? where labelling_id = ? and key = ?",
          .integer(position), .integer(known), .text(value))
      } else {
        try connection.run(
          "insert into class (labelling_id, position, key, name) values (?, ?, ?, ?)",
          .integer(known), .integer(position), .text(value), .text(value))
      }
    }
    return known
  }

  /// Takes a labelling out, and what runs were measured by it.
  /// - Returns: nil where the data set has none of that name.
  package func removeLabelling(named name: String, dataSet id: Int) throws -> LabellingChange? {
    try told {
      try connection.transaction {
        let known = try labellings(dataSet: id).first { $0.name.hasBytes(of: name) }
        return try known.map {
          LabellingChange(status: .removed, runs: try remove(labelling: $0, dataSet: id))
        }
      }
    }
  }

  /// - Returns: The names of the runs that were measured by it.
  private func remove(labelling: Stored<LabellingRecord>, dataSet: Int) throws -> [String] {
    let runs = try self.runs().filter { run in
      try run.dataSetID == dataSet && isMeasured(run, by: labelling.name)
    }
    for run in runs { try deleteLabelMeasures(of: run.id, labelling.name) }
    try connection.run(
      "delete from labelling where labelling_id = ?", .integer(labelling.id))
    return runs.map(\.name)
  }

  /// What was counted and measured by a labelling and its floor.
  func deleteLabelMeasures(of run: Int, _ labelling: String) throws {
    for table in RunTable.all
    where table.isGrouped && (table.content == .profiles || table.replacement == .ofGroupings) {
      for name in [labelling, ProfileGrouping.permuted(labelling)] {
        try connection.takeOut(from: table, run: run, where: ["grouping": .text(name)])
      }
    }
  }

  /// - Parameter labels: Keys of classes of the labelling by ids of samples that have no label in it.
  func add(_ labels: [Int: String], toLabelling id: Int) throws {
    var classIDs: [ByteText: Int] = [:]
    var rows = try connection.prepare("select class_id, key from class where labelling_id = ?")
    try rows.bind(id, at: 1)
    while try rows.step() { classIDs[ByteText(rows.text(1))] = rows.int(0) }
    var insert = try connection.prepare(
      "insert into sample_label (labelling_id, sample_id, class_id) values (?, ?, ?)")
    for (sample, label) in labels.sorted(by: { $0.key < $1.key }) {
      guard let classID = classIDs[ByteText(label)] else {
        preconditionFailure("Every label is a class of its labelling.")
      }
      try insert.bind([.integer(id), .integer(sample), .integer(classID)])
      try insert.run()
    }
  }

  // MARK: Of a run

  /// The grouping of a name, as it is over a run's samples: one that needs no labelling, a labelling of the run's data
  /// set, or the floor of one ("permuted NAME").
  /// - Throws: `MeasureError`, naming those that there are.
  package func grouping(
    named name: String, of run: Stored<RunRecord>,
    among builtIn: [ProfileGrouping] = ProfileGrouping.builtIn
  ) throws -> ProfileGrouping {
    if let found = builtIn.first(where: { $0.name == name }) { return found }
    let own = try labellings(dataSet: run.dataSetID)
    for labelling in own {
      let isFloor = name.hasBytes(of: ProfileGrouping.permuted(labelling.name))
      guard isFloor || labelling.name.hasBytes(of: name) else { continue }
      let labels = try ownLabels(of: run, labelling)
      return .own(isFloor ? labels.permuted : labels)
    }
    throw MeasureError(
      description: "\(path): run \"\(run.name)\": "
        + unknown("labels", name, known: builtIn.map(\.name) + own.map(\.name))
        + "; engram-ingest label brings your own")
  }

  /// The groupings by own labels, and their floors, that a run was measured by.
  func ownGroupings(of run: Stored<RunRecord>) throws -> [ProfileGrouping] {
    try labellings(dataSet: run.dataSetID).flatMap { labelling -> [ProfileGrouping] in
      guard try isMeasured(run, by: labelling.name) else { return [] }
      return ProfileGrouping.own(try ownLabels(of: run, labelling)).measuredTogether
    }
  }

  private func ownLabels(
    of run: Stored<RunRecord>, _ labelling: Stored<LabellingRecord>
  ) throws -> OwnLabels {
    var rows = try connection.prepare(
      """
      select sample.sample_id, sample_label.class_id
      from prediction join sample using (sample_id)
      join sample_label on sample_label.sample_id = sample.sample_id and sample_label.labelling_id = ?
      where prediction.run_id = ? order by sample.position
      """)
    try rows.bind([.integer(labelling.id), .integer(run.id)])
    var labels: [(sample: Int, classID: Int)] = []
    var known: Set<Int> = []
    while try rows.step() {
      guard known.insert(rows.int(0)).inserted else {
        throw WarehouseError.corrupt(
          path: path,
          message: "labelling \(labelling.name): sample_id \(rows.int(0)) has two labels")
      }
      labels.append((rows.int(0), rows.int(1)))
    }
    return OwnLabels(
      name: labelling.name, classes: try classes(labelling: labelling.id), labels: labels,
      seed: run.permutationSeed)
  }
}
