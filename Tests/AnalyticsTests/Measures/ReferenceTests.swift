// What the reference of functions shows is what they answer.

import Analytics
import SQLiteKit
import Testing

struct ReferenceTests {
  /// As the sqlite3 shell prints it: columns with bars between them, a row a line.
  private func answer(_ sql: String) throws -> String {
    let host = try FunctionHost()
    var statement = try host.connection.prepare(sql)
    var lines: [String] = []
    while try statement.step() {
      var values: [String] = []
      for column in 0..<statement.columnCount { values.append(statement.text(column)) }
      lines.append(values.joined(separator: "|"))
    }
    return lines.joined(separator: "\n")
  }

  @Test(arguments: FunctionReference.entries.indices)
  func everyExampleAnswersWhatItShows(index: Int) throws {
    let entry = FunctionReference.entries[index]
    #expect(entry.example.sql.contains(entry.name))
    #expect(try answer(entry.example.sql) == entry.example.answer, "\(entry.example.sql)")
  }

  @Test func everyNameStandsOnThePageOnce() {
    let names = FunctionReference.entries.map(\.name)
    #expect(Set(names).count == names.count)
    for entry in FunctionReference.entries {
      #expect(FunctionReference.page.contains("### `\(entry.name)(\(entry.parameters))`"))
      #expect(!entry.summary.hasSuffix("."))
    }
  }
}
