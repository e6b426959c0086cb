// Where the counters of a tile come from: profiles that are kept or were counted before, or the bits of all samples, which
// are derived tile by tile.

internal import Basics
import Bits
import SQLiteKit

/// Counters of some rows of a layer as they lie in profiles: row-major, of every grouping and class.
struct RowCounters {
  private(set) var pieces: [(rows: Range<Int>, counters: [[[UInt32]]])] = []

  mutating func append(_ rows: Range<Int>, _ counters: [[[UInt32]]]) {
    pieces.append((rows, counters))
  }

  /// Writes the counters of a tile as TileBits counts them: counters[(class · columns + c) · rows + r].
  /// - Parameter width: Columns of the layer.
  func fill(
    grouping: Int, rows: Range<Int>, columns: Range<Int>, width: Int, into counters: inout [UInt32]
  ) {
    for piece in pieces where piece.rows.overlaps(rows) {
      let shared = piece.rows.clamped(to: rows)
      for (label, source) in piece.counters[grouping].enumerated() {
        let source = source.span
        for row in shared {
          var from = (row - piece.rows.lowerBound) * width + columns.lowerBound
          var to = label * columns.count * rows.count + row - rows.lowerBound
          for _ in columns {
            counters[to] = source[from]
            from += 1
            to += rows.count
          }
        }
      }
    }
  }
}

/// The samples of a run in the order in which tiles have them, class by class.
struct TileSamples {
  let rows: [SampleRow]
  /// Of every grouping, the class of every sample; the number of classes for none.
  let groups: [[UInt32]]
  private let places: [Int: Int]

  init(_ samples: [SampleRow], _ source: CounterSource) {
    self.init(
      samples,
      zip(source.groupings, source.classes).map { grouping, classes in
        let positions = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.id, $0) })
        return samples.map { sample in
          sample.classID(under: grouping).flatMap { positions[$0] } ?? classes.count
        }
      })
  }

  /// - Parameter groups: Of every grouping, the group of every sample.
  init(_ samples: [SampleRow], _ groups: [[Int]]) {
    let first = groups.first ?? samples.map { _ in 0 }
    let order = samples.indices.sorted { (first[$0], $0) < (first[$1], $1) }
    rows = order.map { samples[$0] }
    self.groups = groups.map { groups in order.map { UInt32(groups[$0]) } }
    places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.id, $0) })
  }

  func place(of sample: SampleRow) -> Int? { places[sample.id] }

  /// How many samples a class has under a grouping.
  func count(_ grouping: Int, classes: Int) -> [Int] {
    groups[grouping].reduce(into: [Int](repeating: 0, count: classes)) { counts, group in
      if group < classes { counts[Int(group)] += 1 }
    }
  }
}

/// A worker's counts of one tile after the other.
final class TileCounters {
  private let bits: TileBits
  private let groups: Int
  private(set) var values: [UInt32]

  init(_ grid: TileGrid, samples: Int, groups: Int) {
    bits = TileBits(samples: samples, mostColumns: grid.tileColumns)
    self.groups = groups
    values = [UInt32](repeating: 0, count: groups * grid.tileRows * grid.tileColumns)
  }

  /// Counts a tile: `values` has those of every group, one behind the other.
  /// - Returns: the tile's cells.
  func count(
    _ vectors: TileVectors, _ rows: Range<Int>, _ columns: Range<Int>, _ groups: [UInt32]
  ) -> Int {
    bits.derive(vectors, strip: vectors.strip(of: rows), columns: columns)
    bits.count(groups, of: self.groups, into: &values)
    return rows.count * columns.count
  }
}

extension TileVectors {
  /// The strip that begins with some rows of the layer.
  func strip(of rows: Range<Int>) -> Int { (rows.lowerBound - self.rows.lowerBound) / stripRows }
}

extension Warehouse {
  /// Calls `body` with the rows of one region after the other, their segments in order, and the vectors of all samples where
  /// bits are derived from them, until all of a layer was there.
  func forEachRegion(
    _ grid: TileGrid, _ samples: TileSamples, of run: Stored<RunRecord>,
    _ layer: Stored<LayerRecord>, hasVectors: Bool = true, hasCounters: Bool = false,
    _ body: (Range<Int>, [TileGrid.Segment], TileVectors?) throws -> Void
  ) throws {
    for columns in grid.columnRanges {
      var vectors: TileVectors?
      if hasVectors {
        vectors = TileVectors(
          shape: try layer.record.shape, samples: samples.rows.count, stripRows: grid.tileRows,
          columns: columns)
      }
      for rows in grid.rowRanges(of: columns, hasVectors: hasVectors, hasCounters: hasCounters) {
        if var own = vectors.take() {
          try load(&own, rows: rows, isNew: rows.lowerBound == 0, samples, of: run, layer)
          vectors = own
        }
        try body(rows, grid.segments(rows, columns), vectors)
      }
    }
  }

  /// Whether the bits of a run's layer follow from what the file keeps.
  func isDerivable(_ run: Stored<RunRecord>, _ layer: Stored<LayerRecord>) throws -> Bool {
    try run.activations == .stored && hasWeights(of: layer)
  }

  /// The counters of some rows, kept or counted in one pass over all samples.
  func rowCounters(_ source: CounterSource, _ rows: Range<Int>) throws -> RowCounters {
    var counters = RowCounters()
    guard !source.isStreamed else {
      counters.append(rows, try streamed(source, rows))
      return counters
    }
    let perBlock = CountsBlock.rowsPerBlock(columns: source.columns)
    var first = rows.lowerBound
    while first < rows.upperBound {
      let own = first..<min(rows.upperBound, (first / perBlock + 1) * perBlock)
      counters.append(own, try source.kept(own, in: connection))
      first = own.upperBound
    }
    return counters
  }

  /// Reads what the tiles of some rows are made of.
  /// - Parameter isNew: The vectors have no inputs yet.
  func load(
    _ vectors: inout TileVectors, rows: Range<Int>, isNew: Bool, _ samples: TileSamples,
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>
  ) throws {
    vectors.setRows(rows, try weights(of: layer, rows: rows)) { count, body in
      Parallel.run(count) { _, strip in body(strip) }
    }
    var found = 0
    func place(_ sample: SampleRow) throws -> Int {
      guard let place = samples.place(of: sample) else {
        throw try disagreement(run: run.id, layer: layer.id)
      }
      found += 1
      return place
    }
    if isNew {
      try forEachVectors(run: run.id, layer: layer, count: 64) { rows, x, z in
        for (index, sample) in rows.enumerated() {
          let place = try place(sample)
          vectors.setInputs(
            of: place, x.span.extracting(index * layer.inputs..<(index + 1) * layer.inputs))
          vectors.setThresholds(
            of: place, z.span.extracting(index * layer.outputs..<(index + 1) * layer.outputs))
        }
      }
    } else {
      try forEachPreactivation(run: run.id, layer: layer) { sample, z in
        vectors.setThresholds(of: try place(sample), z.span)
      }
    }
    guard found == samples.rows.count else {
      throw try disagreement(run: run.id, layer: layer.id)
    }
  }
}
