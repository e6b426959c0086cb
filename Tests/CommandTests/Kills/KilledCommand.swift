// Commands that are killed outright in the middle of their work, on a machine of any speed: how far one has come is told
// by the bytes that it has read and written, of those that an undisturbed one moves. No kill waits for a time.

import Foundation
import Glibc
import Testing

extension RunningCommand {
  /// Bytes that the program has read and written so far, as the kernel counts them; nil where it has ended.
  var bytesMoved: Int? {
    guard isRunning, let counts = try? text(of: "/proc/\(identifier)/io") else { return nil }
    let numbers = counts.split(separator: "\n").compactMap { line -> Int? in
      guard line.hasPrefix("rchar: ") || line.hasPrefix("wchar: ") else { return nil }
      return Int(line.drop { $0 != " " }.dropFirst())
    }
    // Of one that has ended and was not waited for, nothing is counted any more.
    return numbers.count == 2 && numbers != [0, 0] ? numbers[0] + numbers[1] : nil
  }
}

/// A command of which it is known how many bytes it moves.
struct KilledCommand {
  let name: String
  let directory: String?
  /// Bytes that it moves from its start to its end.
  let total: Int
  /// What it ends with, undisturbed.
  private let status: Int32
  /// The share of them that is moved when something is done: 1 where that is not asked.
  let mark: Double

  /// Runs the command to its end.
  /// - Parameter isDone: asked meanwhile, until it says so.
  init(
    _ name: String, _ words: [String], directory: String? = nil, endingWith status: Int32 = 0,
    marking isDone: () -> Bool = { false }
  ) throws {
    (self.name, self.directory, self.status) = (name, directory, status)
    let running = try RunningCommand(builtCommand(name), words, directory: directory)
    var (most, marked) = (0, Int?.none)
    while running.isRunning {
      most = max(most, running.bytesMoved ?? 0)
      if marked == nil, isDone() { marked = most }
      usleep(300)
    }
    let result = try running.finish()
    #expect(result.status == status, "\(result.errors)")
    total = most
    mark = Double(marked ?? most) / Double(max(most, 1))
    try #require(total > 0, "/proc/PID/io tells nothing")
  }

  /// Starts the command with `words` and kills it when it has moved `share` of its bytes.
  /// - Returns: Whether the signal ended it; else it had come to its end, as the undisturbed one did.
  func killed(_ words: [String], at share: Double) throws -> Bool {
    let running = try RunningCommand(builtCommand(name), words, directory: directory)
    let due = Int(Double(total) * share)
    while running.isRunning, running.bytesMoved ?? 0 < due { usleep(200) }
    running.send(SIGKILL)
    let result = try running.finish()
    if result.status == 128 + SIGKILL { return true }
    #expect(result.status == status, "\(result.errors)")
    return false
  }
}
