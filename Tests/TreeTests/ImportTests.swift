// Imports run one way: every module imports what the table in Sources/README.md allows it, and nothing else.

import Foundation
import TestSupport
import Testing

@Suite struct ImportTests {
  /// Module → what its row in the table names.
  private let allowed: [String: Set<String>]

  init() throws {
    let page = try String(
      contentsOfFile: packageDirectory() + "/Sources/README.md", encoding: .utf8)
    var allowed: [String: Set<String>] = [:]
    for line in page.split(separator: "\n") {
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
      guard line.hasPrefix("| `"), cells.count == 5 else { continue }
      let imports = cells[3].matches(of: /[A-Z]\w+/).map { String($0.output) }
      for name in cells[1].matches(of: /`([\w-]+)`/) { allowed[String(name.1)] = Set(imports) }
    }
    self.allowed = allowed
  }

  /// Module → what its files import, apart from the toolchain's own libraries.
  private func found() throws -> [String: Set<String>] {
    let toolchain: Set = [
      "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization",
    ]
    var found: [String: Set<String>] = [:]
    for file in try sourceFiles() where file.hasSuffix(".swift") {
      let parts = file.split(separator: "/").map(String.init)
      let module = parts[1] == "Commands" ? parts[2] : parts[1]
      let text = try String(contentsOfFile: packageDirectory() + "/" + file, encoding: .utf8)
      let imports = text.split(separator: "\n").compactMap { line in
        line.wholeMatch(of: /(?:(?:internal|package|public|@_exported) )?import (\w+)/)
          .map { String($0.1) }
      }
      found[module, default: []].formUnion(Set(imports).subtracting(toolchain))
    }
    return found
  }

  @Test func `Every module imports what the table says, no more and no less`() throws {
    let found = try found()
    #expect(found.count > 15)
    for (module, imports) in found {
      guard let row = allowed[module] else {
        Issue.record("\(module) has no row in Sources/README.md")
        continue
      }
      #expect(imports.subtracting(row) == [], "\(module) imports what its row does not name")
      #expect(row.subtracting(imports) == [], "\(module)'s row names what it does not import")
    }
  }

  /// Everything a module reaches.
  private func reach(_ module: String) -> Set<String> {
    var seen: Set<String> = []
    var open = [module]
    while let next = open.popLast() {
      for other in allowed[next] ?? [] where seen.insert(other).inserted { open.append(other) }
    }
    return seen
  }

  @Test func `Nobody reaches itself`() {
    for module in allowed.keys { #expect(!reach(module).contains(module), "\(module)") }
  }

  @Test(arguments: [
    ("SQLiteKit", ["Bits"]), ("Networks", ["SQLiteKit"]), ("WeightFiles", ["Networks"]),
    ("Analytics", ["Networks"]), ("Warehouse", ["Networks", "DataSets"]),
    ("engram-train", ["SQLiteKit"]),
    ("Reports", ["Networks", "Training", "Capture", "WeightFiles", "DataSets"]),
    ("engram-query", ["Networks", "DataSets", "WeightFiles", "CJPEG", "CPNG"]),
    ("engram-report", ["Networks", "DataSets", "WeightFiles", "CJPEG", "CPNG"]),
  ])
  func `Some are kept apart`(module: String, others: [String]) {
    #expect(!reach(module).isEmpty)
    #expect(reach(module).isDisjoint(with: others))
  }
}

/// Every file below Sources, as the package's folder names it.
func sourceFiles() throws -> [String] {
  let root = packageDirectory() + "/Sources"
  let files = try #require(FileManager.default.enumerator(atPath: root))
  return files.compactMap { ($0 as? String).map { "Sources/" + $0 } }
}
