// The rectified linear unit, y = max(x, 0).

internal import CKernels

/// It overwrites what it alone reads, or is done by the convolution or sum that it reads: ProgramGraph decides.
struct Rectifier: LayerKind {
  var name: String { "rectifier" }
  var placement: LayerPlacement { .asItsInput }

  func sampleParts(input: MapShape, output: MapShape) -> Int { elementParts(output.count) }

  func forward(_ call: LayerCall) {
    if call.isFused { return }
    let range = evenPart(call.part, of: call.parts, total: call.count)
    unsafe engram_relu(call.x + range.lowerBound, range.count, call.y + range.lowerBound)
  }

  /// dx = dy where y > 0.
  func backward(_ call: LayerCall) {
    let (y, dy) = unsafe (call.y, call.dy)
    if call.isInPlace { return unsafe engram_relu_backward(y, dy, call.count, dy) }
    unsafe call.contribute { unsafe engram_relu_backward(y, dy, call.count, $0) }
  }
}
