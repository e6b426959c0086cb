// `PROGRAM help`, `PROGRAM help COMMAND` and `PROGRAM help TOPIC`.

import Basics
import Topics

/// The page of that topic as text; nil where there is none.
package func topicText(_ name: String) -> String? {
  Topic.all.first { $0.name.hasBytes(of: name) }?.plain()
}

extension Command {
  /// A program's own, not one of its commands.
  var isProgram: Bool { !name.contains(" ") }

  /// Behind what `--help` of a program says: what else `help` knows.
  var topicLines: [String] {
    ["", "Topics (\(name) help TOPIC):"] + columns(Topic.all.map { ($0.name, $0.subject) })
  }

  /// - Parameter words: Behind the word `help`.
  /// - Throws: `UsageError` where they are not the name of a command or topic.
  func help(on words: [String]) throws -> String {
    guard let asked = words.first else { return helpText }
    guard words.count == 1 else {
      throw UsageError("help takes one name, found \(words.count); see '\(name) help'")
    }
    if let subcommand = subcommands.first(where: { $0.word == asked }) {
      return subcommand.helpText
    }
    if let text = topicText(asked) { return text }
    throw UsageError(
      unknown("topic", asked, known: Topic.all.map(\.name) + subcommands.map(\.word), most: 40))
  }
}
