// What --list and help print about the saved queries.

import CommandLineTool
import Queries

enum Catalogue {
  /// One line for every saved query.
  static func list() throws -> String {
    let queries = try SavedQuery.all()
    let width = queries.map(\.name.count).max() ?? 0
    return queries.map { query in
      query.name + String(repeating: " ", count: width - query.name.count + 2) + query.question
        + "\n"
    }.joined()
  }

  /// - Throws: `UsageError` with the known names and the nearest, by letters or by what is asked.
  static func query(_ name: String) throws -> SavedQuery {
    if let query = try SavedQuery.named(name) { return query }
    let queries = try SavedQuery.all()
    throw UsageError(QuerySearch.unknown("query", name, known: queries.map(\.name), queries))
  }

  static func description(of query: SavedQuery) -> String {
    var lines = ["\(query.name): \(query.question)"]
    if let notes = query.notes { lines += ["", notes] }
    if let needs = query.needs { lines += ["", "Needs: " + needs] }
    if !query.parameters.isEmpty {
      let shown = query.parameters.map { "--\($0.name) \($0.kind.rawValue.uppercased())" }
      let width = shown.map(\.count).max() ?? 0
      lines += ["", "Parameters:"]
      lines += zip(shown, query.parameters).map { left, parameter in
        "  " + left + String(repeating: " ", count: width - left.count + 2)
          + "\(parameter.meaning) (default: \(parameter.defaultText))"
      }
    }
    lines += ["", "Columns: " + query.columns.joined(separator: ", "), "", query.sql]
    return lines.joined(separator: "\n")
  }
}
