// The commands and SQL of README.md and of the topics, run as they stand there, and whether the pages name every SQL function.

import Foundation
import TestSupport
import Testing

@Suite struct ReadmeTests {
  /// A fenced block: its language and lines.
  private struct Block {
    let language: String
    var lines: [String] = []
  }

  private func blocks(_ page: String) throws -> [Block] {
    var blocks: [Block] = []
    var isInside = false
    for line in try text(of: packageDirectory() + "/" + page).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      if line.hasPrefix("```") {
        if !isInside { blocks.append(Block(language: String(line.dropFirst(3)))) }
        isInside.toggle()
      } else if isInside {
        blocks[blocks.count - 1].lines.append(String(line))
      }
    }
    return blocks
  }

  /// README.md, and the topics by name, whose commands stand on README.md's.
  private func pages() throws -> [String] {
    let folder = "Sources/Topics"
    let files = try FileManager.default.contentsOfDirectory(
      atPath: packageDirectory() + "/" + folder)
    return ["README.md"]
      + files.filter { $0.hasSuffix(".md") }.sorted().map { folder + "/" + $0 }
  }

  /// Lines that go on behind a backslash joined; comments and empty ones left out.
  private func commands(_ lines: [String]) -> [String] {
    lines.joined(separator: "\n").replacing("\\\n", with: " ").split(separator: "\n")
      .map(String.init).filter { !$0.allSatisfy(\.isWhitespace) && !$0.hasPrefix("#") }
  }

  @Test(.enabled(if: Shell.hasShell, "sqlite3 is not in PATH"))
  func `Every command in them works, in order`() throws {
    let scratch = try TemporaryDirectory()
    try TinyCIFAR10.write(to: scratch.path("cifar-10-batches-bin"))
    try copyPhotographs(to: scratch.path("photographs"))
    for ending in ["pt2", "onnx"] {
      let name = "convolutions" + (ending == "onnx" ? ".legacy" : "") + "." + ending
      try FileManager.default.copyItem(
        atPath: packageDirectory() + "/Tests/ModelFilesTests/Fixtures/\(name)",
        toPath: scratch.path("net.\(ending)"))
    }
    let path = binaryDirectory() + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    var warehouse: String?
    var ran = (shell: 0, sql: 0)
    for block in try pages().flatMap(blocks) {
      switch block.language {
      case "sh":
        for line in commands(block.lines) {
          let result = try RunningCommand(
            "/bin/sh", ["-c", line], directory: scratch.root, environment: ["PATH": path]
          ).finish()
          #expect(result.status == 0, "\(line): \(result.errors)")
          if warehouse == nil, let into = line.firstMatch(of: /--into (\S+)/) {
            warehouse = String(into.1)
          }
          ran.shell += 1
        }
      case "sql":
        let needsExtension = block.lines.contains { $0.hasPrefix(".load ") }
        guard Shell.hasExtension || !needsExtension else {
          print("Skipped README.md's SQL: tools/build-extension has not run.")
          continue
        }
        let lines = block.lines.map { $0.hasPrefix(".load ") ? ".load \(Shell.engram)" : $0 }
        let result = try Shell.run(
          try #require(warehouse), lines.joined(separator: "\n"), directory: scratch.root)
        #expect(result.status == 0 && result.errors == "", "\(lines): \(result.errors)")
        #expect(result.output != "", "\(lines)")
        ran.sql += 1
      default: break
      }
    }
    #expect(ran.shell > 40, "the pages show how to use Engram")
  }

  @Test func `Every SQL function is documented`() throws {
    let warehouse = try SharedStudy.get().warehouse
    let sql =
      "select distinct name from pragma_function_list where name like 'engram~_%' escape '~'"
    let result = try runCommand("engram-query", [warehouse, "--sql", sql, "--format", "csv"])
    let names = result.output.split(separator: "\r\n").dropFirst()
    #expect(names.count > 10)
    let page = try text(of: packageDirectory() + "/Schema/Functions.md")
    let written = Set(page.matches(of: /### `(engram_[a-z_]+)\(/).map { String($0.1) })
    for name in names { #expect(written.contains(String(name)), "\(name)") }
    // The page is what the programs say of themselves.
    #expect(try runCommand("engram-query", ["--functions"]).output == page)
  }

  @Test func `Files that they link to are there`() throws {
    for page in try pages() {
      let folder =
        packageDirectory() + "/" + page.split(separator: "/").dropLast().joined(separator: "/")
      let links = try text(of: packageDirectory() + "/" + page).matches(of: /\]\(([^)#]+)[^)]*\)/)
      for link in links where !link.1.hasPrefix("http") {
        #expect(FileManager.default.fileExists(atPath: folder + "/" + link.1), "\(page): \(link.1)")
      }
    }
  }

  @Test func `README lists every topic, and help prints it`() throws {
    let readme = try text(of: packageDirectory() + "/README.md")
    let list = try runCommand("engram-ingest", ["help"]).output
    for page in try pages().dropFirst() {
      let name = String(page.split(separator: "/")[2].dropLast(3))
      #expect(readme.contains("| [\(name)](\(page)) |"), "\(name)")
      #expect(list.contains("\n  \(name) "), "\(name)")
      let printed = try runCommand("engram-ingest", ["help", name])
      expectSuccess(printed)
      let lines = printed.output.split(separator: "\n")
      #expect(lines.count > 5 && !printed.output.contains("](") && !printed.output.contains("|--"))
      // Words wrap; commands stay whole.
      #expect(lines.allSatisfy { $0.count <= 80 || $0.hasPrefix("    ") }, "\(name)")
    }
    expectFailure(
      try runCommand("engram-ingest", ["help", "dta"]), of: "engram-ingest", 64,
      "unknown topic 'dta'; did you mean 'data'?")
  }
}
