// Reading the class profiles of one layer, a block at a time.

import Bits
import SQLiteKit

/// The profiles of one run, layer, kind and grouping; classes without samples are left out.
struct ProfileSet {
  struct Class {
    let id: Int
    let key: String
    let samples: Int
  }

  let run: Int
  let layer: Int
  let kind: ProfileKind
  let grouping: ProfileGrouping
  /// In the order of the data set.
  private(set) var classes: [Class] = []
  private(set) var blocks = 0

  init(
    run: Int, layer: Int, kind: ProfileKind, grouping: ProfileGrouping,
    in connection: borrowing Connection
  ) throws {
    self.run = run
    self.layer = layer
    self.kind = kind
    self.grouping = grouping
    var statement = try connection.prepare(
      """
      select class_id, class.key, min(n_samples), max(n_samples), count(*), max(block) + 1
      from class_profile join class using (class_id)
      where run_id = ? and layer_id = ? and kind = ? and grouping = ? and n_samples <> 0
      group by class_id order by class.position
      """)
    try statement.bind([
      .integer(run), .integer(layer), .text(kind.rawValue), .text(grouping.rawValue),
    ])
    while try statement.step() {
      let next = Class(
        id: statement.int(0), key: statement.text(1), samples: statement.int(2))
      if classes.isEmpty { blocks = statement.int(4) }
      guard statement.int(3) == next.samples, statement.int(4) == blocks,
        statement.int(5) == blocks
      else {
        throw damaged("the blocks of class \"\(next.key)\" do not agree")
      }
      guard next.samples > 0, next.samples <= UInt32.max else {
        throw damaged("class \"\(next.key)\" has \(next.samples) samples")
      }
      classes.append(next)
    }
  }

  func restricted(to keys: Set<String>) -> ProfileSet {
    var result = self
    result.classes.removeAll { !keys.contains($0.key) }
    return result
  }

  func damaged(_ what: String) -> MeasureError {
    MeasureError(
      description:
        "class profiles of run \(run), layer \(layer) (\(kind.rawValue), \(grouping.rawValue)): "
        + "\(what); ingest the run again")
  }

  /// Prepares what `counters` reads with.
  func reader(in connection: borrowing Connection) throws -> ProfileReader {
    try ProfileReader(self, in: connection)
  }
}

/// Reads one set's blocks.
struct ProfileReader: ~Copyable {
  private let profiles: ProfileSet
  private var statement: Statement

  init(_ profiles: ProfileSet, in connection: borrowing Connection) throws {
    self.profiles = profiles
    var statement = try connection.prepare(
      """
      select counts from class_profile
      where run_id = ? and layer_id = ? and kind = ? and grouping = ? and class_id = ?
        and block = ?
      """)
    try statement.bind(profiles.run, at: 1)
    try statement.bind(profiles.layer, at: 2)
    try statement.bind(profiles.kind.rawValue, at: 3)
    try statement.bind(profiles.grouping.rawValue, at: 4)
    self.statement = statement
  }

  /// The counters of one block of a class.
  mutating func counters(block: Int, of label: ProfileSet.Class) throws -> [UInt32] {
    statement.reset()
    try statement.bind(label.id, at: 5)
    try statement.bind(block, at: 6)
    guard try statement.step() else {
      throw profiles.damaged("block \(block) of class \"\(label.key)\" is missing")
    }
    let counts: CountsBlock
    do {
      counts = try CountsBlock(decoding: statement.blob(0))
    } catch {
      throw profiles.damaged("block \(block) of class \"\(label.key)\": \(error)")
    }
    guard counts.samples == label.samples else {
      throw profiles.damaged(
        "block \(block) of class \"\(label.key)\" counts \(counts.samples) samples, "
          + "expected \(label.samples)")
    }
    return counts.counters
  }

  /// The counters of one block of several classes, all of one length.
  mutating func counters(
    block: Int, of labels: ArraySlice<ProfileSet.Class>
  ) throws -> [[UInt32]] {
    var result: [[UInt32]] = []
    for label in labels {
      let counters = try counters(block: block, of: label)
      guard counters.count == result.first?.count ?? counters.count else {
        throw profiles.damaged("block \(block) has another size for class \"\(label.key)\"")
      }
      result.append(counters)
    }
    return result
  }
}
