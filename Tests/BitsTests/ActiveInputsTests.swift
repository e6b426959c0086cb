import Bits
import Testing

/// Compares sums over the inputs that are not zero with sums over all of them.
struct ActiveInputsTests {
  private func weights(_ example: Example) -> LayerWeights {
    LayerWeights(shape: example.shape, weight: example.weight, bias: example.bias)
  }

  /// Of small whole numbers, so that every order of summing gives the same.
  private func whole(_ shape: LayerShape, count: Int) -> Example {
    var example = Example(shape, count: count)
    example.x = example.x.map { ($0 * 9).rounded() }
    example.weight = example.weight.map { ($0 * 9).rounded() }
    example.bias = example.bias.map { $0.map { ($0 * 9).rounded() } }
    return example
  }

  private func plain(_ example: Example, _ term: (Float) -> Float) -> [Double] {
    let shape = example.shape
    return (0..<example.count).flatMap { sample in
      (0..<shape.outputs).map { output in
        (0..<shape.columns).reduce(0.0) {
          $0 + Double(term(example.term(sample, output, $1)))
        }
      }
    }
  }

  @Test(arguments: edgeShapes + [LayerShape(outputs: 50, inputs: 1601, hasBias: true)])
  func sumsAreThoseOfEveryTerm(shape: LayerShape) {
    let example = whole(shape, count: 3)
    let active = ActiveInputs(example.x.span, samples: example.count)
    #expect(active.sums(weights(example)) == plain(example) { $0 })
    #expect(active.sums(weights(example), magnitudes: true) == plain(example, abs))
  }

  @Test(arguments: [1, 2, 33, 63, 64])
  func samplesDoNotDependOnTheirNeighbours(samples: Int) {
    let example = Example(LayerShape(outputs: 61, inputs: 900, hasBias: true), count: samples)
    let together = ActiveInputs(example.x.span, samples: samples).sums(weights(example))
    let alone = (0..<samples).flatMap { sample in
      ActiveInputs(example.x.span.extracting(sample * 900..<(sample + 1) * 900), samples: 1)
        .sums(weights(example))
    }
    #expect(together == alone)
  }

  /// Runs of 384 inputs, the last two halves of what is left: terms beside a far larger one tell where it ends.
  @Test(arguments: [(204, 0x1p60), (208, 0x1p60 + 256), (398, 0x1p60 + 256)])
  func aSumIsThatOfItsRuns(place: Int, sum: Double) {
    // 400 inputs are runs of 208 and 192. Beside 2⁶⁰ a hundred is lost, two hundred are not.
    var x = [Float](repeating: 0, count: 400)
    (x[0], x[place], x[place + 1]) = (0x1p60, 100, 100)
    let ones = LayerWeights(
      shape: LayerShape(outputs: 1, inputs: 400, hasBias: false),
      weight: [Float](repeating: 1, count: 400), bias: nil)
    #expect(ActiveInputs(x.span, samples: 1).sums(ones) == [sum])
  }

  @Test func inputsThatAreNoNumbersReachEverySum() {
    var example = whole(LayerShape(outputs: 3, inputs: 70, hasBias: false), count: 2)
    example.weight[1] = 0
    (example.x[0], example.x[1]) = (.infinity, .nan)
    let sums = ActiveInputs(example.x.span, samples: 2).sums(weights(example))
    #expect(sums[..<3].map { $0.isNaN } == [true, true, true])
    #expect(Array(sums[3...]) == Array(plain(example) { $0 }[3...]))
  }
}
