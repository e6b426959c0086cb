// How a direct convolution is cut into tiles: ranges of positions times shares of outputs.

internal import CKernels

/// The cut that two threads are done with first, and four: how many tiles there are, and whether they are alike, counts as
/// much as what each of them costs beside its products. It follows from the shapes alone.
struct DirectTiles {
  /// Parts of the positions, and shares of the outputs.
  private(set) var parts = 1
  private(set) var shares = 1

  /// What is cut, in units that positions come in: runs of a flat map, else rows.
  struct Work {
    let units: Int
    /// Positions of a unit.
    let positions: Int
    let outputs: Int
    let depth: Int
    /// Floats that are copied for a tile of so many units; 0 where the input is read where it lies.
    let copied: (_ units: Int) -> Int
    let fewestParts: Int
  }

  /// What reading a weight for the first time takes, in multiplications, and copying a float.
  private static let reading = 3
  private static let copying = 12
  /// What a register tile takes beside its products, in positions.
  private static let run = 14
  private static let most = 16

  init(_ work: Work) {
    let panel = Int(ENGRAM_PANEL)
    let panels = (work.outputs + panel - 1) / panel
    var best = Int.max
    for shares in 1...max(1, min(panels, Self.most)) {
      for parts in min(
        work.units, work.fewestParts)...max(
          work.fewestParts, min(work.units, Self.most))
      where parts <= work.units && parts * shares <= max(Self.most, work.fewestParts) {
        let costs = Self.costs(work, parts: parts, shares: shares)
        let cost = Self.makespan(costs, threads: 2) + Self.makespan(costs, threads: 4)
        if cost < best { (best, self.parts, self.shares) = (cost, parts, shares) }
      }
    }
  }

  private static func costs(_ work: Work, parts: Int, shares: Int) -> [Int] {
    (0..<parts * shares).map { tile in
      let outputs = outputShare(tile % shares, of: shares, outputs: work.outputs).count
      let units = evenPart(tile / shares, of: parts, total: work.units).count
      let positions = units * work.positions
      let runs = units * ((work.positions + run - 1) / run)
      return (positions + runs / 2 + reading) * outputs * work.depth + copying * work.copied(units)
    }
  }

  /// When the last of so many threads is done that take one tile after the other.
  private static func makespan(_ costs: [Int], threads: Int) -> Int {
    var ends = [Int](repeating: 0, count: threads)
    for cost in costs {
      let next = ends.indices.min { ends[$0] < ends[$1] } ?? 0
      ends[next] += cost
    }
    return ends.max() ?? 0
  }
}
