// From an open warehouse to the page.

package import SQLiteKit

package enum Report {
  /// The report on the complete runs called `runs`, or on all of them where the list is empty.
  /// - Throws: `ReportError` where there is no such run, `SQLiteError`.
  package static func html(
    from connection: borrowing Connection, runs: [String] = [], title: String? = nil
  ) throws -> String {
    let data = try ReportReader.read(connection, runs: runs)
    let file = connection.path.split(separator: "/").last.map(String.init) ?? "warehouse"
    return ReportPage(title: title ?? "Engram report: \(file)", data: data).html
  }
}
