// Blocks of work over threads. Which thread takes which block is left to chance, the results are
// not.

internal import CBLAS
internal import Dispatch
internal import Glibc
internal import Synchronization

package enum Workers {
  /// One thread per processor.
  package static let defaultThreads = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// OpenBLAS runs on the caller's thread alone: the parallelism is ours.
  private static let singleThreadedBLAS: Void = openblas_set_num_threads(1)

  /// How many teams work on blocks at a time, and of how many threads: one team of all where there
  /// are fewer blocks than threads.
  static func division(of blocks: Int, threads: Int) -> (teams: Int, threads: Int) {
    blocks < threads ? (1, threads) : (threads, 1)
  }

  /// Calls `body(worker, item)` for every item below `count`, a worker's calls one after the other.
  static func run(_ count: Int, threads: Int, _ body: (_ worker: Int, _ item: Int) -> Void) {
    precondition(threads > 0, "At least one thread does the work.")
    singleThreadedBLAS
    let workers = min(threads, count)
    guard workers > 1 else {
      for item in 0..<count { body(0, item) }
      return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      // Workers share nothing but what `body` keeps apart by worker and by item.
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: workers) { worker in
        while true {
          let item = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard item < count else { return }
          unsafe body(worker, item)
        }
      }
    }
  }
}
