// Small things the capture needs: independent tasks on all cores, floats as bytes and back, sizes, times.

internal import DataSets
internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import SQLiteKit
internal import Synchronization
internal import Warehouse

/// Runs `body(0)` to `body(count - 1)` on at most `threads` threads, in any order.
func concurrently(_ count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
  guard threads > 1, count > 1 else {
    for task in 0..<count { body(task) }
    return
  }
  let next = Atomic<Int>(0)
  DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
    while true {
      let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard task < count else { return }
      body(task)
    }
  }
}

/// Bytes of a file, 0 where there is none.
func fileSize(_ path: String) -> Int {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? Int(status.st_size) : 0
}

func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// Room left to this user on the file system that holds `path`, or will; nil where it does not tell.
func freeBytes(at path: String) -> Int? {
  let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
  var status = statvfs()
  guard unsafe statvfs(fileExists(path) ? path : directory, &status) == 0 else { return nil }
  let (bytes, overflow) = Int(clamping: status.f_bavail)
    .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
  return overflow ? Int.max : bytes
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

extension Selection {
  /// As the warehouse keeps it.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}

extension Warehouse {
  /// Share of a run's samples that were predicted right.
  func accuracy(run: Int) throws -> Double {
    let share = try connection.first(
      "select avg(correct) from prediction where run_id = ?", .integer(run))
    guard case .real(let accuracy)? = share else { return 0 }
    return accuracy
  }
}
