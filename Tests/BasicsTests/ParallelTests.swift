// The parallel loop: every item once, results in order, nothing for nothing.

import Basics
import Synchronization
import Testing

struct ParallelTests {
  @Test(arguments: [0, 1, 2, 63, 1000], [1, 2, 7])
  func everyItemIsTakenOnce(count: Int, threads: Int) {
    let taken = Mutex([Int](repeating: 0, count: count))
    Parallel.run(count, threads: threads) { worker, item in
      #expect((0..<threads).contains(worker))
      taken.withLock { $0[item] += 1 }
    }
    #expect(taken.withLock { $0 } == [Int](repeating: 1, count: count))
  }

  @Test func noItemsNeedNoThread() {
    Parallel.run(0, threads: 0) { _, _ in Issue.record("There is nothing to do.") }
  }

  @Test(arguments: [1, 3, 100])
  func resultsAreInOrder(size: Int) {
    let ranges = Parallel.map(50, atATime: size) { $0 }
    #expect(ranges.flatMap { Array($0) } == Array(0..<50))
    #expect(ranges.allSatisfy { $0.count <= size })
  }

  @Test func whatIsWantedLaterIsThereWhenItIsAskedFor() {
    let all = (0..<20).map { number in Later { (0...number).reduce(0, +) } }
    #expect(all.map(\.value) == (0..<20).map { $0 * ($0 + 1) / 2 })
    #expect(all[3].value == 6)
  }
}
