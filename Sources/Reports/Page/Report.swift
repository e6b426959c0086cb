// From an open warehouse to the page.

internal import Basics
package import SQLiteKit
internal import Warehouse

/// Makes the page of a warehouse.
package enum Report {
  /// The report on the complete runs called `runs`, or on all of them where the list is empty.
  /// - Parameters:
  ///   - className: the class whose activation proportions are shown; nil takes the first of the run in focus.
  ///   - focus: the run that the first screen is about; nil takes the first of default_runs.
  ///   - check: what is to be found out about the file before anything is drawn, on a thread and a connection of its own.
  /// - Throws: `ReportError` where there is no such run or class, `SQLiteError`, what `check` throws before these.
  package static func page(
    from connection: borrowing Connection, runs: [String] = [], class className: String? = nil,
    focus: String? = nil, title: String? = nil, checking check: () throws -> Void = {}
  ) throws -> ReportPage {
    let data = try reading(beside: check) {
      try ReportReader.read(connection, runs: runs, class: className, focus: focus)
    }
    let file = connection.path.split(separator: "/").last.map(String.init) ?? "warehouse"
    return ReportPage(title: title ?? "Engram report: \(file)", data: data)
  }

  /// The page of two complete runs beside each other.
  /// - Throws: `ReportError` where there are no such two, `SQLiteError`, what `check` throws before these.
  package static func comparison(
    of first: String, and second: String, in connection: borrowing Connection,
    title: String? = nil, checking check: () throws -> Void = {}
  ) throws -> ReportPage {
    guard !first.hasBytes(of: second) else {
      throw ReportError("\(connection.path): run '\(first)' is compared with itself")
    }
    let data = try reading(beside: check) {
      try ReportReader.read(connection, runs: [first, second], isComparing: true)
    }
    return ReportPage(title: title ?? "\(first) and \(second)", data: data)
  }

  /// What `read` gives, when `check` has found nothing beside it.
  private static func reading(
    beside check: () throws -> Void, _ read: () throws -> ReportData
  ) throws -> ReportData {
    var (found, checked): (Result<ReportData, any Error>?, Result<Void, any Error>?)
    Parallel.run(2) { _, item in
      if item == 0 {
        found = Result { try read() }
      } else {
        checked = Result { try check() }
      }
    }
    try checked?.get()
    guard let found else { preconditionFailure("Every item is worked on.") }
    return try found.get()
  }
}

extension ReportPage {
  /// Which run leads, of how many, and which class is shown alone; nil where there was nothing to choose from.
  package var choice: String? {
    guard let leading = data.leading, leading.runs > 1, let name = data.className else {
      return nil
    }
    return
      "run \(leading.name) \(leading.explanation) is in focus, class \(name) is shown alone; --focus, --runs and --class choose"
  }
}
