// The one way in which tests kill a command: at moments spread over its course, by the processor time that it has taken.
// So neither a faster machine nor a busy one moves them all behind its end. Leaves out: what must be there afterwards.

import Glibc
import Testing

/// A command that is killed at moments of its course, each time from the same start, and then run to its end.
struct KillMoments {
  static let count = 25
  let program: String
  let words: [String]
  let directory: String

  init(_ words: [String], in directory: String, program: String = "engram-ingest") {
    (self.program, self.words, self.directory) = (program, words, directory)
  }

  /// Runs the command undisturbed, then kills it again and again.
  /// - Parameters:
  ///   - prepare: Makes what the command starts from, before each start that is to be killed.
  ///   - undisturbed: Looks at what an undisturbed command has left.
  ///   - killed: Looks at what a killed one has left.
  ///   - again: Looks at what the same command, run to its end, makes of that. It gets the moment, and the result.
  func walk(
    prepare: () throws -> Void, undisturbed: (CommandResult) throws -> Void,
    killed: (Int) throws -> Void = { _ in }, again: (Int, CommandResult) throws -> Void,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    try prepare()
    let (result, course) = try start { _ in false }
    try undisturbed(result)
    var landed = 0
    for moment in 1...Self.count {
      try prepare()
      let end = course * (Double(moment) - 0.5) / Double(Self.count)
      let (broken, _) = try start { $0 >= end }
      if broken.status == 128 + SIGKILL { landed += 1 }
      try killed(moment)
      try again(moment, try runCommand(program, words, directory: directory))
    }
    // A course that takes less than the one that was measured ends before its last moments come.
    #expect(
      landed * 3 >= Self.count, "\(landed) of \(Self.count) kills met a command at work",
      sourceLocation: location)
    print(
      "killed \(words.first ?? program): \(landed) of \(Self.count) in \(course * 1000) ms of work")
  }

  /// Starts the command and kills it as soon as `isDue` says so of the seconds of processor time that it has taken.
  /// - Returns: Those it took, as far as they were seen.
  private func start(
    _ isDue: (Double) -> Bool
  ) throws -> (result: CommandResult, seconds: Double) {
    let running = try RunningCommand(try builtCommand(program), words, directory: directory)
    var last = 0.0
    while let seconds = running.processorSeconds {
      last = seconds
      if isDue(seconds) { running.send(SIGKILL) }
      usleep(200)
    }
    return (try running.finish(), last)
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
