// A command that is killed at moments spread over its course, each time from the same start, and then run to its end. Leaves
// out how a moment is met (KilledCommand), and what must be there afterwards.

import Glibc
import Testing

/// A command that is killed at moments of its course, each time from the same start, and then run to its end.
struct KillMoments {
  let count: Int
  let program: String
  let words: [String]
  let directory: String

  /// What it ends with, undisturbed.
  let status: Int32

  init(
    _ words: [String], in directory: String, program: String = "engram-ingest",
    endingWith status: Int32 = 0, count: Int = 25
  ) {
    (self.program, self.words, self.directory, self.status) = (program, words, directory, status)
    self.count = count
  }

  /// Runs the command undisturbed, then kills it again and again.
  /// - Parameters:
  ///   - prepare: Makes what the command starts from, before each start that is to be killed.
  ///   - undisturbed: Looks at what an undisturbed command has left.
  ///   - killed: Looks at what a killed one has left.
  ///   - again: Looks at what the same command, run to its end, makes of that. It gets the moment, and the result.
  func walk(
    prepare: () throws -> Void, undisturbed: () throws -> Void = {},
    killed: (Int) throws -> Void = { _ in }, again: (Int, CommandResult) throws -> Void,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    try prepare()
    let command = try KilledCommand(program, words, directory: directory, endingWith: status)
    try undisturbed()
    var landed = 0
    for moment in 1...count {
      try prepare()
      let share = (Double(moment) - 0.5) / Double(count)
      if try command.killed(words, at: share) { landed += 1 }
      try killed(moment)
      try again(moment, try runCommand(program, words, directory: directory))
    }
    // The last bytes are moved too quickly to be met each time.
    #expect(
      landed * 3 >= count * 2, "\(landed) of \(count) kills met a command at work",
      sourceLocation: location)
    print(
      "killed \(words.first ?? program): \(landed) of \(count) in \(command.total) bytes moved"
    )
  }
}

extension TemporaryDirectory {
  /// The names in it that begin so, sorted.
  func names(_ prefix: String) throws -> [String] {
    try listing(root).filter { $0.hasPrefix(prefix) }
  }

  /// Takes away the files in it whose names begin so.
  func clear(_ prefix: String) throws {
    for name in try names(prefix) { unlink(path(name)) }
  }
}
