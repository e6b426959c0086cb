// Independent pieces of work on all cores, their results in order.

internal import Dispatch
internal import Glibc
internal import Synchronization

enum Workers {
  static let count = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  /// `body` for 0..<count, cut into ranges of at most `size`.
  static func map<T: Sendable>(
    _ count: Int, atATime size: Int = 1, _ body: @Sendable (Range<Int>) -> T
  ) -> [T] {
    let tasks = (count + size - 1) / size
    let results = Mutex([T?](repeating: nil, count: tasks))
    DispatchQueue.concurrentPerform(iterations: tasks) { task in
      let result = body(task * size..<min((task + 1) * size, count))
      results.withLock { $0[task] = result }
    }
    return results.withLock { $0.compactMap(\.self) }
  }
}
