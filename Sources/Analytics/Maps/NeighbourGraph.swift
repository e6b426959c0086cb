// How much every point of a map belongs to its neighbours: Gaussians over the nearest ones, wide enough for a given
// perplexity, made symmetric.

import Basics
import CKernels
import Glibc

/// Shares p of pairs of points, which add up to 1: a row for each point.
struct NeighbourGraph: Sendable {
  /// Where the row of each point begins, and where the last one ends.
  private(set) var starts: [Int64]
  private(set) var neighbours: [Int32] = []
  private(set) var shares: [Double] = []

  /// - Parameter points: row-major, count × dimensions.
  init(_ points: [Double], count: Int, dimensions: Int, perplexity: Double) {
    let k = min(count - 1, Int(3 * perplexity))
    let rows = Self.nearest(points, count: count, dimensions: dimensions, k: k)
    // Both directions of every pair, in the order of the points.
    var sizes = [Int](repeating: 0, count: count + 1)
    for row in rows {
      for (own, other, _) in row.pairs {
        sizes[own + 1] += 1
        sizes[other + 1] += 1
      }
    }
    for index in 0..<count { sizes[index + 1] += sizes[index] }
    var next = sizes
    var places = [(other: Int32, share: Double)](repeating: (0, 0), count: sizes[count])
    for row in rows {
      for (own, other, share) in row.pairs {
        places[next[own]] = (Int32(other), share)
        next[own] += 1
        places[next[other]] = (Int32(own), share)
        next[other] += 1
      }
    }
    starts = [0]
    let total = 2 * Double(count)
    for point in 0..<count {
      for (other, share) in places[sizes[point]..<sizes[point + 1]].sorted(by: {
        ($0.other, $0.share) < ($1.other, $1.share)
      }) where share > 0 {
        if neighbours.count > Int(starts[point]), neighbours.last == other {
          shares[shares.count - 1] += share / total
        } else {
          neighbours.append(other)
          shares.append(share / total)
        }
      }
      starts.append(Int64(neighbours.count))
    }
  }

  private struct Row: Sendable {
    var pairs: [(own: Int, other: Int, share: Double)]
  }

  private static func nearest(
    _ points: [Double], count: Int, dimensions: Int, k: Int
  ) -> [Row] {
    let squares = (0..<count).map { row in
      points[row * dimensions..<(row + 1) * dimensions].reduce(0) { $0 + $1 * $1 }
    }
    let blocks = LinearAlgebra.productBlocks(points, count: count, k: dimensions)
    let size = LinearAlgebra.productRows
    let perplexity = Double(k) / 3
    let found = Parallel.map(blocks.count) { range -> [Row] in
      var (products, distances) = ([Double](), [Double](repeating: 0, count: count))
      var nearest = [Int32](repeating: 0, count: k)
      var rows: [Row] = []
      for block in range {
        LinearAlgebra.multiply(
          block: blocks[block], with: points, n: count, k: dimensions, into: &products)
        for row in 0..<min(size, count - block * size) {
          let own = block * size + row
          for other in 0..<count {
            distances[other] = max(
              0, squares[own] + squares[other] - 2 * products[row * count + other])
          }
          unsafe engram_nearest(distances, count, own, k, &nearest)
          let shares = Gaussian.shares(
            nearest.map { distances[Int($0)] }, perplexity: perplexity)
          rows.append(Row(pairs: zip(nearest, shares).map { (own, Int($0), $1) }))
        }
      }
      return rows
    }
    return found.flatMap(\.self)
  }
}

/// A point's shares of its neighbours.
private enum Gaussian {
  /// exp(−β d²) / Σ exp(−β d²), with the β whose entropy is ln(perplexity) nats.
  static func shares(_ squares: [Double], perplexity: Double) -> [Double] {
    let nearest = squares.min() ?? 0
    let apart = squares.map { $0 - nearest }
    let wanted = log(perplexity)
    var (beta, low, high) = (1.0, 0.0, Double.infinity)
    var shares: [Double] = []
    for _ in 0..<100 {
      shares = apart.map { exp(-beta * $0) }
      let sum = shares.reduce(0, +)
      let entropy = log(sum) + beta * zip(shares, apart).reduce(0) { $0 + $1.0 * $1.1 } / sum
      for index in shares.indices { shares[index] /= sum }
      let difference = entropy - wanted
      if abs(difference) < 1e-5 { break }
      if difference > 0 {
        low = beta
        beta = high.isFinite ? (beta + high) / 2 : beta * 2
      } else {
        high = beta
        beta = (low + beta) / 2
      }
      guard beta > 1e-300, beta < 1e300 else { break }
    }
    return shares
  }
}
