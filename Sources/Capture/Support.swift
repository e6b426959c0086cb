// Small things the capture needs: sizes of files and disks, a run's accuracy.

internal import Glibc
internal import SQLiteKit
internal import Warehouse

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

extension Warehouse {
  /// Share of a run's samples that were predicted right, of those that have a right answer; nil where none has.
  func accuracy(run: Int) throws -> Double? {
    let share = try connection.first(
      "select avg(correct) from prediction where run_id = ?", .integer(run))
    guard case .real(let accuracy)? = share else { return nil }
    return accuracy
  }

  /// A run's samples without a right answer: of a class that is no output, or without a label.
  func unanswered(run: Int) throws -> (foreign: Int, unlabelled: Int) {
    func count(_ condition: String) throws -> Int {
      try connection.integer(
        """
        select count(*) from prediction join sample using (sample_id)
        where run_id = ? and correct is null and sample.class_id is \(condition)
        """, .integer(run)) ?? 0
    }
    return (try count("not null"), try count("null"))
  }
}
