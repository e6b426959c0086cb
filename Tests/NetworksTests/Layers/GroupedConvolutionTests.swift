// Convolution in groups against its definition: values, gradients of the input, and the same bits however work is cut.

import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

struct GroupedConvolutionTests {
  struct Case: Sendable, CustomStringConvertible {
    let input: MapShape
    let layer: GroupedConvolution

    init(
      _ channels: Int, _ height: Int, _ width: Int, to outputs: Int, groups: Int, _ window: Window,
      bias: Bool = true
    ) {
      input = MapShape(channels: channels, height: height, width: width)
      layer = GroupedConvolution(outputs: outputs, window: window, groups: groups, hasBias: bias)
    }

    /// Every channel by itself.
    init(_ channels: Int, _ height: Int, _ width: Int, _ window: Window) {
      self.init(channels, height, width, to: channels, groups: channels, window)
    }

    var description: String {
      "\(input) → \(layer.outputs), \(layer.groups) groups, \(layer.window)"
    }
  }

  private static func square(
    _ size: Int, stride: Int = 1, dilation: Int = 1, padding: Int? = nil
  ) -> Window {
    Window(
      height: size, width: size, stride: stride, rowDilation: dilation, columnDilation: dilation,
      padding: Padding(padding ?? size / 2 * dilation))
  }

  static let uneven = Padding(top: 0, left: 1, bottom: 2, right: 0)
  static let cases: [Case] = [
    // Depthwise: whole vectors, cut ones, few channels; every form of the kernel; rows of all lengths.
    Case(16, 9, 9, square(3)), Case(40, 14, 15, square(3)), Case(24, 15, 31, square(3, stride: 2)),
    Case(58, 7, 13, square(5)), Case(17, 12, 12, square(5, stride: 2)),
    Case(33, 20, 21, square(7)), Case(96, 7, 7, square(7)), Case(19, 16, 9, square(7, stride: 2)),
    Case(3, 8, 9, square(3)), Case(9, 11, 10, square(5, stride: 3)), Case(1, 1, 1, square(3)),
    Case(20, 13, 14, square(3, dilation: 2)), Case(18, 5, 5, square(3, dilation: 4)),
    Case(32, 9, 8, Window(height: 4, width: 3, stride: 2, padding: uneven)),
    Case(16, 9, 17, Window(height: 1, width: 7, stride: 1, columnStride: 3)),
    Case(23, 12, 9, Window(height: 9, width: 1, stride: 2, columnStride: 1)),
    Case(256, 56, 9, square(3)),
    // A multiplier, and more groups than a vector has places.
    Case(10, 7, 9, to: 30, groups: 10, square(3)), Case(16, 8, 8, to: 16, groups: 4, square(3)),
    Case(20, 9, 8, to: 20, groups: 5, square(3)),
    Case(32, 17, 31, to: 32, groups: 8, square(3, stride: 2), bias: false),
    Case(24, 14, 14, to: 24, groups: 3, square(3, stride: 2)),
    Case(24, 15, 10, to: 48, groups: 2, square(3)), Case(54, 7, 9, to: 54, groups: 3, square(3)),
    Case(15, 5, 31, to: 39, groups: 3, square(5, stride: 2, padding: 1), bias: false),
    Case(64, 29, 30, to: 64, groups: 8, square(1)),
    Case(32, 9, 9, to: 64, groups: 2, square(1, stride: 2)),
    // One group, dilated, or with strides that differ.
    Case(12, 11, 13, to: 20, groups: 1, square(3, dilation: 3)),
    Case(130, 9, 6, to: 140, groups: 1, square(3, dilation: 2)),
    Case(3, 17, 12, to: 18, groups: 1, Window(height: 3, width: 5, stride: 2, columnStride: 3)),
    Case(
      8, 9, 9, to: 9, groups: 1,
      Window(height: 2, width: 3, rowDilation: 4, columnDilation: 1, padding: uneven)),
  ]

