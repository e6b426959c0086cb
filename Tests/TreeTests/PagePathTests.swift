// The pages for those who work on Engram name files and folders: each of them exists.

import Foundation
import TestSupport
import Testing

@Suite struct PagePathTests {
  private static let pages = [
    "Sources/README.md", ".github/CONTRIBUTING.md", "Schema/README.md", "Queries/README.md",
    "tools/goldens/README.md",
  ]

  /// Code spans that are paths: with a slash and without blanks and placeholders.
  private func paths(_ page: String) throws -> [String] {
    let text = try String(contentsOfFile: packageDirectory() + "/" + page, encoding: .utf8)
    return text.matches(of: /`([\w.+\-\/]+)`/).map { String($0.1) }.filter { path in
      let folder = path.split(separator: "/").first.map(String.init) ?? ""
      return path.contains("/") && (Self.roots.contains(folder) || page == "Sources/README.md")
    }
  }

  private static let roots: Set = [
    "Sources", "Tests", "Schema", "Queries", "tools", ".ci", ".github",
  ]

  @Test(arguments: pages)
  func `Every path on it exists`(page: String) throws {
    for path in try paths(page) {
      let places = [path, "Sources/" + path].map { packageDirectory() + "/" + $0 }
      #expect(
        places.contains { FileManager.default.fileExists(atPath: $0) }, "\(page) names \(path)")
    }
  }

  @Test func `The pages name many`() throws {
    #expect(try paths("Sources/README.md").count > 60)
    #expect(try paths(".github/CONTRIBUTING.md").count > 3)
  }
}
