import Analytics
import Testing

struct ManifoldTests {
  private func matrix(_ rows: [[Float]], columns: Int) -> SampleMatrix {
    var matrix = SampleMatrix(columns: columns)
    for row in rows { matrix.append(row.span) }
    return matrix
  }

  private func manifold(_ rows: [[Float]], columns: Int) throws -> Manifold {
    try Manifold(matrix(rows, columns: columns))
  }

  /// N × d of the given rank: random coordinates in the span of rank random directions.
  private func lowRank(_ rank: Int, rows: Int, columns: Int, seed: UInt64) -> [[Float]] {
    var generator = TestGenerator(seed)
    let directions = (0..<rank).map { _ in generator.normals(columns) }
    return (0..<rows).map { _ in
      var row = [Float](repeating: 0, count: columns)
      for direction in directions {
        let share = Float(generator.normal())
        for index in row.indices { row[index] += share * direction[index] }
      }
      return row
    }
  }

  /// N multiples of the given axes.
  private func onAxes(_ axes: [Int], rows: Int, columns: Int) -> [[Float]] {
    (0..<rows).map { row in
      var values = [Float](repeating: 0, count: columns)
      values[axes[row % axes.count]] = row / axes.count % 2 == 0 ? 1 : -1
      return values
    }
  }

  @Test(arguments: [(1, 40, 12), (5, 40, 12), (12, 40, 12), (5, 9, 30), (9, 9, 30), (7, 30, 30)])
  func rankOfALowRankMatrix(rank: Int, rows: Int, columns: Int) throws {
    let manifold = try manifold(
      lowRank(rank, rows: rows, columns: columns, seed: UInt64(rank)), columns: columns)
    let measure = manifold.rank(by: .numpy)
    #expect(measure.rank == rank)
    #expect(measure.samples == rows && measure.dimension == columns)
    #expect(measure.isLimitedBySamples == (rows < columns))
    #expect(manifold.singularValues.count == min(rows, columns))
    #expect(manifold.singularValues == manifold.singularValues.sorted(by: >))
  }

  @Test func theLadderOnKnownSingularValues() throws {
    // A diagonal matrix, stretched to 8 rows: singular values 100, 10, 2, 0.5, 0.05, 0.
    let sigma: [Float] = [100, 10, 2, 0.5, 0.05, 0]
    for rows in [6, 8] {
      let diagonal = (0..<rows).map { row in
        (0..<6).map { row == $0 ? sigma[row] : 0 }
      }
      let manifold = try manifold(diagonal, columns: 6)
      for (value, expected) in zip(manifold.singularValues, sigma) {
        #expect(isClose(value, Double(expected), relative: 1e-6, floor: 1e-5))
      }
      let ranks = RankRule.allCases.map { manifold.rank(by: $0).rank }
      // Energies: 10000, 100, 4, …: the first holds 98.97 %, two hold 99.96 %.
      #expect(ranks == [5, 4, 3, 2, 2, 2])
      let tolerance = try #require(manifold.rank(by: .numpy).tolerance)
      #expect(isClose(tolerance, 100 * Double(rows) / 8_388_608, relative: 1e-6))
      #expect(manifold.rank(by: .energy99).tolerance == nil)
    }
    let names = RankRule.allCases.map(\.rawValue)
    #expect(names == ["numpy", "1e-3", "1e-2", "5e-2", "energy-99", "energy-99.9"])
  }

  @Test func energyOfEqualDirections() throws {
    let rows = onAxes(Array(0..<100), rows: 100, columns: 100)
    let manifold = try manifold(rows, columns: 100)
    #expect(manifold.rank(by: .energy99).rank == 99)
    #expect(manifold.rank(by: .energy999).rank == 100)
    #expect(isClose(try #require(manifold.participationRatio), 100))
  }

