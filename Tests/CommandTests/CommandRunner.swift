// Runs the package's built binaries and gives back what they print. Every command test stands on it.

import Foundation
import Testing

/// What a finished command left behind.
struct CommandResult {
  let status: Int32
  let output: String
  let errors: String
}

/// Runs a binary that was built beside this test bundle.
/// - Parameter directory: the working directory; nil keeps the tests' own.
func runCommand(
  _ name: String, _ arguments: [String], input: String = "", directory: String? = nil
) throws -> CommandResult {
  // Under `swift test` the bundle is the running program, in the build directory with the binaries.
  let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
  let binary = bundle.deletingLastPathComponent().appendingPathComponent(name)
  let built = FileManager.default.isExecutableFile(atPath: binary.path)
  try #require(built, "\(binary.path) is not there: build the package first")

  // Files instead of pipes: nothing blocks, whatever is printed.
  let scratch = try TemporaryDirectory()
  let files = ["in", "out", "err"].map { scratch.path($0) }
  for file in files { try Data(file == files[0] ? input.utf8 : "".utf8).write(to: url(file)) }
  let process = Process()
  process.executableURL = binary
  process.arguments = arguments
  if let directory { process.currentDirectoryURL = url(directory) }
  process.standardInput = try FileHandle(forReadingFrom: url(files[0]))
  process.standardOutput = try FileHandle(forWritingTo: url(files[1]))
  process.standardError = try FileHandle(forWritingTo: url(files[2]))
  try process.run()
  process.waitUntilExit()
  return CommandResult(
    status: process.terminationStatus, output: try text(of: files[1]),
    errors: try text(of: files[2]))
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

/// The package's directory, for the tests that read what is documented.
func packageDirectory(_ file: String = #filePath) -> String {
  file.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
}

private func url(_ path: String) -> URL { URL(fileURLWithPath: path) }
