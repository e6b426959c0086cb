// How layers are cut for their measures: every cell once, in an order that memory does not change.

import Testing
import Warehouse

@Suite struct TileGridTests {
  struct Size: Sendable {
    let rows, columns, samples: Int
    /// Of one grouping.
    let classes: Int
    var grid: TileGrid {
      TileGrid(
        rows: rows, columns: columns, samples: samples, classes: 2 * classes,
        sums: 2 * classes * classes)
    }
  }

  private static let sizes = [
    Size(rows: 1, columns: 1, samples: 0, classes: 1),
    Size(rows: 4096, columns: 9217, samples: 500, classes: 10),
    Size(rows: 1000, columns: 4097, samples: 50_000, classes: 1000),
    Size(rows: 4096, columns: 9217, samples: 50_000, classes: 10),
    Size(rows: 130, columns: 1025, samples: 3_000_000, classes: 2),
    Size(rows: 9000, columns: 1, samples: 40, classes: 3),
  ]

  @Test(arguments: sizes) func everyCellIsInOneTile(size: Size) {
    let grid = size.grid
    for (hasVectors, hasCounters) in [(true, false), (false, true), (true, true)] {
      var (cells, last) = (0, (columns: -1, row: -1, column: -1))
      for columns in grid.columnRanges {
        for rows in grid.rowRanges(
          of: columns, hasVectors: hasVectors, hasCounters: hasCounters)
        {
          for segment in grid.segments(rows, columns) {
            let tiles = grid.tiles(segment.columns)
            #expect(tiles.first?.lowerBound == segment.columns.lowerBound)
            #expect(tiles.allSatisfy { $0.count <= grid.tileColumns })
            #expect(segment.rows.count <= grid.tileRows)
            cells += tiles.reduce(0) { $0 + $1.count } * segment.rows.count
            let next = (columns.lowerBound, segment.rows.lowerBound, segment.columns.lowerBound)
            #expect(last < next)
            last = next
          }
        }
      }
      #expect(cells == size.rows * size.columns)
    }
  }

  /// Whatever has to be in memory, sums are of the same segments one after the other.
  @Test(arguments: sizes) func memoryDoesNotChangeTheOrder(size: Size) {
    let grid = size.grid
    func order(_ hasVectors: Bool, _ hasCounters: Bool) -> [[Range<Int>]] {
      grid.columnRanges.flatMap { columns in
        grid.rowRanges(of: columns, hasVectors: hasVectors, hasCounters: hasCounters).flatMap {
          grid.segments($0, columns).map { [$0.rows, $0.columns] }
        }
      }
    }
    #expect(order(true, false) == order(false, true))
    #expect(order(true, true) == order(false, true))
  }

  @Test func tilesOfManyClassesAreLow() {
    #expect(Size(rows: 4096, columns: 9217, samples: 10, classes: 1000).grid.tileRows == 8)
    #expect(Size(rows: 10, columns: 9217, samples: 10, classes: 10).grid.tileRows == 64)
  }
}