  @Test func degenerateMatrices() throws {
    let nothing = try manifold([], columns: 4)
    #expect(RankRule.allCases.allSatisfy { nothing.rank(by: $0).rank == 0 })
    #expect(nothing.rank(by: .numpy).sigmaMax == 0)
    #expect(nothing.participationRatio == nil && nothing.participationRatioCentred == nil)

    let zeros = try manifold([[0, 0], [0, 0], [0, 0]], columns: 2)
    #expect(RankRule.allCases.allSatisfy { zeros.rank(by: $0).rank == 0 })
    #expect(zeros.participationRatio == nil)
    #expect(zeros.meanSquaredCosine(with: zeros) == nil)
    #expect(try zeros.entanglement(with: zeros).allSatisfy { $0.entanglement == 0 })

    let one = try manifold([[3, 4]], columns: 2)
    #expect(one.singularValues.count == 1 && isClose(one.singularValues[0], 5))
    #expect(one.participationRatio == 1 && one.participationRatioCentred == nil)
    #expect(one.rank(by: .share1e2).isLimitedBySamples)

    let equal = try manifold(Array(repeating: [0.1, 0.7, 0.3], count: 9), columns: 3)
    #expect(isClose(try #require(equal.participationRatio), 1))
    #expect(equal.participationRatioCentred == nil)

    let pair = try nothing.entanglement(with: manifold([[1, 0, 0, 0]], columns: 4))
    #expect(pair.allSatisfy { $0.rankA == 0 && $0.rankB == 1 && $0.rankUnion == 1 })
    #expect(throws: AnalyticsError.self) { try manifold([[1, .nan]], columns: 2) }
    #expect(throws: AnalyticsError.self) { try manifold([[1, .infinity]], columns: 2) }
  }

  /// The tolerance of an overlap is the stacked matrix's: beside a direction of 10, one of 0.02 counts for nothing at
  /// 1e-2, though it counts where its own matrix, whose largest is 1, is judged alone.
  @Test func overlapsAreJudgedByTheStackedTolerance() throws {
    let a = try manifold([[1, 0, 0], [0, 0.02, 0]], columns: 3)
    let b = try manifold([[0, 0, 10]], columns: 3)
    #expect(a.rank(by: .share1e2).rank == 2)
    for (first, second) in [(a, b), (b, a)] {
      let found = try first.entanglement(with: second)
      let coarse = try #require(found.first { $0.rule == .share1e2 })
      #expect(Set([coarse.rankA, coarse.rankB]) == [1] && coarse.rankUnion == 2)
      #expect(coarse.entanglement == 0)
      let tolerance = try #require(coarse.tolerance)
      #expect(isClose(tolerance, 0.1))
      let fine = try #require(found.first { $0.rule == .share1e3 })
      #expect(fine.rankA + fine.rankB == 3 && fine.rankUnion == 3)
    }
  }

  @Test(arguments: [(40, 40), (6, 7), (6, 40), (40, 6), (8, 8)])
  func entanglementOfKnownOverlap(rows: (Int, Int)) throws {
    // Axes 0–4 and 3–8 of 16 share two.
    let a = try manifold(onAxes([0, 1, 2, 3, 4], rows: rows.0, columns: 16), columns: 16)
    let b = try manifold(onAxes([3, 4, 5, 6, 7, 8], rows: rows.1, columns: 16), columns: 16)
    let measures = try a.entanglement(with: b)
    #expect(measures.map(\.rule) == RankRule.allCases)
    for measure in measures.prefix(4) {
      #expect(measure.rankA == 5 && measure.rankB == 6 && measure.rankUnion == 9)
      #expect(measure.entanglement == 2)
      #expect(measure.isLimitedBySamples == (min(rows.0, rows.1) < 16))
    }
    // Two shared directions of five angles.
    #expect(isClose(try #require(a.meanSquaredCosine(with: b)), 0.4))
  }

