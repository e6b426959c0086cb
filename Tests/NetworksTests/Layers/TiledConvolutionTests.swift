// Inference's convolution against its definition, and against itself in other orders.

import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct TiledConvolutionTests {
  struct Case: Sendable, CustomStringConvertible {
    let input: MapShape
    let layer: Convolution

    init(_ channels: Int, _ height: Int, _ width: Int, to outputs: Int, _ window: Window) {
      input = MapShape(channels: channels, height: height, width: width)
      layer = Convolution(outputs: outputs, window: window)
    }

    var description: String { "\(input) → \(layer.outputs), \(layer.window)" }

    var output: MapShape {
      let window = layer.window
      let padding = window.padding
      return MapShape(
        channels: layer.outputs,
        height: (input.height + padding.top + padding.bottom - window.height) / window.stride + 1,
        width: (input.width + padding.left + padding.right - window.width) / window.stride + 1)
    }

    var weightCount: Int {
      layer.outputs * layer.window.height * layer.window.width * input.channels
    }

    var plan: TiledConvolution { TiledConvolution(layer, input: input, output: output) }
  }

  static let uneven = Padding(top: 0, left: 1, bottom: 2, right: 1)
  static let cases: [Case] = [
    // First layers, strides, padding on some sides, one pixel.
    Case(3, 23, 25, to: 64, Window(height: 11, width: 11, stride: 4, padding: Padding(2))),
    Case(3, 19, 16, to: 33, Window(height: 7, width: 7, stride: 2, padding: Padding(3))),
    Case(3, 9, 9, to: 32, Window(height: 3, width: 3, stride: 2)),
    Case(2, 9, 8, to: 5, Window(height: 4, width: 3, stride: 2, padding: uneven)),
    Case(33, 7, 5, to: 2, Window(height: 2, width: 3, stride: 3)),
    Case(1, 1, 1, to: 1, Window(height: 3, width: 3, padding: Padding(1))),
    // One by one: a plain product, and one that skips.
    Case(70, 4, 3, to: 1, Window(height: 1, width: 1)),
    Case(300, 7, 7, to: 300, Window(height: 1, width: 1)),
    Case(24, 29, 31, to: 80, Window(height: 1, width: 1)),
    Case(40, 9, 8, to: 19, Window(height: 1, width: 1, stride: 2)),
    // Positions that share their places in the cache, and more terms than any level takes at a time.
    Case(1024, 7, 7, to: 70, Window(height: 1, width: 1)),
    Case(1024, 9, 6, to: 33, Window(height: 1, width: 1, stride: 2)),
    Case(2100, 3, 5, to: 40, Window(height: 1, width: 1)),
    // One-dimensional windows.
    Case(20, 17, 17, to: 48, Window(height: 1, width: 7, padding: sides(0, 3))),
    Case(160, 5, 4, to: 129, Window(height: 7, width: 1, padding: sides(3, 0))),
    // More terms than a block.
    Case(270, 5, 6, to: 3, Window(height: 3, width: 3, stride: 2, padding: Padding(1))),
    // Winograd's forms: whole and cut tiles, several ranges of tiles, shares of outputs, uneven
    // padding.
    Case(16, 8, 8, to: 16, Window(height: 3, width: 3, padding: Padding(1))),
    Case(32, 13, 11, to: 48, Window(height: 3, width: 3)),
    Case(16, 37, 30, to: 144, Window(height: 3, width: 3, padding: uneven)),
    Case(16, 6, 7, to: 80, Window(height: 3, width: 3, padding: Padding(2))),
    Case(256, 14, 14, to: 256, Window(height: 3, width: 3, padding: Padding(1))),
    Case(128, 28, 28, to: 288, Window(height: 3, width: 3, padding: Padding(1))),
    Case(48, 27, 27, to: 64, Window(height: 5, width: 5, padding: Padding(2))),
    // A window without a form.
    Case(20, 12, 12, to: 32, Window(height: 3, width: 3, padding: Padding(1))),
  ]

  static func sides(_ rows: Int, _ columns: Int) -> Padding {
    Padding(top: rows, left: columns, bottom: rows, right: columns)
  }

  @Test(arguments: cases)
  func equalsTheDefinition(_ test: Case) {
    let x = uniform(test.input.count, seed: 1)
    let weight = uniform(test.weightCount, seed: 2)
    let bias = uniform(test.layer.outputs, seed: 3)
    let tiles = Array(0..<test.plan.tileCount)
    let plain = test.plan.apply(
      x, weight: weight, bias: nil, rectified: false,
      y: [Float](repeating: 7, count: test.output.count),
      rowStride: test.layer.outputs, order: tiles)
    let expected = convolve(test, x, weight, [Float](repeating: 0, count: test.layer.outputs))
    #expect(relativeError(plain, expected) < 3e-6)

    // Into a part of wider rows, onto what lies there, rectified.
    let stride = test.layer.outputs + 5
    let before = uniform(test.output.positions * stride, seed: 4)
    let found = test.plan.apply(
      x, weight: weight, bias: bias, rectified: true, adding: true, y: before, rowStride: stride,
      order: tiles)
    let sums = convolve(test, x, weight, bias)
    var whole = before
    for position in 0..<test.output.positions {
      for output in 0..<test.layer.outputs {
        let at = position * stride + output
        whole[at] = max(0, before[at] + sums[position * test.layer.outputs + output])
      }
    }
    #expect(relativeError(found, whole) < 3e-6)
  }

  @Test(arguments: cases)
  func tilesAreIndependent(_ test: Case) {
    let x = uniform(test.input.count, seed: 1)
    let weight = uniform(test.weightCount, seed: 2)
    let bias = uniform(test.layer.outputs, seed: 3)
    func apply(_ order: [Int]) -> [Float] {
      test.plan.apply(
        x, weight: weight, bias: bias, rectified: true,
        y: [Float](repeating: .nan, count: test.output.count), rowStride: test.layer.outputs,
        order: order)
    }
    let tiles = Array(0..<test.plan.tileCount)
    #expect(difference(apply(tiles), apply(tiles.reversed())) == nil)
  }

  /// Of networks that are run one image at a time: a thread that has none of three tiles waits for the third.
  @Test(arguments: [
    Case(192, 17, 17, to: 192, Window(height: 1, width: 7, padding: sides(0, 3))),
    Case(160, 17, 17, to: 192, Window(height: 7, width: 1, padding: sides(3, 0))),
    Case(192, 17, 17, to: 320, Window(height: 3, width: 3, stride: 2)),
    Case(96, 35, 35, to: 96, Window(height: 3, width: 3, padding: Padding(1))),
    Case(80, 14, 14, to: 200, Window(height: 1, width: 1)),
    Case(672, 7, 7, to: 160, Window(height: 1, width: 1)),
  ])
  func tilesAreAsManyForEachOfTwoThreads(_ test: Case) {
    #expect(test.plan.tileCount.isMultiple(of: 2))
  }

  /// As in training's rectifier.
  @Test(arguments: [16, 3])
  func notANumberIsNotRectified(_ channels: Int) {
    let window = Window(height: 3, width: 3, padding: Padding(1))
    let test = Case(channels, 8, 8, to: 16, window)
    let found = test.plan.apply(
      [Float](repeating: .nan, count: test.input.count),
      weight: uniform(test.weightCount, seed: 2), bias: nil, rectified: true,
      y: [Float](repeating: 0, count: test.output.count), rowStride: 16,
      order: Array(0..<test.plan.tileCount))
    let numbers = found.count { !$0.isNaN }
    #expect(numbers == 0)
  }

  @Test func rowsOfAFullyConnectedLayerAreIndependent() {
    let (inputs, outputs) = (1043, 205)
    let x = uniform(35 * inputs, seed: 1)
    let weight = uniform(outputs * inputs, seed: 2)
    let bias = uniform(outputs, seed: 3)
    let layer = FullyConnected(outputs: outputs)
    let all = layer.apply(x, rows: 35, weight: weight, bias: bias)
    var expected: [Float] = []
    for row in 0..<35 {
      let one = Array(x[row * inputs..<(row + 1) * inputs])
      let alone = layer.apply(one, rows: 1, weight: weight, bias: bias)
      #expect(difference(alone, Array(all[row * outputs..<(row + 1) * outputs])) == nil)
      for output in 0..<outputs {
        let part = Array(weight[output * inputs..<(output + 1) * inputs])
        expected.append(Float(dot(one, part) + Double(bias[output])))
      }
    }
    #expect(relativeError(all, expected) < 1e-6)
  }

  /// Maps height × width × channels, weights outputs × height × width × inputs, sums in double
  /// precision.
  private func convolve(
    _ test: Case, _ x: [Float], _ weight: [Float], _ bias: [Float]
  ) -> [Float] {
    let (input, output, window) = (test.input, test.output, test.layer.window)
    let channels = input.channels
    var result: [Float] = []
    for position in 0..<output.positions {
      let row = position / output.width * window.stride - window.padding.top
      let column = position % output.width * window.stride - window.padding.left
      for o in 0..<output.channels {
        var sum = Double(bias[o])
        for ky in 0..<window.height where (0..<input.height).contains(row + ky) {
          for kx in 0..<window.width where (0..<input.width).contains(column + kx) {
            let from = ((row + ky) * input.width + column + kx) * channels
            let w = ((o * window.height + ky) * window.width + kx) * channels
            for c in 0..<channels { sum += Double(weight[w + c]) * Double(x[from + c]) }
          }
        }
        result.append(Float(sum))
      }
    }
    return result
  }
}
