// Own labels of samples that a merge takes over: by labelling, sample and label, whatever their ids. Labels of both files
// are put together; what was measured by fewer of them goes.

internal import Basics
internal import SQLiteKit

/// What a merge brought to samples, whether or not they were there.
struct BroughtLabels {
  /// How many samples took one.
  var count = 0
  /// How many pictures came with them, by table.
  var pictures: [(table: String, rows: Int)] = []
  /// Remarks, a line each.
  var notes: [String] = []

  static func += (a: inout BroughtLabels, b: BroughtLabels) {
    a.count += b.count
    a.pictures += b.pictures
    a.notes += b.notes
  }
}

extension Warehouse {
  /// The labellings of a source's data set and their values, as the target has them, or makes them.
  func mapLabels(
    of part: MergeSource, _ source: borrowing Warehouse, to run: Stored<RunRecord>,
    _ ids: inout MergeIDs
  ) throws {
    for labelling in try source.labellings(dataSet: part.run.dataSetID) {
      try told {
        try connection.transaction {
          let id = try ensure(labelling.record, dataSet: run.dataSetID)
          let own = Dictionary(
            uniqueKeysWithValues: try classes(labelling: id).map { (ByteText($0.key), $0.id) })
          for value in try source.classes(labelling: labelling.id) {
            ids.classes[value.id] = own[ByteText(value.key)]
          }
        }
      }
    }
  }

  /// Labels of a run's samples that the target lacks; part of a transaction.
  /// - Throws: `WarehouseError.conflict` where a sample has another label of the same labelling.
  func bringLabels(
    of part: MergeSource, from file: borrowing Warehouse, to run: Stored<RunRecord>,
    _ ids: MergeIDs
  ) throws -> BroughtLabels {
    var brought = BroughtLabels()
    // Of the part's samples alone: a labelling may have one for each of the run's.
    var find = try connection.prepare(
      """
      select class.key from sample_label join class using (class_id)
      where sample_label.labelling_id = ? and sample_label.sample_id = ?
      """)
    for theirs in try file.labellings(dataSet: part.run.dataSetID) {
      guard let known = try labellingID(theirs.name, dataSet: run.dataSetID) else {
        preconditionFailure("Labellings were mapped.")
      }
      var added: [Int: String] = [:]
      // Samples of other runs come with those.
      for (sample, label) in theirs.labels {
        guard let id = ids.samples[sample] else { continue }
        try find.bind([.integer(known), .integer(id)])
        defer { find.reset() }
        if try find.step() {
          let stored = find.text(0)
          guard stored.hasBytes(of: label) else {
            throw WarehouseError.conflict(
              path: part.path, what: "labelling \(theirs.name): a sample of run \(part.run.name)",
              stored: "\"\(stored)\"",
              given:
                "\"\(label)\"; engram-ingest label --name \(theirs.name) --remove takes one out")
          }
        } else {
          added[id] = label
        }
      }
      guard !added.isEmpty else { continue }
      try add(added, toLabelling: known)
      brought.count += added.count
      for other in try runs().filter({ $0.dataSetID == run.dataSetID }) {
        guard try isMeasured(other, by: theirs.name),
          try samples(run: other.id).contains(where: { added[$0.id] != nil })
        else { continue }
        try deleteLabelMeasures(of: other.id, theirs.name)
        brought.notes.append(Self.anew(other.name, theirs.name, "\(part.path) has more labels"))
      }
    }
    return brought
  }

  /// Takes out what a source measured by fewer labels than the target has of the run's samples; part of a transaction.
  /// - Returns: Remarks, a line each.
  func dropPartial(
    of part: MergeSource, from file: borrowing Warehouse, _ run: Stored<RunRecord>, _ ids: MergeIDs
  ) throws -> [String] {
    let own = try labellings(dataSet: run.dataSetID)
    let samples = Set(ids.samples.values)
    var notes: [String] = []
    for theirs in try file.labellings(dataSet: part.run.dataSetID) {
      guard let known = own.first(where: { $0.name.hasBytes(of: theirs.name) }),
        known.labels.keys.count(where: samples.contains)
          != theirs.labels.keys.count(where: { ids.samples[$0] != nil }),
        try file.isMeasured(part.run, by: theirs.name), try isMeasured(run, by: known.name)
      else { continue }
      try deleteLabelMeasures(of: run.id, known.name)
      notes.append(Self.anew(run.name, known.name, "\(part.path) has fewer labels"))
    }
    return notes
  }

  private static func anew(_ run: String, _ labelling: String, _ why: String) -> String {
    "run \(run): what was measured by \(labelling) is left out, for \(why); engram-ingest measure --run \(run) "
      + "--by \(labelling) makes it anew"
  }
}
