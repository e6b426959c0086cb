// Batched products against sums in Float64.

import NetworkTestSupport
import Networks
import Testing

struct BatchedProductTests {
  struct Case: Sendable {
    let (rows, inner, columns): (Int, Int, Int)
    let (a, b): ([Int], [Int])
  }

  static let cases = [
    Case(rows: 5, inner: 3, columns: 7, a: [], b: []),
    Case(rows: 1, inner: 9, columns: 2, a: [2, 3], b: [2, 3]),
    Case(rows: 4, inner: 6, columns: 5, a: [2, 3], b: [3]),
    Case(rows: 4, inner: 6, columns: 5, a: [1], b: [4]),
    Case(rows: 2, inner: 1, columns: 3, a: [2, 1], b: [1, 3]),
    Case(rows: 150, inner: 5, columns: 6, a: [2], b: []),
  ]

  @Test(arguments: cases)
  func productsAreSums(test: Case) {
    let (rows, inner, columns) = (test.rows, test.inner, test.columns)
    let rank = max(test.a.count, test.b.count)
    func padded(_ sizes: [Int]) -> [Int] {
      [Int](repeating: 1, count: rank - sizes.count) + sizes
    }
    let (aBatches, bBatches) = (padded(test.a), padded(test.b))
    let batches = zip(aBatches, bBatches).map { max($0, $1) }
    let count = batches.reduce(1, *)
    let sizes = [
      aBatches.reduce(1, *) * rows * inner, bBatches.reduce(1, *) * inner * columns,
    ]
    func matrix(_ own: [Int], _ batch: Int) -> Int {
      var (rest, place, step) = (batch, 0, 1)
      for axis in own.indices.reversed() {
        place += own[axis] == 1 ? 0 : rest % batches[axis] * step
        rest /= batches[axis]
        step *= own[axis]
      }
      return place
    }
    for (transposesA, transposesB) in [(false, false), (true, false), (false, true), (true, true)] {
      let network = operands(
        sizes,
        .batchedProduct(
          BatchedProduct(
            rows: rows, inner: inner, columns: columns, transposesA: transposesA,
            transposesB: transposesB, scale: 0.5, aBatches: test.a, bBatches: test.b,
            output: MapShape(vector: count * rows * columns))))
      let formula = { (x: [Double]) -> [Double] in
        var y: [Double] = []
        for batch in 0..<count {
          let a = matrix(aBatches, batch) * rows * inner
          let b = sizes[0] + matrix(bBatches, batch) * inner * columns
          for row in 0..<rows {
            for column in 0..<columns {
              var sum = 0.0
              for k in 0..<inner {
                sum +=
                  x[a + (transposesA ? k * rows + row : row * inner + k)]
                  * x[b + (transposesB ? column * inner + k : k * columns + column)]
              }
              y.append(0.5 * sum)
            }
          }
        }
        return y
      }
      let inputs = uniform(3 * (sizes[0] + sizes[1]), seed: 1)
      let found = network.forward(inputs, count: 3).logits
      #expect(
        relativeError(found, values(inputs, size: sizes[0] + sizes[1], formula)) < 1e-6)
      let error = gradientError(of: network, over: inputs, formula: formula)
      #expect(error < 1e-4, "\(error)")
    }
  }

  @Test func partsMakeNoDifference() {
    let network = operands(
      [12 * 197 * 64, 12 * 197 * 64],
      .batchedProduct(
        BatchedProduct(
          rows: 197, inner: 64, columns: 197, transposesB: true, aBatches: [12], bBatches: [12],
          output: MapShape(channels: 197, height: 197, width: 12))))
    #expect(bitsDiffer(network, samples: 3) == nil)
  }
}
