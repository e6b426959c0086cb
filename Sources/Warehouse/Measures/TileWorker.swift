// What one thread adds up of a layer's tiles: how often every count occurs, divergences, and what bits weigh.

import Analytics
import Bits

/// What one grouping of one layer and kind adds up to.
struct ClassMeasure {
  let classes: [CounterSource.Class]
  let grouping: ProfileGrouping
  private(set) var frequencies: [CountFrequencies]
  private(set) var whole: CountFrequencies
  var matrix: DivergenceMatrix

  init(_ classes: [CounterSource.Class], _ grouping: ProfileGrouping) {
    self.classes = classes
    self.grouping = grouping
    frequencies = classes.map { CountFrequencies(samples: $0.samples) }
    whole = CountFrequencies(samples: classes.reduce(0) { $0 + $1.samples })
    matrix = DivergenceMatrix(from: classes.map(\.samples), to: classes.map(\.samples))
  }

  /// The counters of every class, `cells` each.
  /// - Parameter counted: of some classes, how often these counts occur; the others have none.
  mutating func tally(_ counters: [UInt32], cells: Int, _ counted: [CountFrequencies]) {
    for label in classes.indices {
      if counted[label].interactions == cells {
        frequencies[label].add(counted[label])
      } else {
        frequencies[label].add(counters[label * cells..<(label + 1) * cells])
      }
    }
    guard grouping == .true else { return }
    // Counters are at most their class's samples, so their sums fit as well.
    whole.add(classSums(counters, classes: classes.count, cells: cells))
  }

  /// Adds what another worker tallied.
  mutating func add(_ other: ClassMeasure) {
    for label in classes.indices { frequencies[label].add(other.frequencies[label]) }
    whole.add(other.whole)
  }
}

/// One thread's share of a pass over a layer.
final class TileWorker {
  var measures: [ClassMeasure]
  private var counters: [[UInt32]]
  private let scratch: [DivergenceScratch]
  private let bits: TileBits?
  private let likelihoods: TileLikelihoods?
  let sums: LikelihoodSums?

  init(
    _ measures: [ClassMeasure], _ grid: TileGrid, derived samples: Int?,
    _ likelihoods: TileLikelihoods?
  ) {
    self.measures = measures
    self.likelihoods = likelihoods
    counters = measures.map {
      [UInt32](repeating: 0, count: $0.classes.count * grid.tileRows * grid.tileColumns)
    }
    scratch = measures.map { DivergenceScratch($0.matrix) }
    bits = samples.map { TileBits(samples: $0, mostColumns: grid.tileColumns) }
    sums = likelihoods.flatMap { own in samples.map { LikelihoodSums(own, places: $0) } }
  }

  /// - Parameter kept: nil where counters are counted from bits.
  /// - Returns: Of every measure, the divergences of the segment.
  func work(
    _ rows: Range<Int>, _ tiles: [Range<Int>], _ source: CounterSource, kept: RowCounters?,
    _ vectors: TileVectors?, _ groups: [[UInt32]]
  ) -> [[Double]] {
    var divergences = measures.map { [Double](repeating: 0, count: $0.matrix.values.count) }
    for columns in tiles {
      let cells = rows.count * columns.count
      if let vectors {
        bits?.derive(vectors, strip: vectors.strip(of: rows), columns: columns)
      }
      for index in measures.indices {
        if let kept {
          kept.fill(
            grouping: index, rows: rows, columns: columns, width: source.columns,
            into: &counters[index])
        } else {
          bits?.count(groups[index], of: measures[index].classes.count, into: &counters[index])
        }
        measures[index].matrix.add(
          from: counters[index], to: nil, cells: cells, scratch[index], to: &divergences[index])
        measures[index].tally(counters[index], cells: cells, scratch[index].frequencies)
      }
      if let likelihoods, let bits, let sums {
        likelihoods.add(bits, counters[0], groups[0], to: sums)
      }
    }
    return divergences
  }
}
