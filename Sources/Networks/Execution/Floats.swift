// Raw memory of the engine: aligned, owned by one object, lent as pointers to whoever computes on it.

internal import Basics
internal import Glibc

package typealias Floats = UnsafeMutablePointer<Float>

/// Zeroed floats on a 64-byte boundary, of a size fixed at creation. Large ones take memory where
/// they are first written to.
@safe
package final class FloatStorage: @unchecked Sendable {
  package let count: Int
  package let base: Floats
  private let bytes: Int
  private let isMapped: Bool

  private static let mappedBytes = 1 << 20
  private static let largePageBytes = 4 << 20

  package init(count: Int) {
    self.count = count
    bytes = max(1, count) * MemoryLayout<Float>.stride
    isMapped = bytes >= Self.mappedBytes
    let memory: UnsafeMutableRawPointer
    if isMapped {
      let mapped = unsafe mmap(
        nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
        Memory.end(needing: bytes, for: "the network")
      }
      // Where pages are large, fewer of their addresses are looked up; the kernel takes it for advice.
      if bytes >= Self.largePageBytes { _ = unsafe madvise(mapped, bytes, MADV_HUGEPAGE) }
      unsafe memory = mapped
      unsafe base = memory.bindMemory(to: Float.self, capacity: count)
    } else {
      unsafe memory = .allocate(byteCount: bytes, alignment: 64)
      unsafe base = memory.bindMemory(to: Float.self, capacity: max(1, count))
      unsafe base.initialize(repeating: 0, count: max(1, count))
    }
  }

  deinit {
    if isMapped {
      _ = unsafe munmap(base, bytes)
    } else {
      unsafe UnsafeMutableRawPointer(base).deallocate()
    }
  }
}

extension Int {
  /// Rounded up to a whole number of cache lines of floats.
  var alignedFloats: Int { (self + 15) & ~15 }
}

extension FloatStorage {
  package var array: [Float] {
    unsafe Array(UnsafeBufferPointer(start: base, count: count))
  }
}
