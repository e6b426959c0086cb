// Threads that stay awake: every item is done once, by one worker at a time, before the call returns.

import Networks
import Synchronization
import Testing

struct CrewTests {
  /// Counts of what was done, that several threads may add to.
  private final class Tally: Sendable {
    let items: Mutex<[Int]>
    let busy: Mutex<Set<Int>> = Mutex([])
    let clashes = Atomic<Int>(0)

    init(_ count: Int) { items = Mutex([Int](repeating: 0, count: count)) }

    func work(_ worker: Int, _ item: Int) {
      if !busy.withLock({ $0.insert(worker).inserted }) {
        clashes.wrappingAdd(1, ordering: .relaxed)
      }
      items.withLock { $0[item] += 1 }
      _ = busy.withLock { $0.remove(worker) }
    }
  }

  @Test(arguments: [1, 2, 3, 8])
  func everyItemIsDoneOnceBeforeTheCallReturns(_ threads: Int) {
    let tally = Tally(100)
    var wrong = 0
    let seen = Mutex<Set<Int>>([])
    Crew.lead(threads: threads) { crew in
      for call in 1...500 {
        // No items, one, fewer than there are threads, and more.
        let count = [0, 1, 2, 7, 100][call % 5]
        let before = tally.items.withLock { $0 }
        crew.run(count) { worker, item in
          tally.work(worker, item)
          _ = seen.withLock { $0.insert(worker) }
        }
        let after = tally.items.withLock { $0 }
        for item in 0..<100 where after[item] - before[item] != (item < count ? 1 : 0) {
          wrong += 1
        }
      }
    }
    let workers = seen.withLock { $0 }
    #expect(wrong == 0)
    #expect(tally.clashes.load(ordering: .relaxed) == 0)
    #expect(workers.allSatisfy { (0..<threads).contains($0) } && workers.contains(0))
  }

  /// A call reads what the one before wrote, whoever did it.
  @Test func callsFollowEachOther() {
    let size = 64
    let values = UnsafeMutableBufferPointer<Int>.allocate(capacity: 2 * size)
    defer { values.deallocate() }
    for i in 0..<size { values[i] = i }
    nonisolated(unsafe) let shared = values
    Crew.lead(threads: 3) { crew in
      for step in 0..<1000 {
        let (from, to) = (step % 2 * size, (step + 1) % 2 * size)
        crew.run(size) { _, item in shared[to + item] = shared[from + (item + 1) % size] + 1 }
      }
    }
    #expect((0..<size).allSatisfy { values[$0] == ($0 + 1000) % size + 1000 })
  }
}
