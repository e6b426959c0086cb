// The schema's documentation names everything the schema has, and nothing it has not.

import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct SchemaReadMeTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// Heading without its backticks → the text up to the next heading.
  func sections() throws -> [String: Substring] {
    let text = String(
      decoding: try Scratch.read(path: packageDirectory() + "/Schema/README.md"), as: UTF8.self)
    var sections: [String: Substring] = [:]
    for part in text.split(separator: "\n### `").dropFirst() {
      let name = String(part.prefix { $0 != "`" })
      sections[name] = part.split(separator: "\n## ").first
    }
    return sections
  }

  @Test func everyTableViewAndColumnIsNamed() throws {
    let warehouse = try Warehouse.open(scratch.path("w.db"), mode: .create)
    let sections = try sections()
    var columns = try warehouse.connection.prepare(
      """
      select s.name, c.name from sqlite_schema as s join pragma_table_xinfo(s.name) as c
      where s.type in ('table', 'view') and s.name not like 'sqlite%'
      union all
      select m.name, c.name from pragma_module_list as m join pragma_table_info(m.name) as c
      where m.name in ('vector', 'bitset')
      """)
    var seen: Set<String> = []
    while try columns.step() {
      let (table, column) = (columns.text(0), columns.text(1))
      seen.insert(table)
      let isNamed = sections[table]?.contains("`\(column)`") ?? false
      #expect(isNamed, "\(table).\(column) is not in Schema/README.md")
    }
    #expect(seen.count >= 29)
    #expect(Set(sections.keys).subtracting(seen) == [], "sections about nothing")
  }
}
