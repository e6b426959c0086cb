// What --help and --version of every command say, and that the help holds to itself.

import Queries
import Testing

@Suite struct HelpTests {
  static let commands = [
    ["engram-train"], ["engram-ingest"], ["engram-ingest", "recording"],
    ["engram-ingest", "describe"], ["engram-ingest", "predict"], ["engram-ingest", "label"],
    ["engram-ingest", "measure"], ["engram-ingest", "map"], ["engram-ingest", "index"],
    ["engram-ingest", "detect"],
    ["engram-ingest", "merge"], ["engram-ingest", "runs"], ["engram-ingest", "verify"],
    ["engram-ingest", "delete"], ["engram-ingest", "copy"], ["engram-ingest", "compact"],
    ["engram-query"], ["engram-query", "export"], ["engram-report"],
  ]

  private func run(_ command: [String], _ words: String...) throws -> CommandResult {
    try runCommand(command[0], command.dropFirst() + words)
  }

  /// Heading without its colon → lines below it. What stands before the first is the purpose.
  private func sections(_ help: String) -> [String: [String]] {
    var sections: [String: [String]] = [:]
    var heading = "Purpose"
    for line in help.split(separator: "\n").map(String.init) {
      if line.hasSuffix(":"), !line.hasPrefix(" ") {
        heading = String(line.dropLast())
      } else {
        sections[heading, default: []].append(line)
      }
    }
    return sections
  }

  private func options(in line: String) -> [String] {
    line.matches(of: /(?:^|[\s\[])--([a-z][a-z-]*)/).map { String($0.1) }
  }

  @Test(arguments: commands)
  func `The help has purpose, usage, options and examples`(command: [String]) throws {
    let result = try run(command, "--help")
    expectSuccess(result)
    #expect(result.errors == "")
    let sections = sections(result.output)
    let name = command.joined(separator: " ")
    #expect(sections["Purpose"]?.count == 1)
    #expect(sections["Purpose"]?.first?.hasSuffix(".") == true)
    let usage = try #require(sections["Usage"])
    #expect(usage.allSatisfy { $0.hasPrefix("  \(command[0]) ") })
    #expect(usage.contains { $0.hasPrefix("  \(name) ") })
    let listed = try #require(sections["Options"])
    #expect(listed.allSatisfy { $0.firstMatch(of: /^  --[a-z-]+( [A-Z=,\/]+)?  +\S/) != nil })
    #expect(listed.contains { $0.hasPrefix("  --help ") })
    #expect(listed.contains { $0.hasPrefix("  --version ") })
    let examples = try #require(sections["Examples"])
    #expect(examples.count >= 4 || command.count > 1 && examples.count >= 2)
    for (index, line) in examples.enumerated() {
      #expect(line.hasPrefix(index % 2 == 0 ? "  # " : "  \(command[0]) "), "\(line)")
    }
  }

  @Test func `Every command that a help names is among these`() throws {
    for command in Self.commands where command.count == 1 {
      let listed =
        sections(try run(command, "--help").output)
        .first { $0.key.hasPrefix("Commands") }?.value ?? []
      let words = listed.map { Array($0.split(separator: " ").prefix(2).map(String.init)) }
        // Takes the name of a query, and no options.
        .filter { $0 != ["engram-query", "help"] }
      let own = Self.commands.filter { $0.count > 1 && $0[0] == command[0] }
      #expect(words == own, "\(command[0])")
    }
  }

  @Test(arguments: commands)
  func `Usage and examples use only options that the help lists`(command: [String]) throws {
    let sections = sections(try run(command, "--help").output)
    let listed = Set((sections["Options"] ?? []).flatMap { options(in: $0).prefix(1) })
    let queries = try SavedQuery.all()
    let lines = (sections["Usage"] ?? []) + (sections["Examples"] ?? [])
    for line in lines where !line.hasPrefix("  #") {
      var known = listed
      if let other = Self.commands.first(where: {
        $0.count > 1 && line.hasPrefix("  " + $0.joined(separator: " "))
      }) {
        let help = self.sections(try run(other, "--help").output)
        known.formUnion((help["Options"] ?? []).flatMap { options(in: $0).prefix(1) })
      }
      // A saved query's parameters are options of engram-query beside it.
      let words = line.split(separator: " ").map(String.init)
      if let query = queries.first(where: { words.contains($0.name) }) {
        known.formUnion(query.parameters.map(\.name))
      }
      for option in options(in: line) { #expect(known.contains(option), "--\(option) in \(line)") }
    }
  }

  @Test(arguments: commands)
  func `Every option that the help lists is taken`(command: [String]) throws {
    let sections = sections(try run(command, "--help").output)
    for line in sections["Options"] ?? [] {
      let option = try #require(options(in: line).first)
      guard option != "help", option != "version" else { continue }
      let takesValue = line.firstMatch(of: /^  --[a-z-]+ [A-Z]/) != nil
      // Every command refuses a value on a flag, and an option without its value.
      let result = try run(command, takesValue ? "--\(option)" : "--\(option)=x")
      let part = takesValue ? "--\(option) needs a value" : "--\(option) takes no value"
      expectFailure(result, of: command.joined(separator: " "), 64, part)
    }
  }

  @Test(arguments: commands)
  func `All have one version`(command: [String]) throws {
    let result = try run(command, "--version")
    expectSuccess(result)
    let version = result.output.wholeMatch(of: /(\S+) ([0-9]+\.[0-9]+\.[0-9]+\S*)\n/)
    #expect(version?.1 == command[0][...])
    let other = try runCommand("engram-query", ["--version"]).output
    #expect(version.map { "engram-query \($0.2)\n" } == other)
  }

  @Test(arguments: commands)
  func `Help wins over what else is wrong`(command: [String]) throws {
    let result = try run(command, "--nonsense", "--help")
    #expect(result.status == 0 && result.output.contains("Usage:"))
  }
}
