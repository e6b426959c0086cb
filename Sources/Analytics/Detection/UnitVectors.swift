// x̂ = x / ‖x‖ of every reference sample, for the detectors that compare a sample with all of them: the one thing taught
// that grows with the reference run, d + 2 Float32 a sample. A vector of zeros stays one.

import Glibc

/// x / ‖x‖; zeros where x is zeros.
func unit(_ x: [Double]) -> [Double] {
  let norm = x.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return norm > 0 ? x.map { $0 / norm } : x
}

struct UnitVectors: Sendable {
  let inputs: Int
  private(set) var count = 0
  /// As they were stored: half of what the unit vectors in Float64 take.
  private var x: [Float] = []
  private var norms: [Double] = []

  /// What the vectors may take.
  static let mostBytes = 4 << 30
  /// Reference samples whose unit vectors are in Float64 at once.
  private static let panel = 1024

  /// - Parameter samples: that will come, at most.
  init(inputs: Int, samples: Int) throws(AnalyticsError) {
    let most = Self.mostBytes / (4 * inputs + 8)
    guard samples <= most else {
      throw AnalyticsError(
        "it holds every reference sample, and \(samples) of \(inputs) inputs take more than "
          + "\(Self.mostBytes >> 30) GiB: take \(most) of them at most")
    }
    self.inputs = inputs
    x.reserveCapacity(samples * inputs)
    norms.reserveCapacity(samples)
  }

  mutating func add(_ block: SampleBlock) {
    for row in 0..<block.count {
      let own = block.stored(row)
      x += own
      norms.append(own.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot())
    }
    count += block.count
  }

  /// x̂ of one.
  func vector(_ index: Int) -> [Double] {
    let norm = norms[index]
    return x[index * inputs..<(index + 1) * inputs].map { norm > 0 ? Double($0) / norm : 0 }
  }

  /// For every row of `rows` (count × d), the reference samples of the k largest x̂ · row, each times its `scale`, or 1
  /// without.
  func largestProducts(
    _ k: Int, with rows: [Double], count rowCount: Int, scales: [Double]? = nil
  ) -> [LargestValues] {
    var largest = [LargestValues](repeating: LargestValues(k), count: rowCount)
    let blocks = LinearAlgebra.productBlocks(rows, count: rowCount, k: inputs)
    var panel = [Double](repeating: 0, count: min(Self.panel, count) * inputs)
    var products: [Double] = []
    for start in stride(from: 0, to: count, by: Self.panel) {
      let own = start..<min(start + Self.panel, count)
      var place = 0
      for index in own {
        let (norm, scale) = (norms[index], scales?[index] ?? 1)
        for value in x[index * inputs..<(index + 1) * inputs] {
          panel[place] = norm > 0 ? Double(value) / norm * scale : 0
          place += 1
        }
      }
      for (number, block) in blocks.enumerated() {
        LinearAlgebra.multiply(block: block, with: panel, n: own.count, k: inputs, into: &products)
        let first = number * LinearAlgebra.productRows
        let found = products.span
        for row in first..<min(first + LinearAlgebra.productRows, rowCount) {
          let offset = (row - first) * own.count
          var least = largest[row].least
          for place in 0..<own.count where found[offset + place] > least {
            largest[row].add(found[offset + place], start + place)
            least = largest[row].least
          }
        }
      }
    }
    return largest
  }
}

/// Throws where a reference of `samples` samples has no k nearest.
func checkNeighbors(_ k: Int, of samples: Int) throws(AnalyticsError) {
  guard samples >= k else {
    throw AnalyticsError(
      "k is \(k), and the reference has \(samples) samples that teach: take k=\(max(1, samples)) or less"
    )
  }
}
