// Principal components of many samples (Pearson 1901), by the Gram matrix of the smaller side.

import Basics

/// The first components of N samples of d numbers.
package struct PrincipalComponents: Sendable {
  /// Row-major, samples × count: where every sample lies, seen from the mean.
  package let places: [Double]
  /// How many components there are.
  package let count: Int
  /// Of the whole variance, by component.
  package let shares: [Double]

  /// Larger matrices have their first eigenvectors alone computed.
  private static let whole = 1_024
  /// Columns that are converted at a time.
  private static let chunk = 256

  /// - Parameters:
  ///   - samples: row-major, rows × columns.
  ///   - most: components, or as many as there are.
  /// - Throws: `AnalyticsError` where a number is not finite, or an eigenproblem does not fit into memory or does not converge.
  package init(
    _ samples: [Float], rows: Int, columns: Int, most: Int
  ) throws(AnalyticsError) {
    precondition(samples.count == rows * columns && rows > 0 && columns > 0, "whole rows")
    guard samples.allSatisfy(\.isFinite) else {
      throw AnalyticsError("a sample has a number that is not finite; it has no place in a plane")
    }
    let means = (0..<columns).map { column in
      stride(from: column, to: samples.count, by: columns).reduce(0.0) { $0 + Double(samples[$1]) }
        / Double(rows)
    }
    let side = min(rows, columns)
    let isByFeature = columns <= rows
    var gram = [Double](repeating: 0, count: side * side)
    if isByFeature {
      for start in stride(from: 0, to: rows, by: Self.chunk) {
        let end = min(rows, start + Self.chunk)
        let centred = (start * columns..<end * columns).map {
          Double(samples[$0]) - means[$0 % columns]
        }
        LinearAlgebra.addFeatureGram(centred, rows: end - start, columns: columns, to: &gram)
      }
    } else {
      for start in stride(from: 0, to: columns, by: Self.chunk) {
        let end = min(columns, start + Self.chunk)
        var turned: [Double] = []
        turned.reserveCapacity((end - start) * rows)
        for column in start..<end {
          for row in 0..<rows {
            turned.append(Double(samples[row * columns + column]) - means[column])
          }
        }
        LinearAlgebra.addFeatureGram(turned, rows: end - start, columns: rows, to: &gram)
      }
    }
    let variance = (0..<side).reduce(0) { $0 + gram[$1 * side + $1] }
    count = min(most, side)
    let (values, vectors) = try Self.leading(&gram, side: side, count: count)
    shares = values.map { variance > 0 ? max(0, $0) / variance : 0 }

    var places = [Double](repeating: 0, count: rows * count)
    if isByFeature {
      let offsets = (0..<count).map { component in
        (0..<columns).reduce(0) { $0 + means[$1] * vectors[component * columns + $1] }
      }
      for start in stride(from: 0, to: rows, by: Self.chunk) {
        let end = min(rows, start + Self.chunk)
        let block = samples[start * columns..<end * columns].map(Double.init)
        var product = [Double](repeating: 0, count: (end - start) * count)
        LinearAlgebra.multiply(
          block, transposed: vectors, m: end - start, n: count, k: columns, into: &product)
        for index in product.indices {
          places[start * count + index] = product[index] - offsets[index % count]
        }
      }
    } else {
      for component in 0..<count {
        let length = max(0, values[component]).squareRoot()
        for row in 0..<rows {
          places[row * count + component] = vectors[component * rows + row] * length
        }
      }
    }
    self.places = Self.turned(places, count: count)
  }

  /// Each component so that its largest place is positive: an eigenvector has no sign of its own.
  private static func turned(_ places: [Double], count: Int) -> [Double] {
    var places = places
    for component in 0..<count {
      let own = stride(from: component, to: places.count, by: count)
      let largest = own.max { (abs(places[$0]), $1) < (abs(places[$1]), $0) }
      guard let largest, places[largest] < 0 else { continue }
      for index in own { places[index] = -places[index] }
    }
    return places
  }

  /// The largest eigenvalues of the matrix whose upper triangle is given, largest first, and their vectors as rows.
  private static func leading(
    _ gram: inout [Double], side: Int, count: Int
  ) throws(AnalyticsError) -> (values: [Double], vectors: [Double]) {
    guard side > whole, count + 10 < side / 4 else {
      let values = try LinearAlgebra.eigenvalues(&gram, n: side, vectors: true)
      let order = (0..<count).map { side - 1 - $0 }
      return (
        order.map { values[$0] }, order.flatMap { gram[$0 * side..<($0 + 1) * side] }
      )
    }
    for row in 0..<side {
      for column in 0..<row { gram[row * side + column] = gram[column * side + row] }
    }
    return try iterated(gram, side: side, count: count)
  }

  /// Subspace iteration with ten vectors to spare (Halko, Martinsson & Tropp 2011), until the plane of the first two stands
  /// still.
  private static func iterated(
    _ matrix: [Double], side: Int, count: Int
  ) throws(AnalyticsError) -> (values: [Double], vectors: [Double]) {
    let width = count + 10
    var random = SplitMix64(seed: 0)
    var basis = (0..<width * side).map { _ in
      Double(random.next() >> 11) / 4_503_599_627_370_496 - 1
    }
    var values = [Double](repeating: 0, count: width)
    for _ in 0..<200 {
      try orthonormalise(&basis, rows: width, columns: side)
      var image = [Double](repeating: 0, count: width * side)
      LinearAlgebra.multiply(basis, transposed: matrix, m: width, n: side, k: side, into: &image)
      var small = [Double](repeating: 0, count: width * width)
      LinearAlgebra.multiply(basis, transposed: image, m: width, n: width, k: side, into: &small)
      let found = try LinearAlgebra.eigenvalues(&small, n: width, vectors: true)
      let order = (0..<width).reversed()
      let turn = order.flatMap { small[$0 * width..<($0 + 1) * width] }
      let last = values
      values = order.map { found[$0] }
      basis = combined(turn, image, width: width, side: side)
      let still = zip(values, last).prefix(count).allSatisfy {
        abs($0 - $1) <= 1e-12 * max(values[0], .leastNormalMagnitude)
      }
      if still { break }
    }
    try orthonormalise(&basis, rows: width, columns: side)
    return (Array(values.prefix(count)), Array(basis.prefix(count * side)))
  }

  /// turn · image for row-major matrices.
  private static func combined(
    _ turn: [Double], _ image: [Double], width: Int, side: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: width * side)
    for row in 0..<width {
      for other in 0..<width {
        let weight = turn[row * width + other]
        for column in 0..<side {
          result[row * side + column] += weight * image[other * side + column]
        }
      }
    }
    return result
  }

  /// Gram–Schmidt, twice.
  private static func orthonormalise(
    _ basis: inout [Double], rows: Int, columns: Int
  ) throws(AnalyticsError) {
    for row in 0..<rows {
      for _ in 0..<2 {
        for other in 0..<row {
          var dot = 0.0
          for c in 0..<columns { dot += basis[row * columns + c] * basis[other * columns + c] }
          for c in 0..<columns { basis[row * columns + c] -= dot * basis[other * columns + c] }
        }
      }
      var square = 0.0
      for c in 0..<columns { square += basis[row * columns + c] * basis[row * columns + c] }
      let scale = square > 0 ? 1 / square.squareRoot() : 0
      for c in 0..<columns { basis[row * columns + c] *= scale }
    }
  }
}
