// Mahalanobis distances against an inverse worked out by elimination, and in a subspace against the same in its own
// coordinates.

import Analytics
import Testing

struct TiedCovarianceTests {
  /// A⁻¹ b by Gauss–Jordan elimination.
  private func solve(_ a: [[Double]], _ b: [Double]) -> [Double] {
    var rows = zip(a, b).map { $0 + [$1] }
    for pivot in rows.indices {
      let best = rows.indices[pivot...].max { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) }
      rows.swapAt(pivot, best ?? pivot)
      let scale = rows[pivot][pivot]
      rows[pivot] = rows[pivot].map { $0 / scale }
      for row in rows.indices where row != pivot {
        let factor = rows[row][pivot]
        rows[row] = zip(rows[row], rows[pivot]).map { $0 - factor * $1 }
      }
    }
    return rows.map { $0[b.count] }
  }

  /// The smallest distance, by the definition.
  private func expected(_ x: [Double], _ samples: [[Double]], _ labels: [Int]) -> Double {
    let d = x.count
    let classes = Set(labels).map { label in samples.indices.filter { labels[$0] == label } }
    let means = classes.map { members in
      (0..<d).map { column in
        members.reduce(0) { $0 + samples[$1][column] } / Double(members.count)
      }
    }
    var covariance = [[Double]](repeating: [Double](repeating: 0, count: d), count: d)
    for (members, mean) in zip(classes, means) {
      for member in members {
        for i in 0..<d {
          for j in 0..<d {
            covariance[i][j] +=
              (samples[member][i] - mean[i]) * (samples[member][j] - mean[j])
              / Double(samples.count)
          }
        }
      }
    }
    return means.map { mean in
      let difference = zip(x, mean).map { $0 - $1 }
      return zip(difference, solve(covariance, difference)).reduce(0) { $0 + $1.0 * $1.1 }
    }.min() ?? 0
  }

  private func distances(_ samples: [[Float]], _ labels: [Int]) throws -> MahalanobisDistances {
    var means = ClassMeans(columns: samples[0].count)
    for (sample, label) in zip(samples, labels) { means.add(sample, to: label) }
    var covariance = TiedCovariance(means)
    for (sample, label) in zip(samples, labels) { covariance.add(sample, to: label) }
    return try covariance.distances()
  }

  @Test(arguments: [1, 3, 6])
  func theyAreTheDefinition(columns: Int) throws {
    var generator = TestGenerator(UInt64(columns))
    let labels = (0..<700).map { $0 % 3 == 0 ? 7 : $0 % 2 }
    // Far from zero, and of very different scales.
    let samples = labels.map { label in
      generator.normals(columns).enumerated().map {
        100 + Float(label * $0 + label) + $1 * Float($0 + 1)
      }
    }
    let found = try distances(samples, labels)
    #expect(found.rank == columns)
    let asked = (0..<20).map { _ in generator.normals(columns).map { 100 + 3 * $0 } }
    for (row, distance) in zip(asked, found.smallest(of: asked.flatMap(\.self), count: 20)) {
      let expected = expected(row.map(Double.init), samples.map { $0.map(Double.init) }, labels)
      #expect(isClose(distance, expected, relative: 1e-8))
    }
  }

  @Test func directionsWithoutVarianceCountNothing() throws {
    var generator = TestGenerator(9)
    // Columns 1 and 4 never differ, column 3 is twice column 0.
    func spread(_ u: [Float]) -> [Float] { [u[0], 5, u[1], 2 * u[0], 0] }
    let labels = (0..<40).map { $0 % 4 }
    let plain = labels.map { label in generator.normals(2).map { $0 + Float(label) } }
    let found = try distances(plain.map(spread), labels)
    #expect(found.rank == 2)
    for _ in 0..<10 {
      let u = generator.normals(2)
      let expected = expected(u.map(Double.init), plain.map { $0.map(Double.init) }, labels)
      var row = spread(u)
      #expect(isClose(found.smallest(of: row, count: 1)[0], expected, relative: 1e-5))
      row[4] = 1000
      #expect(isClose(found.smallest(of: row, count: 1)[0], expected, relative: 1e-5))
    }
  }

  @Test func whatHasNoCovariance() throws {
    #expect(throws: AnalyticsError.self) { try distances([[1, .nan], [2, 3]], [0, 0]) }
    // Equal samples: no direction is left, and nothing is far.
    let none = try distances([[1, 2], [1, 2]], [0, 0])
    #expect(none.rank == 0 && none.smallest(of: [9, 9], count: 1) == [0])
    let one = try distances([[1, 2], [3, 2]], [0, 0])
    #expect(one.smallest(of: [.nan, 2], count: 1)[0].isNaN)
  }
}
