// Average pooling with a fixed window. Pooling to a fixed size stands in AdaptiveAveragePool.

internal import CKernels

/// The sum over each window divided by the window's size: padding counts as zeros (PyTorch's
/// default).
package struct AveragePool: Hashable, Sendable {
  package let window: Window

  package init(window: Window) {
    precondition(!window.roundsUp, "Windows beyond the padding would be divided by another size.")
    self.window = window
  }
}

extension AveragePool: LayerKind {
  var name: String { "average pool \(window)" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    window.outputShape(for: inputs[0], channels: inputs[0].channels)
  }

  func forward(_ call: LayerCall) {
    var window = window.kernelWindow(over: call.input, to: call.output)
    unsafe engram_average_pool(call.x, &window, call.y)
  }

  func backward(_ call: LayerCall) {
    var window = window.kernelWindow(over: call.input, to: call.output)
    unsafe call.contribute { unsafe engram_average_pool_backward(call.dy, &window, $0) }
  }
}
