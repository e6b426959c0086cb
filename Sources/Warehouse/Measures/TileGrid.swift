// How a layer is cut for its measures: tiles that fit the cache, in segments whose sums add up in one order, in regions whose
// samples' vectors or profiles fit memory. Sums depend on the layer, the number of samples and of classes alone: neither on
// where counters come from nor on how many threads there are.

import Analytics
import Bits

/// A layer of rows × columns cut into tiles.
package struct TileGrid {
  /// Tiles side by side, whose sums are added up by one worker.
  package typealias Segment = (rows: Range<Int>, columns: Range<Int>)

  let rows: Int
  let columns: Int
  /// Of a tile: a segment's rows, and some columns of it.
  package let tileRows: Int
  package let tileColumns: Int
  private let samples: Int
  private let classes: Int
  /// Of a segment.
  private let sums: Int

  /// Tiles of a segment.
  private static let tilesPerSegment = 8
  /// Words of bits that a worker has room for.
  private static let mostWords = 1 << 22
  /// Numbers of every kind that are in memory at once: 256 MiB of inputs, 128 MiB of thresholds, 64 MiB of weights, 256 MiB
  /// of sums.
  private static let (inputs, thresholds, weights, mostSums) = (1 << 26, 1 << 25, 1 << 24, 1 << 25)

  /// - Parameters:
  ///   - classes: that have counters, of all groupings.
  ///   - sums: that a segment adds up and that come in order.
  package init(rows: Int, columns: Int, samples: Int, classes: Int, sums: Int) {
    (self.rows, self.columns, self.samples) = (rows, columns, max(1, samples))
    (self.classes, self.sums) = (max(1, classes), max(1, sums))
    guard columns > 1 else {
      // Neurons, which nothing is derived of.
      (tileRows, tileColumns) = (DivergenceMatrix.piece, 1)
      return
    }
    let most = CounterSource.mostCounters / (columns * self.classes) / 8 * 8
    tileRows = min(TileVectors.mostRows, max(8, most))
    tileColumns = min(
      DivergenceMatrix.piece / TileVectors.mostRows, max(1, Self.mostWords / self.samples))
  }

  private var segmentColumns: Int { tileColumns * Self.tilesPerSegment }

  /// Columns whose inputs of all samples are in memory at once.
  package var columnRanges: [Range<Int>] {
    let most = max(segmentColumns, Self.inputs / samples / segmentColumns * segmentColumns)
    return ranges(0..<columns, by: most)
  }

  /// Rows that are worked on together.
  /// - Parameters:
  ///   - hasVectors: Bits are derived from samples' vectors.
  ///   - hasCounters: Counters are read in whole rows, not counted tile by tile.
  package func rowRanges(of columns: Range<Int>, hasVectors: Bool, hasCounters: Bool)
    -> [Range<Int>]
  {
    let segments = (columns.count + segmentColumns - 1) / segmentColumns
    var most = Self.mostSums / (sums * segments) * tileRows
    if hasVectors {
      most = min(most, Self.thresholds / samples, Self.weights / columns.count)
    }
    if hasCounters { most = min(most, CounterSource.mostCounters / (self.columns * classes)) }
    return ranges(0..<rows, by: max(tileRows, most / tileRows * tileRows))
  }

  /// The segments of a region, in the order in which their sums are added up.
  package func segments(_ rows: Range<Int>, _ columns: Range<Int>) -> [Segment] {
    ranges(rows, by: tileRows).flatMap { rows in
      ranges(columns, by: segmentColumns).map { (rows, $0) }
    }
  }

  /// The columns of the tiles of a segment.
  package func tiles(_ columns: Range<Int>) -> [Range<Int>] { ranges(columns, by: tileColumns) }

  private func ranges(_ range: Range<Int>, by step: Int) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: step).map {
      $0..<min($0 + step, range.upperBound)
    }
  }
}
