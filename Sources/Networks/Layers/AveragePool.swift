// Average pooling with a fixed window. Pooling to a fixed size stands in AdaptiveAveragePool.

internal import CKernels

/// The sum over each window, divided by the number of its elements: padding counts as zeros, unless it does not count at
/// all; what reaches beyond the padding never counts.
package struct AveragePool: Hashable, Sendable {
  package let window: Window
  /// PyTorch's `count_include_pad`.
  package let countsPadding: Bool
  /// What every sum is divided by instead.
  package let divisor: Int?

  package init(window: Window, countsPadding: Bool = true, divisor: Int? = nil) {
    precondition(
      window.rowDilation == 1 && window.columnDilation == 1, "Average pooling has no dilation.")
    precondition(divisor != 0, "A divisor is not 0.")
    self.window = window
    self.countsPadding = countsPadding
    self.divisor = divisor
  }

  private var kernelDivisor: engram_divisor {
    engram_divisor(
      fixed: divisor ?? 0, counts_padding: countsPadding ? 1 : 0, bottom: window.padding.bottom,
      right: window.padding.right)
  }
}

extension AveragePool: LayerKind {
  var name: String { "average pool \(window)" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    window.outputShape(for: inputs[0], channels: inputs[0].channels)
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(output.height, elementParts(output.count * window.height * window.width / 4))
  }

  func forward(_ call: LayerCall) {
    let rows = evenPart(call.part, of: call.parts, total: call.output.height)
    var window = window.kernelWindow(over: call.input, to: call.output, rows: rows)
    let y = unsafe call.y + rows.lowerBound * call.output.width * call.output.channels
    unsafe engram_average_pool(call.x, &window, kernelDivisor, y)
  }

  func backward(_ call: LayerCall) {
    var window = window.kernelWindow(over: call.input, to: call.output)
    unsafe call.contribute {
      unsafe engram_average_pool_backward(call.dy, &window, kernelDivisor, $0)
    }
  }
}
