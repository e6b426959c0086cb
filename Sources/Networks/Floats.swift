// Raw memory of the engine: aligned, owned by one object, lent as pointers within this module only.

typealias Floats = UnsafeMutablePointer<Float>

/// Zeroed floats on a 64-byte boundary, of a size fixed at creation.
@safe
final class FloatStorage: @unchecked Sendable {
  let count: Int
  let base: Floats

  init(count: Int) {
    self.count = count
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: max(1, count) * MemoryLayout<Float>.stride, alignment: 64)
    unsafe base = memory.bindMemory(to: Float.self, capacity: max(1, count))
    unsafe base.initialize(repeating: 0, count: max(1, count))
  }

  deinit { unsafe UnsafeMutableRawPointer(base).deallocate() }
}

extension Int {
  /// Rounded up to a whole number of cache lines of floats.
  var alignedFloats: Int { (self + 15) & ~15 }
}

extension FloatStorage {
  var array: [Float] {
    unsafe Array(UnsafeBufferPointer(start: base, count: count))
  }
}
