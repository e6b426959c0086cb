// t-SNE (van der Maaten & Hinton 2008; with quadtrees: van der Maaten 2014): points in the plane whose neighbours are the
// neighbours they had in many dimensions. The start is the plane of the principal components, so that no step is left to
// chance. Leaves out: other dimensions of the map, UMAP.

import Basics
import CKernels

/// A map of the neighbourhoods of N points.
package struct NeighbourMap: Sendable {
  /// What decides how a map comes out; the values are those of openTSNE and scikit-learn.
  package struct Settings: Sendable {
    /// About how many neighbours a point has.
    package var perplexity = 30.0
    package var iterations = 1000
    /// Steps in which neighbours attract `exaggeration` times as much, so that groups find each other.
    package var early = 250
    package var exaggeration = 12.0
    /// Squares that look narrower than this count as a point.
    package var theta = 0.5

    package init() {}
  }

  /// x and y of every point.
  package private(set) var places: [Double]
  /// KL of the neighbourhoods in many dimensions from those in the plane, in nats: what the map lowers.
  package private(set) var divergence = 0.0
  /// What was used: a third of the other points at most.
  package let perplexity: Double

  /// Points whose forces are summed up together, so that the sums are the same on any number of cores.
  private static let block = 256

  /// - Parameters:
  ///   - points: row-major, count × dimensions.
  ///   - start: x and y of every point; their unit does not matter.
  ///   - isCancelled: asked in every step; the map is then left where it is.
  package init(
    _ points: [Double], count: Int, dimensions: Int, start: [Double],
    settings: Settings = Settings(), isCancelled: () -> Bool = { false }
  ) {
    precondition(points.count == count * dimensions && start.count == 2 * count, "one row a point")
    perplexity = max(1, min(settings.perplexity, Double(count - 1) / 3))
    places = Self.scaled(start)
    guard count > 3 else { return }
    let graph = NeighbourGraph(
      points, count: count, dimensions: dimensions, perplexity: perplexity)
    descend(graph, settings, isCancelled)
  }

  /// To a deviation of 1e-4 along x.
  private static func scaled(_ start: [Double]) -> [Double] {
    let count = Double(max(1, start.count / 2))
    let xs = stride(from: 0, to: start.count, by: 2).map { start[$0] }
    let mean = xs.reduce(0, +) / count
    let deviation = (xs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
    return deviation > 0 ? start.map { $0 / deviation * 1e-4 } : start.map { _ in 0 }
  }

  private mutating func descend(
    _ graph: NeighbourGraph, _ settings: Settings, _ isCancelled: () -> Bool
  ) {
    let count = places.count / 2
    let rate = max(Double(count) / settings.exaggeration / 4, 50)
    var speed = [Double](repeating: 0, count: places.count)
    var gain = [Double](repeating: 1, count: places.count)
    var forces = PlaneForces(count: count, block: Self.block)
    for step in 0..<settings.iterations {
      if isCancelled() { return }
      let isEarly = step < settings.early
      let momentum = isEarly ? 0.5 : 0.8
      let exaggeration = isEarly ? settings.exaggeration : 1
      forces.update(places, graph, theta: settings.theta)
      for index in places.indices {
        let gradient =
          4 * (exaggeration * forces.attraction[index] - forces.repulsion[index] / forces.sum)
        let isTurning = (gradient > 0) != (speed[index] > 0)
        gain[index] = max(isTurning ? gain[index] + 0.2 : gain[index] * 0.8, 0.01)
        speed[index] = momentum * speed[index] - rate * gain[index] * gradient
        places[index] += speed[index]
      }
    }
    forces.update(places, graph, theta: settings.theta)
    divergence = forces.divergence
  }
}

/// What every point is drawn and pushed by.
private struct PlaneForces {
  private(set) var attraction: [Double]
  private(set) var repulsion: [Double]
  /// Of q over all pairs.
  private(set) var sum = 0.0
  private(set) var divergence = 0.0
  private var cells: [engram_plane_cell]
  private let block: Int

  init(count: Int, block: Int) {
    attraction = [Double](repeating: 0, count: 2 * count)
    repulsion = attraction
    cells = [engram_plane_cell](repeating: engram_plane_cell(), count: 4 * count + 64)
    self.block = block
  }

  mutating func update(_ places: [Double], _ graph: NeighbourGraph, theta: Double) {
    let count = places.count / 2
    while unsafe engram_plane_tree(places, count, &cells, cells.count) < 0 {
      cells = [engram_plane_cell](repeating: engram_plane_cell(), count: 2 * cells.count)
    }
    let blocks = (count + block - 1) / block
    var sums = [Double](repeating: 0, count: blocks)
    var costs = sums
    let block = block
    unsafe cells.withUnsafeBufferPointer { cells in
      unsafe attraction.withUnsafeMutableBufferPointer { attraction in
        unsafe repulsion.withUnsafeMutableBufferPointer { repulsion in
          unsafe sums.withUnsafeMutableBufferPointer { sums in
            unsafe costs.withUnsafeMutableBufferPointer { costs in
              // Every block has places of its own in what is written.
              nonisolated(unsafe) let (attraction, repulsion) = unsafe (attraction, repulsion)
              nonisolated(unsafe) let (sums, costs, cells) = unsafe (sums, costs, cells)
              Parallel.run(blocks) { _, index in
                let (from, to) = (index * block, min(count, (index + 1) * block))
                unsafe sums[index] = engram_plane_repulsion(
                  places, from, to, cells.baseAddress, theta, repulsion.baseAddress)
                unsafe costs[index] = engram_plane_attraction(
                  places, from, to, graph.starts, graph.neighbours, graph.shares,
                  attraction.baseAddress)
              }
            }
          }
        }
      }
    }
    sum = max(sums.reduce(0, +), .leastNormalMagnitude)
    // Shares add up to 1: Σ p ln(p / q) + ln Σ q.
    divergence = costs.reduce(0, +) + _log(sum)
  }
}
