import Basics
import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct MaxPoolTests {
  static let same = Window(
    height: 3, width: 3, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1))
  static let cases: [(input: MapShape, window: Window)] = [
    (MapShape(channels: 3, height: 6, width: 8), same),
    (MapShape(channels: 33, height: 4, width: 4), same),
    (MapShape(channels: 64, height: 5, width: 7), Window(height: 2, width: 2, stride: 2)),
    (MapShape(channels: 2, height: 5, width: 5), Window(height: 3, width: 2, padding: Padding(1))),
    (MapShape(channels: 1, height: 1, width: 1), Window(height: 1, width: 1)),
  ]

  /// Distinct values, at least 0.1 apart and all negative: padding that counted as zero would win.
  private func values(_ count: Int) -> [Float] {
    var generator = SplitMix64(seed: 3)
    return generator.permutation(count).map { -1 - 0.1 * Float($0) }
  }

  @Test(arguments: cases.indices)
  func takesTheMaximumInsideTheMap(_ index: Int) {
    let (input, window) = Self.cases[index]
    let x = values(input.count)
    let padding = window.padding
    let rows = (input.height + padding.top + padding.bottom - window.height) / window.stride + 1
    let columns = (input.width + padding.left + padding.right - window.width) / window.stride + 1
    var expected: [Float] = []
    for c in 0..<input.channels {
      for row in 0..<rows {
        for column in 0..<columns {
          let top = row * window.stride - padding.top
          let left = column * window.stride - padding.left
          let ys = max(0, top)..<min(input.height, top + window.height)
          let xs = max(0, left)..<min(input.width, left + window.width)
          var best = -Float.infinity
          for y in ys {
            for x0 in xs { best = max(best, x[(c * input.height + y) * input.width + x0]) }
          }
          expected.append(best)
        }
      }
    }
    let network = single(.maxPool(MaxPool(window: window)), over: input)
    #expect(difference(network.forward(x, count: 1).logits, expected) == nil)
  }

  @Test(arguments: cases.indices)
  func gradientsAreDifferences(_ index: Int) throws {
    let (input, window) = Self.cases[index]
    let network = single(.maxPool(MaxPool(window: window)), over: input)
    let x = values(2 * input.count)
    #expect(try gradientError(of: network, inputs: x, count: 2, step: 0.03125) < 1e-3)
  }

  @Test func ofEqualMaximaTheFirstTakesTheGradient() {
    let input = MapShape(channels: 1, height: 2, width: 2)
    let network = single(.maxPool(MaxPool(window: Window(height: 2, width: 2))), over: input)
    let result = network.pullback([1, 7, 7, 7], count: 1, cotangent: [3])
    #expect(result.inputs == [0, 3, 0, 0])
  }

  @Test func notANumberWins() {
    let input = MapShape(channels: 1, height: 2, width: 2)
    let network = single(.maxPool(MaxPool(window: Window(height: 2, width: 2))), over: input)
    #expect(network.forward([1, .nan, 2, 3], count: 1).logits[0].isNaN)
  }
}
