// Where the counters of a measure come from: the class profiles of a run, or, where it keeps none, the bits of its
// samples, stored or derived (CounterStream). Either way they come rows by rows, the same numbers in the same order.

internal import Basics
import Bits
import SQLiteKit

/// The classes of one run, layer and kind, which its measures are of.
struct MeasuredProfiles {
  let run: Stored<RunRecord>
  let layer: Stored<LayerRecord>
  let kind: MeasuredKind
  /// Those with samples.
  let classes: [CounterSource.Class]
}

/// The counters of one run, layer and kind, under some groupings.
struct CounterSource {
  /// A class with samples.
  struct Class: Hashable {
    let id: Int
    let key: String
    let samples: Int
  }

  let run: Stored<RunRecord>
  let layer: Stored<LayerRecord>
  let kind: ProfileKind
  let groupings: [ProfileGrouping]
  /// Of every grouping, in the order of the data set; outputs that are no class of it come last.
  private(set) var classes: [[Class]] = []

  /// Counted anew; else read from profiles.
  let isStreamed: Bool
  var rows: Int { layer.outputs }
  var columns: Int { kind == .interaction ? layer.columns : 1 }

  /// The counters that are in memory at once on either side of a measure: 512 MiB.
  static let mostCounters = 1 << 27

  /// The pieces that measures sum up in order, whatever the source: the rows of a block of counts, or fewer
  /// where `classes` counters an interaction would not fit otherwise.
  static func slabs(rows: Int, columns: Int, classes: Int) -> [Range<Int>] {
    let block = CountsBlock.rowsPerBlock(columns: columns)
    let most = max(1, min(block, mostCounters / (columns * max(1, classes))))
    return stride(from: 0, to: rows, by: block).flatMap { first in
      let end = min(first + block, rows)
      return stride(from: first, to: end, by: most).map { $0..<min($0 + most, end) }
    }
  }

  /// What is measured of the first grouping.
  var profiles: MeasuredProfiles {
    MeasuredProfiles(run: run, layer: layer, kind: kind.measured, classes: classes[0])
  }

  func restricted(to keys: Set<ByteText>) -> CounterSource {
    var result = self
    result.classes = classes.map { $0.filter { keys.contains(ByteText($0.key)) } }
    return result
  }

  func damaged(_ what: String) -> MeasureError {
    MeasureError(
      description:
        "class profiles of run \"\(run.name)\", layer \(layer.name) (\(kind.rawValue)): "
        + "\(what); delete the run and ingest it again")
  }
}

extension Warehouse {
  /// The source, without classes where the run has no profiles yet. Where it has some, every labelled sample is in one. Interactions are streamed where the run
  /// does not keep their profiles.
  func counters(
    run: Stored<RunRecord>, layer: Stored<LayerRecord>, kind: ProfileKind,
    groupings: [ProfileGrouping], streaming: Bool? = nil
  ) throws -> CounterSource {
    var source = CounterSource(
      run: run, layer: layer, kind: kind, groupings: groupings,
      isStreamed: streaming ?? (kind == .interaction && run.profiles == .streamed))
    try source.find(in: connection)
    let profiles = "select exists (select 1 from class_profile where run_id = ?)"
    guard try connection.integer(profiles, .integer(run.id)) == 1 else { return source }
    let samples =
      try connection.integer(
        """
        select count(*) from prediction join sample using (sample_id)
        where run_id = ? and sample.class_id is not null
        """, .integer(run.id)) ?? 0
    for (grouping, classes) in zip(groupings, source.classes)
    where ProfileGrouping.measuredAlways.contains(grouping) {
      // Each class's is a 32-bit number; whoever adds up more refuses them.
      let counted = classes.reduce(0) { $0 + $1.samples }
      guard counted == samples || counted > UInt32.max else {
        throw source.damaged(
          "\(grouping.name) classes have \(counted) samples, the run \(samples) with a label")
      }
    }
    return source
  }
}

extension CounterSource {
  /// Streamed interactions have the classes of their neurons, which are always kept.
  fileprivate mutating func find(in connection: borrowing Connection) throws {
    let stored = max(
      1,
      try connection.integer("select count(*) from prediction where run_id = ?", .integer(run.id))
        ?? 0)
    for grouping in groupings {
      var found: [Class] = []
      var statement = try connection.prepare(
        """
        select class_id, class.key, min(n_samples), max(n_samples), count(*), max(block) + 1
        from class_profile join class using (class_id)
        where run_id = ? and layer_id = ? and kind = ? and grouping = ? and n_samples <> 0
        group by class_id order by class.dataset_id is null, class.position
        """)
      let kept: ProfileKind = isStreamed ? .neuron : kind
      try statement.bind([
        .integer(run.id), .integer(layer.id), .text(kept.rawValue), .text(grouping.name),
      ])
      let columns = kept == .neuron ? 1 : layer.columns
      let perBlock = CountsBlock.rowsPerBlock(columns: columns)
      let blocks = (rows + perBlock - 1) / perBlock
      while try statement.step() {
        let next = Class(
          id: statement.int(0), key: statement.text(1), samples: statement.int(2))
        guard statement.int(3) == next.samples, statement.int(4) == blocks,
          statement.int(5) == blocks
        else {
          throw damaged("the blocks of class \"\(next.key)\" do not agree")
        }
        guard (1...stored).contains(next.samples), next.samples <= UInt32.max else {
          throw damaged("class \"\(next.key)\" has \(next.samples) of \(stored) samples")
        }
        found.append(next)
      }
      classes.append(found)
    }
  }

  /// The counters of kept profiles: of every grouping and class, row-major.
  func kept(
    _ rows: Range<Int>, in connection: borrowing Connection
  ) throws -> [[[UInt32]]] {
    let perBlock = CountsBlock.rowsPerBlock(columns: columns)
    let block = rows.lowerBound / perBlock
    let first = block * perBlock
    var statement = try connection.prepare(
      """
      select counts from class_profile
      where run_id = ? and layer_id = ? and kind = ? and grouping = ? and class_id = ?
        and block = ?
      """)
    return try zip(groupings, classes).map { grouping, classes in
      try classes.map { label in
        try statement.bind([
          .integer(run.id), .integer(layer.id), .text(kind.rawValue), .text(grouping.name),
          .integer(label.id), .integer(block),
        ])
        defer { statement.reset() }
        guard try statement.step() else {
          throw damaged("block \(block) of class \"\(label.key)\" is missing")
        }
        let counts: CountsBlock
        do {
          counts = try CountsBlock(decoding: statement.blob(0))
        } catch {
          throw damaged("block \(block) of class \"\(label.key)\": \(error)")
        }
        guard counts.samples == label.samples else {
          throw damaged(
            "block \(block) of class \"\(label.key)\" counts \(counts.samples) samples, "
              + "expected \(label.samples)")
        }
        guard counts.firstRow == first, counts.columns == columns,
          counts.rows == min(perBlock, self.rows - first)
        else {
          throw damaged("block \(block) has another size for class \"\(label.key)\"")
        }
        if rows.count == counts.rows { return counts.counters }
        let range = (rows.lowerBound - first) * columns..<(rows.upperBound - first) * columns
        return Array(counts.counters[range])
      }
    }
  }
}
