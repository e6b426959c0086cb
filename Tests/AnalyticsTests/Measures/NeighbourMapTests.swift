// Principal components against what defines them, and maps of neighbours: forces against sums over all pairs, groups that
// stay groups.

import Analytics
import CKernels
import Glibc
import Testing

@Suite struct NeighbourMapTests {
  /// Uniform in [−1, 1).
  private func numbers(_ count: Int, seed: UInt64) -> [Double] {
    var generator = TestGenerator(seed)
    return (0..<count).map { _ in Double(generator.below(1 << 20)) / Double(1 << 19) - 1 }
  }

  /// Samples whose k-th direction is half as long as the one before.
  private func samples(rows: Int, columns: Int) -> [Float] {
    let random = numbers(rows * columns, seed: 5)
    return (0..<rows * columns).map { index in
      Float(random[index] * pow(0.5, Double(index % columns % 40)) + Double(index % columns))
    }
  }

  @Test(arguments: [(60, 7), (7, 60), (40, 40), (1, 5), (1_200, 1_100)])
  func componentsAreOrthogonalAndHoldTheVariance(shape: (rows: Int, columns: Int)) throws {
    let (rows, columns) = shape
    let data = samples(rows: rows, columns: columns)
    let found = try PrincipalComponents(data, rows: rows, columns: columns, most: 4)
    #expect(found.count == min(4, rows, columns))
    var total = 0.0
    for column in 0..<columns {
      let own = (0..<rows).map { Double(data[$0 * columns + column]) }
      let mean = own.reduce(0, +) / Double(rows)
      total += own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    let own = (0..<found.count).map { k in (0..<rows).map { found.places[$0 * found.count + k] } }
    for (i, a) in own.enumerated() {
      let square = a.reduce(0) { $0 + $1 * $1 }
      #expect(abs(square - found.shares[i] * total) <= 1e-8 * max(total, 1e-9))
      #expect(abs(a.reduce(0, +)) <= 1e-8 * max(1, total.squareRoot()))
      #expect(i == 0 || found.shares[i] <= found.shares[i - 1] + 1e-12)
      // The sign is chosen.
      #expect((a.max() ?? 0) >= -(a.min() ?? 0) - 1e-12)
      for b in own[..<i] {
        let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(dot) <= 1e-7 * max(total, 1e-9))
      }
    }
    if rows > columns, columns < 40 {
      // The first is as long as any direction, its own column's among them.
      #expect(found.shares[0] > 0.5 && found.shares[0] < 1)
    }
  }

  @Test func aNumberThatIsNoneIsRefused() {
    #expect(throws: AnalyticsError.self) {
      try PrincipalComponents([1, .nan, 2, 3], rows: 2, columns: 2, most: 2)
    }
  }

  @Test(arguments: [1, 2, 50, 700])
  func forcesOfTheTreeAreSumsOverAllPairs(count: Int) {
    var places = numbers(2 * count, seed: UInt64(count))
    // Points that lie on each other.
    if count > 10 { for index in 0..<6 { places[index] = places[6 + index % 2] } }
    var cells = [engram_plane_cell](repeating: engram_plane_cell(), count: 8 * count + 400)
    let used = engram_plane_tree(places, count, &cells, cells.count)
    #expect(used > 0 && Int(cells[0].count) == count)
    #expect(engram_plane_tree(places, count, &cells, count > 1 ? 1 : 0) == -1)
    _ = engram_plane_tree(places, count, &cells, cells.count)
    for (theta, error) in [(0.0, 1e-12), (0.5, 0.02)] {
      var forces = [Double](repeating: 0, count: 2 * count)
      let total = engram_plane_repulsion(places, 0, count, cells, theta, &forces)
      var (sum, largest, worst) = (0.0, 0.0, 0.0)
      for i in 0..<count {
        var (x, y) = (0.0, 0.0)
        for j in 0..<count where j != i {
          let (dx, dy) = (places[2 * i] - places[2 * j], places[2 * i + 1] - places[2 * j + 1])
          let near = 1 / (1 + dx * dx + dy * dy)
          sum += near
          x += near * near * dx
          y += near * near * dy
        }
        largest = max(largest, abs(x), abs(y))
        worst = max(worst, abs(x - forces[2 * i]), abs(y - forces[2 * i + 1]))
      }
      #expect(abs(total - sum) <= error * max(1, sum))
      #expect(worst <= error * max(1, largest), "\(worst) of \(largest)")
    }
  }

  @Test func theNearestAreTheFirstOfTheSorted() {
    for (count, k) in [(2, 1), (20, 5), (300, 90)] {
      let distances = numbers(count, seed: UInt64(k)).map { ($0 * 8).rounded() }
      for own in [0, count / 2, count - 1] {
        var nearest = [Int32](repeating: -1, count: k)
        engram_nearest(distances, count, own, k, &nearest)
        let sorted = distances.indices.filter { $0 != own }
          .sorted { (distances[$0], $0) < (distances[$1], $1) }
        #expect(nearest.sorted() == sorted.prefix(k).map(Int32.init).sorted())
      }
    }
  }

  @Test func groupsStayGroupsAndNothingIsLeftToChance() {
    let (groups, size, dimensions) = (4, 60, 12)
    let noise = numbers(groups * size * dimensions, seed: 1)
    let points = noise.indices.map { index -> Double in
      let group = index / dimensions % groups
      return 0.3 * noise[index] + (index % dimensions == group ? 4 : 0)
    }
    let count = groups * size
    let start = (0..<count).flatMap { [points[$0 * dimensions], points[$0 * dimensions + 1]] }
    var settings = NeighbourMap.Settings()
    settings.iterations = 400
    func map() -> NeighbourMap {
      NeighbourMap(points, count: count, dimensions: dimensions, start: start, settings: settings)
    }
    let first = map()
    #expect(first.places == map().places)
    #expect(first.perplexity == 30 && first.divergence > 0 && first.divergence < 2)
    var own = 0
    for i in 0..<count {
      let nearest = (0..<count).filter { $0 != i }.min { a, b in
        distance(first.places, i, a) < distance(first.places, i, b)
      }
      if (nearest ?? 0) % groups == i % groups { own += 1 }
    }
    #expect(own == count)
  }

  private func distance(_ places: [Double], _ i: Int, _ j: Int) -> Double {
    let (dx, dy) = (places[2 * i] - places[2 * j], places[2 * i + 1] - places[2 * j + 1])
    return dx * dx + dy * dy
  }

  @Test func fewPointsAndEqualOnesHavePlaces() {
    for count in [1, 2, 3, 4, 10] {
      let map = NeighbourMap(
        [Double](repeating: 1, count: 3 * count), count: count, dimensions: 3,
        start: [Double](repeating: 0, count: 2 * count))
      #expect(map.places.count == 2 * count && map.places.allSatisfy(\.isFinite))
    }
  }
}
