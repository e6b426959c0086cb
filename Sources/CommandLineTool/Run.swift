// From the process's words to an exit status: 0 success, 1 failure, 64 wrong usage.

import CKernels
import Glibc

/// The version that `--version` prints.
package let engramVersion = ENGRAM_VERSION

extension Command {
  /// The last word of its name, which calls it.
  var word: String { name.split(separator: " ").last.map(String.init) ?? name }

  /// Runs the command, or the subcommand its first word names, and ends the process.
  package func main(_ words: [String] = Array(CommandLine.arguments.dropFirst())) -> Never {
    // A reader that stops reading (`| head`) is an ordinary end, seen as a failed write.
    signal(SIGPIPE, SIG_IGN)
    // So is a file that grows past its limit (ulimit -f).
    signal(SIGXFSZ, SIG_IGN)
    Interrupt.begin(name)
    exit(status(of: words))
  }

  private func status(of words: [String]) -> Int32 {
    if let first = words.first,
      let subcommand = subcommands.first(where: { $0.word == first })
    {
      return subcommand.status(of: Array(words.dropFirst()))
    }
    do {
      let untilEnd = words.prefix { $0 != "--" }
      if untilEnd.contains("--help") {
        try printResult(helpText)
        return 0
      }
      if untilEnd.contains("--version") {
        let program = name.split(separator: " ").first ?? ""
        try printResult("\(program) \(engramVersion)\n")
        return 0
      }
      try run(try Arguments(parsing: words, for: self))
      return 0
    } catch let error as UsageError {
      note("\(name): \(error)\n\(name): see '\(name) --help'")
      return 64
    } catch OutputError.readerGone {
      return 0
    } catch {
      note("\(name): \(error)")
      return Interrupt.status
    }
  }
}

/// One line on stderr; control characters from data are shown escaped.
package func note(_ text: String) {
  var line = ""
  for scalar in text.unicodeScalars {
    let isControl = scalar.value < 32 || scalar.value == 127
    line += isControl && scalar != "\n" ? scalar.escaped(asASCII: true) : String(scalar)
  }
  Output.standardError.writeBestEffort(line + "\n")
}

/// Text on stdout.
package func printResult(_ text: String) throws {
  let output = Output.standard
  try output.write(text)
  try output.finish()
}