  @Test(arguments: cases)
  func valuesAndGradientsAreTheDefinition(_ test: Case) throws {
    let network = single(.groupedConvolution(test.layer), over: test.input)
    let inputs = uniform(2 * test.input.count, seed: 1)
    let output = network.forward(inputs, count: 2, threads: 2).logits
    let cotangent = uniform(output.count, seed: 2)
    let weight = try #require(network.tensor("layer.weight"))
    let bias = network.tensor("layer.bias")?.values
    let expected = defined(test, inputs, cotangent, weight, bias)
    #expect(relativeError(output, expected.output) < 1e-6)
    for training in [false, true] {
      let found = network.pullback(
        inputs, count: 2, cotangent: cotangent, parameters: training, training: training)
      #expect(relativeError(found.output, expected.output) < 1e-6)
      #expect(relativeError(found.inputs, expected.gradient) < 1e-6)
    }
  }

  @Test(arguments: cases)
  func bitsDoNotDependOnThreadsAndBatches(_ test: Case) {
    let network = single(.groupedConvolution(test.layer), over: test.input)
    let inputs = uniform(5 * test.input.count, seed: 1)
    let all = network.forward(inputs, count: 5, threads: 1).logits
    for threads in [2, 3] {
      #expect(difference(network.forward(inputs, count: 5, threads: threads).logits, all) == nil)
      let first = Array(inputs[0..<test.input.count])
      let alone = network.forward(first, count: 1, threads: threads).logits
      #expect(difference(alone, Array(all[0..<alone.count])) == nil)
    }
  }

  /// A rectifier that is part of the convolution is what it is by itself, of NaN too.
  @Test(arguments: [cases[0], cases[8], cases[19]])
  func rectifiersAreFused(_ test: Case) throws {
    let chain: [(name: String, layer: Layer)] = [
      ("layer", .groupedConvolution(test.layer)), ("relu", .rectifier),
    ]
    let both = Network(Architecture(name: "both", input: test.input, chain: chain), seed: 5)
    let one = single(.groupedConvolution(test.layer), over: test.input)
    var inputs = uniform(test.input.count, seed: 1)
    inputs[0] = .nan
    let plain = one.forward(inputs, count: 1).logits
    let found = both.forward(inputs, count: 1).logits
    #expect(plain.contains { $0.isNaN })
    for (a, b) in zip(found, plain) { #expect(a == max(b, 0) || (a.isNaN && b.isNaN)) }
  }

  /// Maps and weights as files have them, sums in double precision.
  private func defined(
    _ test: Case, _ inputs: [Float], _ cotangent: [Float], _ weight: Tensor, _ bias: [Float]?
  ) -> (output: [Float], gradient: [Float]) {
    let (input, window) = (test.input, test.layer.window)
    let own = input.channels / test.layer.groups
    let shared = test.layer.outputs / test.layer.groups
    func places(_ size: Int, _ before: Int, _ after: Int, _ taps: Int, _ step: Int, _ by: Int)
      -> Int
    {
      (size + before + after - (taps - 1) * by - 1) / step + 1
    }
    let rows = places(
      input.height, window.padding.top, window.padding.bottom, window.height, window.stride,
      window.rowDilation)
    let columns = places(
      input.width, window.padding.left, window.padding.right, window.width, window.columnStride,
      window.columnDilation)
    var output: [Float] = []
    var gradient = [Double](repeating: 0, count: inputs.count)
    for sample in 0..<2 {
      for o in 0..<test.layer.outputs {
        for row in 0..<rows {
          for column in 0..<columns {
            var sum = Double(bias?[o] ?? 0)
            let dy = Double(cotangent[output.count])
            for tap in 0..<window.height * window.width {
              let y =
                row * window.stride + tap / window.width * window.rowDilation - window.padding.top
              let x =
                column * window.columnStride + tap % window.width * window.columnDilation
                - window.padding.left
              guard (0..<input.height).contains(y), (0..<input.width).contains(x) else { continue }
              for c in 0..<own {
                let w = Double(weight.values[(o * own + c) * window.height * window.width + tap])
                let channel = sample * input.channels + o / shared * own + c
                let at = (channel * input.height + y) * input.width + x
                sum += w * Double(inputs[at])
                gradient[at] += w * dy
              }
            }
            output.append(Float(sum))
          }
        }
      }
    }
    return (output, gradient.map { Float($0) })
  }
}
