// Work that nobody has to wait for to the end: a long call into a library that asks nobody.

internal import Dispatch
internal import Glibc
internal import Synchronization

/// Runs work on a thread of its own and stops waiting when told to. The work then goes on until it is done, its result
/// is let go, and a program that ends does not wait for it.
package enum Abandoned {
  private static let going = Atomic<Int>(0)

  /// A program that ends takes its libraries' memory away, which such work still uses: it ends without that.
  private static let ending: Int32 = unsafe on_exit(
    { status, _ in
      guard Abandoned.going.load(ordering: .acquiring) > 0 else { return }
      fflush(nil)
      _exit(status)
    }, nil)

  /// What the work hands over; `done` is signalled once it is there.
  private final class Handover<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
    let done = DispatchSemaphore(value: 0)
  }

  /// - Parameter isAsked: Asked about twenty times a second, on the calling thread.
  /// - Returns: nil where it was abandoned.
  package static func run<Value: Sendable>(
    where isAsked: () -> Bool, _ body: @escaping @Sendable () -> Value
  ) -> Value? {
    let handover = Handover<Value>()
    precondition(ending == 0, "There is room for what is done at the end")
    going.add(1, ordering: .acquiringAndReleasing)
    DispatchQueue.global().async {
      let value = body()
      going.subtract(1, ordering: .acquiringAndReleasing)
      handover.value.withLock { $0 = value }
      handover.done.signal()
    }
    while handover.done.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
      if isAsked() { return nil }
    }
    return handover.value.withLock { $0 }
  }
}
