// Ctrl-C and SIGTERM: a line and the end at once, or a flag that long work looks at between steps.

import Glibc
import Synchronization

package enum Interrupt {
  private static let received = Atomic<Int32>(0)
  /// What the end at once says, as bytes that a signal handler may write.
  nonisolated(unsafe) private static var line: UnsafeMutableBufferPointer<UInt8>?

  /// True once SIGINT or SIGTERM arrived.
  package static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// 128 and the signal's number, as shells have it; 1 where none came.
  static var status: Int32 {
    let number = received.load(ordering: .relaxed)
    return number == 0 ? 1 : 128 + number
  }

  /// When the first signal came, in milliseconds of the monotonic clock.
  private static let firstTime = Atomic<Int>(0)

  /// From now on the first signal sets the flag and the second has its default effect. Two at once, as timeout(1) sends them
  /// to a program and to its group, are one.
  package static func watch() {
    handle { number in
      var time = timespec()
      clock_gettime(CLOCK_MONOTONIC, &time)
      let now = time.tv_sec * 1000 + time.tv_nsec / 1_000_000
      guard Interrupt.isRequested else {
        Interrupt.firstTime.store(now, ordering: .relaxed)
        Interrupt.received.store(number, ordering: .relaxed)
        return
      }
      if now - Interrupt.firstTime.load(ordering: .relaxed) < 200 { return }
      signal(number, SIG_DFL)
      raise(number)
    }
  }

  /// From now on a signal ends the process at once, with one line, and so does one that came since `watch`.
  package static func unwatch() {
    endAtOnce()
    if isRequested { raise(received.load(ordering: .relaxed)) }
  }

  /// Once per process, before anything else.
  static func begin(_ name: String) {
    let text = Array((name + ": interrupted\n").utf8)
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
    _ = buffer.initialize(from: text)
    line = buffer
    endAtOnce()
  }

  private static func endAtOnce() {
    handle { number in
      if let line = Interrupt.line { _ = write(2, line.baseAddress, line.count) }
      _exit(128 + number)
    }
  }

  private static func handle(_ handler: @escaping @convention(c) (Int32) -> Void) {
    for number in [SIGINT, SIGTERM] { signal(number, handler) }
  }
}

/// Thrown when work stopped because the user asked for it, or half done; says what is left and how to go on.
package struct Interrupted: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
