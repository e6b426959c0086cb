// Parsed arguments with checked reading. GNU long options: `--name value`, `--name=value`, `--` ends them.

internal import Basics

/// The command was called wrongly: exit status 64, after one line on stderr.
package struct UsageError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}

/// A text that cannot be parsed is a wrong usage of the command.
package func usage<Value>(_ parse: @autoclosure () throws -> Value) throws -> Value {
  do {
    return try parse()
  } catch {
    throw UsageError("\(error)")
  }
}

/// What a command was called with.
package struct Arguments: Sendable {
  package private(set) var positionals: [String] = []
  /// Options the command does not list, in order, where it takes such.
  package private(set) var others: [(name: String, value: String)] = []
  private var given: [String: [String]] = [:]
  private var defaults: [String: String] = [:]

  /// - Throws: `UsageError` for an unknown option, a missing value or a value given to a flag.
  package init(parsing words: [String], for command: Command) throws {
    for option in command.options { defaults[option.name] = option.defaultValue }
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positionals += rest
        return
      }
      guard word.hasPrefix("--") else {
        positionals.append(word)
        continue
      }
      let parts = word.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      let attached = parts.count > 1 ? String(parts[1]) : nil
      let option = command.options.first { $0.name == name }
      if option == nil, !command.takesOtherOptions {
        let known = command.options.map { "--" + $0.name }
        if let other = command.subcommands.first(where: { $0.word == name }) {
          throw UsageError("unknown option '--\(name)'; it is a command: \(other.name)")
        }
        throw UsageError(unknown("option", "--" + name, known: known))
      }
      if let option, option.value == nil {
        guard attached == nil else { throw UsageError("--\(name) takes no value") }
        given[name] = [""]
        continue
      }
      guard let value = attached ?? rest.popFirst() else {
        throw UsageError("--\(name) needs a value: --\(name) \(option?.value ?? "VALUE")")
      }
      if option == nil {
        others.append((name, value))
      } else {
        given[name, default: []].append(value)
      }
    }
  }

  package func flag(_ name: String) -> Bool { given[name] != nil }

  /// Whether the option stands on the command line, its default aside.
  package func isGiven(_ name: String) -> Bool { given[name] != nil }

  /// The last value given, or the default.
  package func string(_ name: String) -> String? { given[name]?.last ?? defaults[name] }

  /// Every value given, in order.
  package func strings(_ name: String) -> [String] { given[name] ?? [] }

  /// - Throws: `UsageError` where the option is not given or empty.
  package func required(_ name: String) throws -> String {
    guard let value = string(name) else { throw UsageError("--\(name) is required") }
    guard !value.isEmpty else { throw UsageError("--\(name) needs a value, found ''") }
    return value
  }

  /// - Throws: `UsageError` where the value is no whole number of the range.
  package func int(_ name: String, in range: ClosedRange<Int> = 0...Int.max) throws -> Int? {
    guard let text = string(name) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      let bounds =
        range.upperBound == Int.max
        ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw UsageError("--\(name) takes a whole number \(bounds), not '\(text)'")
    }
    return value
  }

  /// - Throws: `UsageError` where the value is no finite number of the range.
  package func double(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
    guard let text = string(name) else { return nil }
    guard let value = Double(text), value.isFinite, range.contains(value) else {
      throw UsageError(
        "--\(name) takes a number from \(range.lowerBound) to \(range.upperBound), not '\(text)'")
    }
    return value
  }

  /// - Parameter kind: What a choice is, for the error.
  /// - Throws: `UsageError` where the value is none of the choices.
  package func choice(
    _ name: String, of choices: [String], as kind: String = "choice"
  ) throws -> String? {
    guard let text = string(name) else { return nil }
    guard choices.contains(text) else {
      throw UsageError("--\(name): " + unknown(kind, text, known: choices))
    }
    return text
  }

  /// - Throws: `UsageError` where there are more or fewer positional arguments than names.
  package func positionals(named names: String...) throws -> [String] {
    if positionals.count < names.count {
      throw UsageError("\(names[positionals.count]) is missing")
    }
    if positionals.count > names.count {
      throw UsageError("unexpected argument '\(positionals[names.count])'")
    }
    return positionals
  }
}
