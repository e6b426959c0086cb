// Average pooling to a fixed number of rows and columns, whatever the map's size.

internal import CKernels

/// Row r of the output is the mean of the input's rows ⌊r · H / h⌋ ..< ⌈(r + 1) · H / h⌉, columns
/// likewise (PyTorch's bins). Of a map that has the wanted size already it is the identity.
package struct AdaptiveAveragePool: Hashable, Sendable {
  package let height: Int
  package let width: Int

  package init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// To one value a channel.
  package static let global = AdaptiveAveragePool(height: 1, width: 1)
}

extension AdaptiveAveragePool: LayerKind {
  var name: String { "average pool to \(height) × \(width)" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    MapShape(channels: inputs[0].channels, height: height, width: width)
  }

  /// Some of the channels each, whole cache lines of them.
  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min((input.channels + 15) / 16, elementParts(input.count / 2))
  }

  func forward(_ call: LayerCall) {
    let input = call.input
    let lines = evenPart(call.part, of: call.parts, total: (input.channels + 15) / 16)
    let first = lines.lowerBound * 16
    let count = min(lines.upperBound * 16, input.channels) - first
    unsafe engram_adaptive_pool(
      call.x + first, input.height, input.width, input.channels, count, height, width,
      call.y + first)
  }

  func backward(_ call: LayerCall) {
    let input = call.input
    unsafe call.contribute {
      unsafe engram_adaptive_pool_backward(
        call.dy, input.height, input.width, input.channels, height, width, $0)
    }
  }
}
