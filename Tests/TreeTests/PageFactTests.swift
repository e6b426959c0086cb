// What pages say of libraries, versions and numbers is what the tree has.

import Foundation
import TestSupport
import Testing

@Suite struct PageFactTests {
  private func page(_ name: String) throws -> String {
    try String(contentsOfFile: packageDirectory() + "/" + name, encoding: .utf8)
  }

  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: packageDirectory() + "/" + folder).sorted()
  }

  @Test func `Every system library has its row, is installed by the tools and named in README`()
    throws
  {
    let rows = try page("Sources/README.md").matches(of: /\n\| (C\w+) \| (\S+) \| (\S+) \|/)
    #expect(rows.map { String($0.1) } == (try files("Sources/System")))
    let (readme, prepare) = (try page("README.md"), try page("tools/prepare"))
    for row in rows {
      #expect(readme.contains(row.2), "README.md does not name \(row.2)")
      #expect(prepare.contains(" \(row.3) "), "tools/prepare does not install \(row.3)")
    }
  }

  @Test func `Schema's page names every version, and the newest last`() throws {
    let migrations = try files("Schema").filter { $0.wholeMatch(of: /V\d+_\w+\.sql/) != nil }
    let text = try page("Schema/README.md")
    for file in migrations { #expect(text.contains(file), "Schema/README.md lacks \(file)") }
    let newest = try #require(migrations.last?.dropFirst().prefix(3)).drop { $0 == "0" }
    #expect(text.contains("versions 2 to \(newest)"))
  }

  /// A count on a page is stale with the next thing that is added.
  @Test(arguments: ["README.md", "CHANGELOG.md", "Queries/README.md", "Schema/README.md"])
  func `No page counts what is listed`(name: String) throws {
    #expect(try page(name).firstMatch(of: /\b[\w-]+ in all\b/) == nil)
  }
}
