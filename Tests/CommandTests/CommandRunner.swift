// Runs the package's built binaries and gives back what they print. Every command test stands on it.

import Foundation
import Glibc
import Testing

/// What a finished command left behind.
struct CommandResult {
  let status: Int32
  let output: String
  let errors: String
}

/// Where `swift build` put the binaries and this test bundle.
func binaryDirectory() -> String {
  // Under `swift test` the bundle is the running program, in the build directory with the binaries.
  url("/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
}

/// Runs a binary that was built beside this test bundle.
/// - Parameter directory: the working directory; nil keeps the tests' own.
func runCommand(
  _ name: String, _ arguments: [String], input: String = "", directory: String? = nil
) throws -> CommandResult {
  try RunningCommand(
    builtCommand(name), arguments, input: input, directory: directory
  ).finish()
}

/// The path of a binary that was built beside this test bundle.
func builtCommand(_ name: String) throws -> String {
  let path = binaryDirectory() + "/" + name
  let built = FileManager.default.isExecutableFile(atPath: path)
  try #require(built, "\(path) is not there: build the package first")
  return path
}

/// A program that was started and may still run.
final class RunningCommand {
  private let process = Process()
  // Files instead of pipes: nothing blocks, whatever is printed.
  private let scratch: TemporaryDirectory

  /// - Parameters:
  ///   - path: the program's file.
  ///   - environment: set on top of the tests' own.
  init(
    _ path: String, _ arguments: [String], input: String = "", directory: String? = nil,
    environment: [String: String] = [:]
  ) throws {
    scratch = try TemporaryDirectory()
    let files = ["in", "out", "err"].map { [scratch] in scratch.path($0) }
    for file in files { try Data(file == files[0] ? input.utf8 : "".utf8).write(to: url(file)) }
    process.executableURL = url(path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let directory { process.currentDirectoryURL = url(directory) }
    process.standardInput = try FileHandle(forReadingFrom: url(files[0]))
    process.standardOutput = try FileHandle(forWritingTo: url(files[1]))
    process.standardError = try FileHandle(forWritingTo: url(files[2]))
    // Tests run on threads that block signals, and a child inherits what its parent's thread blocks.
    var (none, usual) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &usual)
    defer { pthread_sigmask(SIG_SETMASK, &usual, nil) }
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  /// Whether it waits for SIGCONT.
  var isStopped: Bool {
    // The state stands behind the program's name, which is in parentheses.
    let status = try? text(of: "/proc/\(process.processIdentifier)/stat")
    return process.isRunning && status?.split(separator: ")").last?.hasPrefix(" T") == true
  }

  /// Seconds of processor time that it has taken so far; nil where it has ended.
  var processorSeconds: Double? {
    var (clock, time) = (clockid_t(), timespec())
    guard process.isRunning, clock_getcpuclockid(process.processIdentifier, &clock) == 0,
      clock_gettime(clock, &time) == 0
    else { return nil }
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Sends a signal, unless the program has ended.
  func send(_ signal: Int32) {
    if process.isRunning { kill(process.processIdentifier, signal) }
  }

  /// What it has printed on standard error so far.
  var errorsSoFar: String { (try? text(of: scratch.path("err"))) ?? "" }

  /// Waits for the end. The status of a program that a signal ended is 128 and the signal's number.
  func finish() throws -> CommandResult {
    process.waitUntilExit()
    let signalled = process.terminationReason == .uncaughtSignal
    return CommandResult(
      status: process.terminationStatus + (signalled ? 128 : 0),
      output: try text(of: scratch.path("out")), errors: try text(of: scratch.path("err")))
  }
}

/// A directory of one's own that goes when this value does.
final class TemporaryDirectory: Sendable {
  let root: String

  init() throws {
    root =
      FileManager.default.temporaryDirectory.appendingPathComponent(
        "engram-test-\(UUID().uuidString)"
      ).path
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: root) }

  /// The path of a file in it.
  func path(_ name: String) -> String { root + "/" + name }
}

func text(of path: String) throws -> String {
  String(decoding: try Data(contentsOf: url(path)), as: UTF8.self)
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: url(path))) }

private func url(_ path: String) -> URL { URL(fileURLWithPath: path) }
