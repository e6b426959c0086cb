// Work that nobody has to wait for to the end: a long call into a library that asks nobody.

internal import Dispatch
internal import Synchronization

/// Runs work on a thread of its own and stops waiting when told to. The work then goes on until it is done, its result
/// is let go, and a program that ends does not wait for it.
package enum Abandoned {
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
    DispatchQueue.global().async {
      let value = body()
      handover.value.withLock { $0 = value }
      handover.done.signal()
    }
    while handover.done.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
      if isAsked() { return nil }
    }
    return handover.value.withLock { $0 }
  }
}
