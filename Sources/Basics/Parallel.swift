// Independent pieces of work on several threads: the one loop that all of Engram's parallel work goes through. Which
// thread takes which piece is left to chance, the results are not.

internal import Dispatch
internal import Glibc
internal import Synchronization

package enum Parallel {
  /// One thread per processor.
  package static let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// Calls `body(worker, item)` for every item below `count` on at most `threads` threads, a worker's calls one after
  /// the other: what is indexed by worker needs no lock.
  package static func run(
    _ count: Int, threads: Int = processors, _ body: (_ worker: Int, _ item: Int) -> Void
  ) {
    precondition(threads > 0 || count == 0, "At least one thread does the work.")
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

  /// The results of `body` for 0..<count, cut into ranges of at most `size`, in order.
  package static func map<T: Sendable>(
    _ count: Int, atATime size: Int = 1, threads: Int = processors,
    _ body: @Sendable (Range<Int>) -> T
  ) -> [T] {
    let tasks = (count + size - 1) / size
    let results = Mutex([T?](repeating: nil, count: tasks))
    run(tasks, threads: threads) { _, task in
      let result = body(task * size..<min((task + 1) * size, count))
      results.withLock { $0[task] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }
}
