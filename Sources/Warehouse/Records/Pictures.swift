// Small pictures of samples: those of a data set, which its runs share, and those that an attacked or shifted run made.
// Leaves out how they are made (DataSets) and shown (Reports).

internal import Bits
internal import SQLiteKit

/// A picture as a whole file of an image format.
package struct Picture: Sendable, Equatable {
  /// `image/png` or `image/jpeg`.
  package let mimeType: String
  package let width: Int
  package let height: Int
  package let file: [UInt8]

  package init(mimeType: String, width: Int, height: Int, file: [UInt8]) {
    (self.mimeType, self.width, self.height, self.file) = (mimeType, width, height, file)
  }
}

/// Writes pictures; what is there stays.
struct PictureInserter: ~Copyable {
  private var ofSample: Statement
  private var ofRun: Statement

  init(_ connection: borrowing Connection) throws(SQLiteError) {
    let ofSample = try connection.prepare(
      """
      insert into thumbnail (sample_id, mime_type, width, height, checksum, image)
      values (?, ?, ?, ?, ?, ?) on conflict (sample_id) do nothing
      """)
    let ofRun = try connection.prepare(
      """
      insert into run_thumbnail (sample_id, mime_type, width, height, checksum, image, run_id)
      values (?, ?, ?, ?, ?, ?, ?) on conflict (run_id, sample_id) do nothing
      """)
    self.ofSample = ofSample
    self.ofRun = ofRun
  }

  /// - Parameter run: The run that made it; nil for the data set's own.
  mutating func insert(_ picture: Picture, of sample: Int, run: Int?) throws {
    let values: [Value] = [
      .integer(sample), .text(picture.mimeType), .integer(picture.width), .integer(picture.height),
      .integer(Checksum.of(picture.file)),
    ]
    if let run {
      try ofRun.bind(values)
      try ofRun.bind(run, at: 7)
      try ofRun.lending(picture.file, at: 6) { try $0.run() }
    } else {
      try ofSample.bind(values)
      try ofSample.lending(picture.file, at: 6) { try $0.run() }
    }
  }
}

extension Warehouse {
  /// Positions in a data set of the samples that have a picture, and the longest side that any has.
  /// - Parameter run: Of what this run made of them; nil for the data set's own.
  package func pictured(
    dataSet: Int, run: Int? = nil
  ) throws -> (positions: Set<Int>, longestSide: Int) {
    try told {
      var rows = try connection.prepare(
        run == nil
          ? """
          select position, max(width, height) from thumbnail join sample using (sample_id)
          where dataset_id = ?
          """
          : """
          select position, max(width, height) from run_thumbnail join sample using (sample_id)
          where dataset_id = ? and run_id = ?
          """)
      try rows.bind([.integer(dataSet)] + (run.map { [.integer($0)] } ?? []))
      var found: (positions: Set<Int>, longestSide: Int) = ([], 0)
      while try rows.step() {
        found.positions.insert(rows.int(0))
        found.longestSide = max(found.longestSide, rows.int(1))
      }
      return found
    }
  }

  /// Gives samples that are stored pictures, in one transaction; those that have one keep it.
  /// - Returns: How many were written, and how many have no sample at their position.
  package func add(
    _ pictures: [(position: Int, picture: Picture)], dataSet: Int, run: Int?
  ) throws -> (written: Int, strangers: Int) {
    try told {
      try connection.transaction {
        let before = try connection.integer("select total_changes()") ?? 0
        var find = try connection.prepare(
          "select sample_id from sample where dataset_id = ? and position = ?")
        var inserter = try PictureInserter(connection)
        var strangers = 0
        for (position, picture) in pictures {
          try find.bind([.integer(dataSet), .integer(position)])
          defer { find.reset() }
          if try find.step() {
            try inserter.insert(picture, of: find.int(0), run: run)
          } else {
            strangers += 1
          }
        }
        return ((try connection.integer("select total_changes()") ?? 0) - before, strangers)
      }
    }
  }
}
