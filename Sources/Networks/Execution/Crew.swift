// Threads that stay awake from one piece of a forward pass to the next: waking one takes as long as a small layer. Work that
// is not cut as finely goes through Parallel.

internal import CKernels
internal import Dispatch
internal import Glibc
internal import Synchronization

/// One leader, who says what is to be done, and helpers who wait for it until the leader's work is over. A helper who
/// comes late or not at all is not waited for: the leader does what nobody has taken.
package final class Crew: Sendable {
  /// Work on an item, by one of the crew: 0 is the leader.
  package typealias Work = (_ worker: Int, _ item: Int) -> Void

  let size: Int
  /// Calls that were begun, items of the latest, and items of it that were taken. In one word: who takes an item knows
  /// of which call it is, and that call does not end before the item is done.
  private let ticket = Atomic<UInt64>(0)
  /// Set before the ticket is, and until all items are done.
  nonisolated(unsafe) private var work: Work?
  // What waits for a ticket shares no cache line with what counts.
  private let apart: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (
    0, 0, 0, 0, 0, 0, 0
  )
  private let done = Atomic<Int>(0)
  private let isOver = Atomic<Bool>(false)

  private static let bits: UInt64 = 20
  private static let mask: UInt64 = (1 << bits) - 1
  /// Turns after which a thread that waits lets others have its core.
  private static let patience = 4096

  private init(size: Int) { self.size = size }

  /// Calls `body` once, on one of at most `threads` threads, and with the others for its crew.
  package static func lead(threads: Int, _ body: (Crew) -> Void) {
    let crew = Crew(size: threads)
    guard threads > 1 else { return body(crew) }
    let arrivals = Atomic<Int>(0)
    withoutActuallyEscaping(body) { body in
      nonisolated(unsafe) let body = body
      DispatchQueue.concurrentPerform(iterations: threads) { _ in
        let worker = arrivals.wrappingAdd(1, ordering: .relaxed).oldValue
        guard worker == 0 else { return crew.help(worker) }
        unsafe body(crew)
        crew.isOver.store(true, ordering: .releasing)
      }
    }
  }

  /// Calls `work(worker, item)` for every item below `count`, a worker's calls one after the other. Of the leader alone.
  package func run(_ count: Int, _ work: Work) {
    guard size > 1, count > 1 else {
      for item in 0..<count { work(0, item) }
      return
    }
    precondition(count <= Self.mask, "A call has fewer than 2^20 items.")
    withoutActuallyEscaping(work) { work in
      unsafe self.work = work
      done.store(0, ordering: .relaxed)
      let begun = ticket.load(ordering: .relaxed) >> (2 * Self.bits) &+ 1
      ticket.store(
        begun << (2 * Self.bits) | UInt64(count) << Self.bits, ordering: .releasing)
      while let item = take() {
        work(0, item)
        done.wrappingAdd(1, ordering: .releasing)
      }
      wait { done.load(ordering: .acquiring) == count }
      unsafe self.work = nil
    }
  }

  private func help(_ worker: Int) {
    while true {
      wait { isOver.load(ordering: .acquiring) || isOpen(ticket.load(ordering: .relaxed)) }
      while let item = take() {
        unsafe work?(worker, item)
        done.wrappingAdd(1, ordering: .releasing)
      }
      if isOver.load(ordering: .acquiring) { return }
    }
  }

  private func isOpen(_ ticket: UInt64) -> Bool {
    ticket & Self.mask < (ticket >> Self.bits) & Self.mask
  }

  private func take() -> Int? {
    var seen = ticket.load(ordering: .relaxed)
    while isOpen(seen) {
      let (isTaken, found) = ticket.weakCompareExchange(
        expected: seen, desired: seen + 1, ordering: .acquiring)
      if isTaken { return Int(seen & Self.mask) }
      seen = found
    }
    return nil
  }

  private func wait(until isThere: () -> Bool) {
    var turns = 0
    while !isThere() {
      turns += 1
      if turns < Self.patience { engram_pause() } else { sched_yield() }
    }
  }
}
