// From the process's words to an exit status: 0 success, 1 failure, 64 wrong usage.

internal import Basics
import CKernels
import Glibc

/// The version that `--version` prints.
package let engramVersion = ENGRAM_VERSION

extension Command {
  /// The last word of its name, which calls it.
  var word: String { name.split(separator: " ").last.map(String.init) ?? name }

  /// Runs the command, or the subcommand its first word names, and ends the process.
  package func main(_ words: [String] = Array(CommandLine.arguments.dropFirst())) -> Never {
    do {
      try MatrixKernels.choose()
    } catch {
      note("\(name): \(error)")
      _exit(64)
    }
    // A reader that stops reading (`| head`) is an ordinary end, seen as a failed write.
    signal(SIGPIPE, SIG_IGN)
    // So is a file that grows past its limit (ulimit -f).
    signal(SIGXFSZ, SIG_IGN)
    Interrupt.begin(name)
    let status = status(of: words)
    fflush(nil)
    // Not exit: what OpenBLAS does at the end waits for ever where its threads could not be made (ulimit -v).
    _exit(status)
  }

  private func status(of words: [String]) -> Int32 {
    if let first = words.first,
      let subcommand = subcommands.first(where: { $0.word == first })
    {
      return subcommand.status(of: Array(words.dropFirst()))
    }
    do {
      try refuseOtherBytes()
      if isProgram, words.first == "help", !words.contains("--help") {
        try printResult(try help(on: Array(words.dropFirst())))
        return 0
      }
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
      note("\(name): \(error)")
      note("\(name): see '\(name) --help'")
      return 64
    } catch OutputError.readerGone {
      return 0
    } catch {
      note("\(name): \(error)")
      return Interrupt.status
    }
  }
}

/// Words of the command line are texts: of bytes that are none, Swift would make other names than were given.
private func refuseOtherBytes() throws {
  for index in 1..<max(1, Int(CommandLine.argc)) {
    guard let word = unsafe CommandLine.unsafeArgv[index] else { continue }
    let bytes = unsafe UnsafeBufferPointer(start: word, count: strlen(word)).map {
      UInt8(bitPattern: $0)
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw UsageError(
        "argument \(index): expected UTF-8, found '\(shownBytes(bytes))'; name the file otherwise")
    }
  }
}

/// One line on stderr, cut inside where it is very long; what would steer a terminal is shown escaped.
package func note(_ text: String) {
  Output.standardError.writeBestEffort(text.cutInside(1500).withoutSteering() + "\n")
}

/// Text on stdout, several lines of it where there are; on a terminal without what would steer it.
package func printResult(_ text: String) throws {
  let output = Output.standard
  try output.write(output.isTerminal ? text.withoutSteering(except: ["\n", "\t"]) : text)
  try output.finish()
}
