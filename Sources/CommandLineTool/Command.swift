// A command line as data: what --help prints and what the parser accepts come from one description.
// Leaves out: environment variables, short options, option groups.

/// One `--name` of a command. Without a `value` it is a flag.
package struct Option: Sendable {
  package let name: String
  package let value: String?
  package let help: String
  package let defaultValue: String?

  /// - Parameters:
  ///   - name: The long name without its dashes.
  ///   - value: What stands for the value in the help, such as `FILE`; nil makes a flag.
  ///   - defaultValue: Shown in the help and returned where the option is not given.
  package init(
    _ name: String, _ value: String? = nil, _ help: String, default defaultValue: String? = nil
  ) {
    self.name = name
    self.value = value
    self.help = help
    self.defaultValue = defaultValue
  }
}

/// A command: its one-line purpose, what it takes, examples, and what it does.
package struct Command: Sendable {
  package let name: String
  package let purpose: String
  package let usage: [String]
  package let options: [Option]
  /// A line of what it does and the command line that does it.
  package let examples: [(comment: String, line: String)]
  /// True where options that are not listed are handed through in `Arguments.others`.
  package let takesOtherOptions: Bool
  package let subcommands: [Command]
  package let run: @Sendable (Arguments) throws -> Void

  package init(
    name: String, purpose: String, usage: [String], options: [Option],
    examples: [(comment: String, line: String)], takesOtherOptions: Bool = false,
    subcommands: [Command] = [], run: @escaping @Sendable (Arguments) throws -> Void
  ) {
    self.name = name
    self.purpose = purpose
    self.usage = usage
    self.options =
      options + [
        Option("help", nil, "print this help and stop"),
        Option("version", nil, "print the version and stop"),
      ]
    self.examples = examples
    self.takesOtherOptions = takesOtherOptions
    self.subcommands = subcommands
    self.run = run
  }

  /// The text `--help` prints.
  package var helpText: String {
    var lines = [purpose, "", "Usage:"]
    lines += usage.map { "  " + $0 }
    if !subcommands.isEmpty {
      lines += ["", "Commands (each has its own --help):"]
      lines += columns(subcommands.map { ($0.name, $0.purpose) })
    }
    lines += ["", "Options:"]
    lines += columns(
      options.map { option in
        let shown = "--" + option.name + (option.value.map { " " + $0 } ?? "")
        let suffix = option.defaultValue.map { " (default: \($0))" } ?? ""
        return (shown, option.help + suffix)
      })
    if !examples.isEmpty {
      lines += ["", "Examples:"]
      for example in examples {
        lines += ["  # " + example.comment, "  " + example.line]
      }
    }
    if isProgram { lines += topicLines }
    return lines.joined(separator: "\n") + "\n"
  }

  func columns(_ rows: [(String, String)]) -> [String] {
    let width = min(32, rows.map(\.0.count).max() ?? 0)
    return rows.map { left, right in
      let gap = left.count > width ? "\n" + String(repeating: " ", count: width + 4) : ""
      let padding = String(repeating: " ", count: max(0, width - left.count) + 2)
      return "  " + left + (gap.isEmpty ? padding : gap) + right
    }
  }
}
