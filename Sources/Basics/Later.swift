// One piece of work on a thread of its own, beside the thread that wants its result in the end.

internal import Dispatch
internal import Synchronization

/// What a closure gives that runs while its maker goes on.
package final class Later<Value: Sendable>: Sendable {
  private let found = Mutex<Value?>(nil)
  private let group = DispatchGroup()

  /// Starts `body` at once.
  package init(_ body: @escaping @Sendable () -> Value) {
    // Its own queue has a thread whatever other work goes on.
    DispatchQueue(label: "engram.later").async(group: group) { [self] in
      let value = body()
      found.withLock { $0 = value }
    }
  }

  /// Waits until it is there.
  package var value: Value {
    group.wait()
    guard let value = found.withLock({ $0 }) else { preconditionFailure("The work is done.") }
    return value
  }
}
