// The rectified linear unit, y = max(x, 0).

internal import CKernels

/// It overwrites what it alone reads, or is done by the convolution or sum that it reads: ProgramGraph decides.
struct Rectifier: LayerKind {
  var name: String { "rectifier" }
  var placement: LayerPlacement { .asItsInput }

  func forward(_ call: LayerCall) {
    if call.isFused { return }
    unsafe engram_relu(call.x, call.count, call.y)
  }

  /// dx = dy where y > 0.
  func backward(_ call: LayerCall) {
    let (y, dy) = unsafe (call.y, call.dy)
    if call.isInPlace { return unsafe engram_relu_backward(y, dy, call.count, dy) }
    unsafe call.contribute { unsafe engram_relu_backward(y, dy, call.count, $0) }
  }
}
