// From an open warehouse to the page.

internal import Basics
package import SQLiteKit
package import Warehouse

/// Makes the page of a warehouse.
package enum Report {
  /// The report on the complete runs called `runs`, or on all of them where the list is empty.
  /// - Parameters:
  ///   - others: More connections to the file, which share in reading; all are in transactions of one state then.
  ///   - className: the class whose activation proportions are shown; nil takes the first of the run in focus.
  ///   - focus: the run that the first screen is about; nil takes the first of default_runs.
  ///   - isChecking: whether numbers out of their ranges are refused.
  /// - Throws: `ReportError` where there is no such run or class, `WarehouseError.corrupt`, `SQLiteError`.
  package static func page(
    from connection: borrowing Connection, beside others: [WarehouseReader] = [],
    runs: [String] = [], class className: String? = nil, focus: String? = nil,
    title: String? = nil, isChecking: Bool = true
  ) throws -> ReportPage {
    let data = try ReportReader.read(
      connection, beside: others, runs: runs, class: className, focus: focus,
      isChecking: isChecking)
    let file = connection.path.split(separator: "/").last.map(String.init) ?? "warehouse"
    return ReportPage(title: title ?? "Engram report: \(file)", data: data)
  }

  /// The page of two complete runs beside each other.
  /// - Throws: `ReportError` where there are no such two, `WarehouseError.corrupt`, `SQLiteError`.
  package static func comparison(
    of first: String, and second: String, in connection: borrowing Connection,
    beside others: [WarehouseReader] = [], title: String? = nil, isChecking: Bool = true
  ) throws -> ReportPage {
    guard !first.hasBytes(of: second) else {
      throw ReportError("\(connection.path): run '\(first)' is compared with itself")
    }
    let data = try ReportReader.read(
      connection, beside: others, runs: [first, second], isComparing: true,
      isChecking: isChecking)
    return ReportPage(title: title ?? "\(first) and \(second)", data: data)
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
