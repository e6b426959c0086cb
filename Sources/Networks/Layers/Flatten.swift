// A map becomes a vector, channels outermost, as PyTorch flattens.

internal import CKernels

struct Flatten: LayerKind {
  var name: String { "flatten" }

  func outputShape(for inputs: [MapShape]) -> MapShape { MapShape(vector: inputs[0].count) }

  func forward(_ call: LayerCall) {
    unsafe engram_transpose(call.x, call.input.positions, call.input.channels, call.y)
  }

  func backward(_ call: LayerCall) {
    unsafe call.contribute {
      unsafe engram_transpose(call.dy, call.input.channels, call.input.positions, $0)
    }
  }
}
