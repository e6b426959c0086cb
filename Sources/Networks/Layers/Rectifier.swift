// The rectified linear unit, y = max(x, 0).

internal import CKernels

enum Rectifier {
  /// x → y; they may be the same memory.
  static func forward(_ x: Floats, count: Int, y: Floats) {
    unsafe engram_relu(x, count, y)
  }

  /// dx = dy where y > 0; dx and dy may be the same memory.
  static func backward(y: Floats, dy: Floats, count: Int, dx: Floats) {
    unsafe engram_relu_backward(y, dy, count, dx)
  }
}
