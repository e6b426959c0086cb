// OpenBLAS runs on the thread that calls it: the parallelism is ours.

internal import Basics
internal import CBLAS
internal import Synchronization

enum BLASThreads {
  private static let one: Void = engram_blas_on_callers_thread()
  /// Threads that were found to have room for their buffers.
  private static let ready = Mutex<Int>(0)
  /// What OpenBLAS takes of address space for each thread that computes a product, and keeps.
  private static let bufferBytes = 128 << 20

  /// To be called before the first product of so many threads. OpenBLAS tries again for ever where a buffer cannot be
  /// had, so that is found out before, and ends the program with a line.
  static func prepare(_ threads: Int) {
    one
    ready.withLock { ready in
      guard threads > ready else { return }
      let bytes = bufferBytes * (threads - ready)
      guard Memory.has(bytes) else { Memory.end(needing: bytes, for: "matrix products") }
      ready = threads
    }
  }
}
