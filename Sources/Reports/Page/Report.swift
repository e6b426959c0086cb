// From an open warehouse to the page.

package import SQLiteKit
internal import Warehouse

/// Makes the page of a warehouse.
package enum Report {
  /// The report on the complete runs called `runs`, or on all of them where the list is empty.
  /// - Parameter className: the class whose activation proportions are shown; nil takes the leading run's first.
  /// - Throws: `ReportError` where there is no such run or class, `SQLiteError`.
  package static func page(
    from connection: borrowing Connection, runs: [String] = [], class className: String? = nil,
    title: String? = nil
  ) throws -> ReportPage {
    let data = try ReportReader.read(connection, runs: runs, class: className)
    let file = connection.path.split(separator: "/").last.map(String.init) ?? "warehouse"
    return ReportPage(title: title ?? "Engram report: \(file)", data: data)
  }
}

extension ReportPage {
  /// Which run leads, of how many, and which class is shown alone; nil where there was nothing to choose from.
  package var choice: String? {
    guard let leading = data.leading, leading.runs > 1, let name = data.className else {
      return nil
    }
    return
      "run \(leading.name) \(leading.explanation) leads, class \(name) is shown alone; --runs and --class choose"
  }
}
