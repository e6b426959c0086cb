// Reads what two runs say of the same classes and samples.

internal import SQLiteKit

extension ReportReader {
  /// - Parameter data: of the two runs, read before.
  static func pair(_ connection: borrowing Connection, _ data: ReportData) throws -> RunPair {
    let runs = data.runs
    let keys = try runs.map { run -> [Int: String] in
      let classes = try rows(
        connection, "select position, key from class where dataset_id = ?",
        .integer(run.info.datasetID)
      ) { ($0.int(0), $0.text(1)) }
      return Dictionary(classes, uniquingKeysWith: { first, _ in first })
    }
    let isOneSet = runs[0].info.datasetID == runs[1].info.datasetID
    return RunPair(
      runs, keys: keys, between: data.between,
      shared: isOneSet ? try shared(connection, runs[0].info.id, runs[1].info.id) : nil,
      galleries: isOneSet ? try changed(connection, runs.map(\.info)) : [])
  }

  private static func shared(
    _ connection: borrowing Connection, _ first: Int, _ second: Int
  ) throws -> SharedPredictions? {
    let found = try rows(
      connection,
      """
      select count(*), count(a.correct + b.correct), total(a.correct and b.correct),
        total(a.correct and not b.correct), total(b.correct and not a.correct), total(a.predicted = b.predicted)
      from predictions as a join predictions as b using (sample_id)
      where a.run_id = ? and b.run_id = ?
      """, .integer(first), .integer(second)
    ) { row in
      SharedPredictions(
        samples: row.int(0), answered: row.int(1), bothRight: Int(row.double(2)),
        firstAlone: Int(row.double(3)), secondAlone: Int(row.double(4)),
        sameClass: Int(row.double(5)))
    }
    return found.first.flatMap { $0.samples > 0 ? $0 : nil }
  }

  /// Samples that one run takes rightly and the other does not, in pictures; none where the file has none.
  private static func changed(
    _ connection: borrowing Connection, _ runs: [RunInfo]
  ) throws -> [Gallery] {
    let pictures = GalleryPictures()
    let file = connection.path.split(separator: "/").last.map(String.init) ?? "w.db"
    var galleries: [Gallery] = []
    for (right, wrong) in [(runs[0], runs[1]), (runs[1], runs[0])] {
      let reader = GalleryReader(
        info: right, file: file, pictures: pictures, lastCaptured: "", hidden: nil)
      if let gallery = try reader.beside(connection, wrong, "'\(right.name)' alone is right") {
        galleries.append(gallery)
      }
    }
    let hasPictures = galleries.contains {
      $0.rows.contains { $0.samples.contains { $0.pictures.contains { $0 != nil } } }
    }
    return hasPictures ? galleries : []
  }
}
