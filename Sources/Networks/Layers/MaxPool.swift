// Max pooling. Average pooling is no part of it.

internal import CKernels

/// The maximum over each window; padding never wins, and of equal maxima the first takes the
/// gradient.
package struct MaxPool: Hashable, Sendable {
  package let window: Window

  package init(window: Window) { self.window = window }
}

extension MaxPool: LayerKind {
  var name: String { "max pool \(window)" }

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
    unsafe engram_max_pool(call.x, &window, y)
  }

  func backward(_ call: LayerCall) {
    var window = window.kernelWindow(over: call.input, to: call.output)
    unsafe call.contribute { unsafe engram_max_pool_backward(call.x, call.y, call.dy, &window, $0) }
  }
}
