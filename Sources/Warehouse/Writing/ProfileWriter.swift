// Writing class profiles: one row per class, grouping, kind and block.

import Bits
import SQLiteKit

/// Replaces the profiles of one run; for use within a transaction.
struct ProfileWriter: ~Copyable {
  private let run: Int
  private let classIDs: [Int]
  private var insert: Statement

  /// Deletes what the run had, under some groupings or all.
  init(
    _ connection: borrowing Connection, run: Int, classIDs: [Int],
    groupings: [ProfileGrouping]? = nil
  ) throws {
    if let groupings {
      for grouping in groupings {
        try connection.takeOut(
          from: .classProfile, run: run, where: ["grouping": .text(grouping.name)])
      }
    } else {
      try connection.takeOut(from: .classProfile, run: run)
    }
    insert = try connection.prepare(
      """
      insert into class_profile
        (run_id, layer_id, kind, grouping, class_id, block, n_samples, checksum, counts)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    self.run = run
    self.classIDs = classIDs
  }

  mutating func write(_ profile: ClassProfile) throws {
    try insert.bind([
      .integer(run), .integer(profile.layerID), .text(profile.kind.rawValue),
      .text(profile.grouping.name), .integer(classIDs[profile.classPosition]),
      .integer(profile.block), .integer(profile.samples),
      .integer(Checksum.of(profile.counts)),
    ])
    try insert.lending(profile.counts, at: 9) { try $0.run() }
  }
}
