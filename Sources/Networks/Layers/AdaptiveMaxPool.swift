// Max pooling to a fixed number of rows and columns, whatever the map's size.

internal import CKernels

/// The maximum over the bins that AdaptiveAveragePool takes means of; of equal maxima the first takes the gradient.
package struct AdaptiveMaxPool: Hashable, Sendable {
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }
}

extension AdaptiveMaxPool: LayerKind {
  var name: String { "max pool to \(height) × \(width)" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    MapShape(channels: inputs[0].channels, height: height, width: width)
  }

  func forward(_ call: LayerCall) {
    let input = call.input
    unsafe engram_adaptive_max_pool(
      call.x, input.height, input.width, input.channels, height, width, call.y)
  }

  func backward(_ call: LayerCall) {
    let input = call.input
    unsafe call.contribute {
      unsafe engram_adaptive_max_pool_backward(
        call.x, call.y, call.dy, input.height, input.width, input.channels, height, width, $0)
    }
  }
}
