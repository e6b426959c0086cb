// From an open warehouse to the page.

package import SQLiteKit

/// Makes the page of a warehouse.
package enum Report {
  /// The report on the complete runs called `runs`, or on all of them where the list is empty.
  /// - Parameters:
  ///   - className: the class whose activation proportions are shown; nil takes the first.
  ///   - focus: the run that the first screen is about; nil takes the newest clean one of a trained network.
  /// - Throws: `ReportError` where there is no such run or class, `SQLiteError`.
  package static func page(
    from connection: borrowing Connection, runs: [String] = [], class className: String? = nil,
    focus: String? = nil, title: String? = nil
  ) throws -> ReportPage {
    let data = try ReportReader.read(connection, runs: runs, class: className, focus: focus)
    let file = connection.path.split(separator: "/").last.map(String.init) ?? "warehouse"
    return ReportPage(title: title ?? "Engram report: \(file)", data: data)
  }
}