  @Test func orthogonalSubspacesShareNothing() throws {
    let a = try manifold(onAxes([0, 1], rows: 30, columns: 8), columns: 8)
    let b = try manifold(onAxes([5, 6, 7], rows: 30, columns: 8), columns: 8)
    #expect(try a.entanglement(with: b).allSatisfy { $0.entanglement == 0 })
    #expect(isClose(try #require(a.meanSquaredCosine(with: b)), 0, floor: 1e-12))
    #expect(isClose(try #require(a.meanSquaredCosine(with: a)), 1))
  }

  @Test func oneToleranceForAllThree() throws {
    // B is 1,000 times smaller than A: at 1e-2 of the stack's σ_max nothing of B is left.
    let a = try manifold(onAxes([0, 1], rows: 20, columns: 6), columns: 6)
    let small = onAxes([1, 2], rows: 20, columns: 6).map { $0.map { $0 / 1_000 } }
    let b = try manifold(small, columns: 6)
    let measure = try #require(try a.entanglement(with: b).first { $0.rule == .share1e2 })
    #expect(measure.rankA == 2 && measure.rankB == 0 && measure.rankUnion == 2)
    #expect(b.rank(by: .share1e2).rank == 2)
  }

  @Test(arguments: [0.0, 0.1, 0.7, 1.2, 1.5])
  func meanSquaredCosineOfKnownAngles(angle: Double) throws {
    // Planes in four dimensions at angles `angle` and 0.3.
    let (c, s) = (cosine(angle), cosine(.pi / 2 - angle))
    let (c2, s2) = (cosine(0.3), cosine(.pi / 2 - 0.3))
    for copies in [1, 3] {
      let p: [[Float]] = [[1, 0, 0, 0], [0, 1, 0, 0]]
      let q = [[Float(c), 0, Float(s), 0], [0, Float(c2), 0, Float(s2)]]
      let a = try manifold(Array(repeating: p, count: copies).flatMap { $0 }, columns: 4)
      let b = try manifold(Array(repeating: q, count: copies).flatMap { $0 }, columns: 4)
      let value = try #require(a.meanSquaredCosine(with: b))
      #expect(isClose(value, (c * c + c2 * c2) / 2, relative: 1e-6))
    }
  }

  /// The cosine by its series.
  private func cosine(_ angle: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for n in 1...12 {
      term *= -angle * angle / Double((2 * n - 1) * 2 * n)
      sum += term
    }
    return sum
  }

  @Test func bothSidesGiveTheSame() throws {
    // The rows split in two classes and stacked again, beside the whole at once.
    let columns = 10
    var generator = TestGenerator(4)
    let rows = (0..<35).map { _ in generator.normals(columns) }
    let whole = try manifold(rows, columns: columns)
    for cut in [0, 3, 9, 10, 11, 30, 35] {
      let stack = matrix(Array(rows[..<cut]), columns: columns)
        .stacked(on: matrix(Array(rows[cut...]), columns: columns))
      let manifold = try Manifold(stack)
      #expect(stack.rows == 35)
      for (a, b) in zip(manifold.singularValues, whole.singularValues) {
        #expect(isClose(a, b, relative: 1e-10))
      }
      #expect(
        isClose(
          try #require(manifold.participationRatioCentred),
          try #require(whole.participationRatioCentred), relative: 1e-9))
    }
  }

  @Test func participationRatioCentredByHand() throws {
    // Centred: (±1, 0) and (0, ±2) twice each: λ = 2, 8 → 100 / 68; the mean (5, 5) is gone.
    let rows: [[Float]] = [[6, 5], [4, 5], [5, 7], [5, 3]]
    let value = try #require(try manifold(rows, columns: 2).participationRatioCentred)
    #expect(isClose(value, 100.0 / 68))
    // The same before more dimensions than samples.
    let wide = rows.map { $0 + [0, 0, 0] }
    #expect(
      isClose(try #require(try manifold(wide, columns: 5).participationRatioCentred), 100.0 / 68))
  }
}
