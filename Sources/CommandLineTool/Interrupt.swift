// Ctrl-C and SIGTERM as a flag that long work looks at between steps; the second one ends the process.

import Glibc
import Synchronization

package enum Interrupt {
  private static let requested = Atomic<Bool>(false)

  /// True once SIGINT or SIGTERM arrived.
  package static var isRequested: Bool { requested.load(ordering: .relaxed) }

  /// From now on the first signal sets the flag and the second has its default effect.
  package static func watch() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { received in
        Interrupt.requested.store(true, ordering: .relaxed)
        signal(received, SIG_DFL)
      }
    }
  }

  /// From now on a signal ends the process again, and so does one that came since `watch`.
  package static func unwatch() {
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    if isRequested { raise(SIGINT) }
  }
}

/// Thrown when work stopped because the user asked for it; says what is left and how to go on.
package struct Interrupted: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
