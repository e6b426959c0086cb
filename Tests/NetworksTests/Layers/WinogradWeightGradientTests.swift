// The gradient of a convolution's weights through Winograd's transforms against its definition, and against itself by other
// numbers of threads.

import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct WinogradWeightGradientTests {
  struct Case: Sendable, CustomStringConvertible {
    let input: MapShape
    let layer: Convolution
    let samples: Int
    let isKept: Bool

    init(
      _ channels: Int, _ height: Int, _ width: Int, to outputs: Int, _ window: Window,
      samples: Int = 3, isKept: Bool = false
    ) {
      input = MapShape(channels: channels, height: height, width: width)
      layer = Convolution(outputs: outputs, window: window, hasBias: false)
      (self.samples, self.isKept) = (samples, isKept)
    }

    var description: String {
      "\(samples) × \(input) → \(layer.outputs), \(layer.window)\(isKept ? ", kept" : "")"
    }

    var output: MapShape {
      let padding = layer.window.padding
      return MapShape(
        channels: layer.outputs,
        height: input.height + padding.top + padding.bottom - layer.window.height + 1,
        width: input.width + padding.left + padding.right - layer.window.width + 1)
    }

    var gradient: WinogradWeightGradient? {
      WinogradWeightGradient(layer, input: input, output: output, isKept: isKept)
    }
    var weightCount: Int {
      layer.outputs * layer.window.height * layer.window.width * input.channels
    }
  }

  static let three = Window(height: 3, width: 3, padding: Padding(1))
  static let cases: [Case] = [
    // Whole and cut tiles, several chunks, panels that are half full, uneven padding.
    Case(16, 16, 16, to: 16, three),
    Case(48, 13, 11, to: 80, Window(height: 3, width: 3)),
    Case(
      16, 37, 30, to: 48,
      Window(height: 3, width: 3, padding: Padding(top: 0, left: 1, bottom: 2, right: 1))),
    Case(64, 27, 27, to: 32, Window(height: 5, width: 5, padding: Padding(2))),
    // Over a block: of few tiles a sample, and of many.
    Case(160, 7, 7, to: 112, three, samples: 32, isKept: true),
    Case(64, 30, 31, to: 64, three, samples: 5, isKept: true),
    Case(128, 14, 14, to: 64, three, samples: 1, isKept: true),
  ]

  @Test(arguments: cases)
  func equalsTheDefinition(_ test: Case) throws {
    let gradient = try #require(test.gradient)
    #expect(gradient.isOverBlock == test.isKept)
    let found = run(gradient, test, threads: 1, onto: nil)
    #expect(relativeError(found, definition(test)) < 1e-6)
    for threads in [2, 3] {
      #expect(difference(run(gradient, test, threads: threads, onto: nil), found) == nil)
    }

    // Onto what lies there.
    let before = uniform(test.weightCount, seed: 3)
    let sums = zip(before, found).map { $0 + $1 }
    #expect(relativeError(run(gradient, test, threads: 2, onto: before), sums) < 1e-6)
  }

  @Test(arguments: [
    Case(64, 56, 56, to: 64, Window(height: 3, width: 3, stride: 2)),
    Case(3, 32, 32, to: 64, three),
    Case(64, 32, 32, to: 64, Window(height: 1, width: 1)),
    // As cheap without.
    Case(512, 7, 7, to: 512, three),
  ])
  func othersHaveNone(_ test: Case) {
    #expect(test.gradient == nil)
  }

  private func run(
    _ gradient: WinogradWeightGradient, _ test: Case, threads: Int, onto before: [Float]?
  ) -> [Float] {
    let x = storage(uniform(test.samples * test.input.count, seed: 1))
    let dy = storage(uniform(test.samples * test.output.count, seed: 2))
    let result = storage(before ?? [Float](repeating: .nan, count: test.weightCount))
    let scratch = (0..<threads).map { _ in FloatStorage(count: gradient.scratchCount) }
    Crew.lead(threads: threads) { crew in
      gradient.run(
        samples: test.samples, by: crew, x: { x.base + $0 * test.input.count },
        dy: { dy.base + $0 * test.output.count }, scratch: { scratch[$0].base },
        adds: before != nil, gradient: result.base)
    }
    return result.array
  }

  private func storage(_ values: [Float]) -> FloatStorage {
    let storage = FloatStorage(count: values.count)
    for (index, value) in values.enumerated() { storage.base[index] = value }
    return storage
  }

  /// In double precision; weights outputs × height × width × inputs.
  private func definition(_ test: Case) -> [Float] {
    let (input, output, window) = (test.input, test.output, test.layer.window)
    let x = uniform(test.samples * input.count, seed: 1).map(Double.init)
    let dy = uniform(test.samples * output.count, seed: 2).map(Double.init)
    var sums = [Double](repeating: 0, count: test.weightCount)
    for position in 0..<test.samples * output.positions {
      let (sample, place) = position.quotientAndRemainder(dividingBy: output.positions)
      let row = place / output.width - window.padding.top
      let column = place % output.width - window.padding.left
      for ky in 0..<window.height where (0..<input.height).contains(row + ky) {
        for kx in 0..<window.width where (0..<input.width).contains(column + kx) {
          let from =
            sample * input.count + ((row + ky) * input.width + column + kx) * input.channels
          for o in 0..<output.channels {
            let factor = dy[position * output.channels + o]
            let to = ((o * window.height + ky) * window.width + kx) * input.channels
            for c in 0..<input.channels { sums[to + c] += factor * x[from + c] }
          }
        }
      }
    }
    return sums.map { Float($0) }
  }
}
