// What another user left beside a warehouse: the line names that file, its owner and what to do, and not the folder.

import Foundation
import Glibc
import SQLiteKit
import Testing

@Suite struct CompanionTests {
  private let scratch: TemporaryDirectory
  private var path: String { scratch.path("w.db") }

  init() throws {
    scratch = try TemporaryDirectory()
    try SharedStudy.get().copyWarehouse(to: scratch.path("w.db"))
  }

  /// Root may write everything, so it gives that up; another user takes the right to write from its own file.
  private static let dropping = ["--bounding-set=-dac_override,-dac_read_search,-chown"]
  private static let isRoot = geteuid() == 0

  private func run(_ words: String...) throws -> CommandResult {
    guard Self.isRoot else { return try runCommand("engram-ingest", words) }
    return try RunningCommand(
      try #require(programInPath("setpriv"), "root needs setpriv(1), of util-linux"),
      Self.dropping + [try builtCommand("engram-ingest")] + words
    ).finish()
  }

  /// Makes a file beside the warehouse another user's; who is not root takes the rights from its own.
  /// - Parameters:
  ///   - mode: Where it is another's.
  ///   - own: Where it is this user's.
  /// - Returns: How the line tells it.
  private func giveAway(_ file: String, mode: mode_t, own: mode_t) throws -> String {
    let given = Self.isRoot ? mode : own
    if Self.isRoot { #expect(chown(file, 54_321, 54_321) == 0) }
    #expect(chmod(file, given) == 0)
    let digits = String(given, radix: 8)
    return "found it to be \(Self.isRoot ? "user 54321" : try ownName())'s with mode "
      + String(repeating: "0", count: 4 - digits.count) + digits + ": "
  }

  /// A warehouse with a log that a writer left who was killed.
  private func withLog() throws -> String {
    let writer = try Connection.open(path, mode: .readWrite)
    try writer.execute("update run set name = 'renamed' where name = 'clean'")
    let copy = scratch.path("copy.db")
    for suffix in ["", "-wal"] { try write(try bytes(of: path + suffix), to: copy + suffix) }
    #expect(try bytes(of: copy + "-wal").count > 0)
    return copy
  }

  private func ownName() throws -> String {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.ownerAccountName] as? String)
  }

  @Test func `Another user's index is named, and its removal mends it`() throws {
    try write([UInt8](repeating: 0, count: 32_768), to: path + "-shm")
    let found = try giveAway(path + "-shm", mode: 0o644, own: 0o444)
    for command in ["measure", "delete"] {
      expectFailure(
        try run(command, path, "--run", "clean"), of: "engram-ingest \(command)", 1,
        "\(path): expected \(path)-shm to be writable, \(found)end the program that has the warehouse open; "
          + "where none has, remove it and run the same command again")
    }
    #expect(access(path + "-shm", F_OK) == 0)
    unlink(path + "-shm")
    expectSuccess(try run("measure", path, "--run", "clean"))
    #expect(try listing(scratch.root) == ["w.db"])
  }

  @Test func `An index that cannot be read is named to those who need the log`() throws {
    // Without a log the file alone is all there is.
    try write([UInt8](repeating: 0, count: 32_768), to: path + "-shm")
    _ = try giveAway(path + "-shm", mode: 0o600, own: 0)
    expectSuccess(try run("runs", path))
    unlink(path + "-shm")

    let copy = try withLog()
    try write([UInt8](repeating: 0, count: 32_768), to: copy + "-shm")
    let found = try giveAway(copy + "-shm", mode: 0o600, own: 0)
    expectFailure(
      try run("runs", copy), of: "engram-ingest runs", 1,
      "\(copy): expected \(copy)-shm to be readable, \(found)end the program")
  }

  @Test func `A log with rows is not to be removed`() throws {
    let copy = try withLog()
    let log = try bytes(of: copy + "-wal")
    let found = try giveAway(copy + "-wal", mode: 0o644, own: 0o444)
    expectFailure(
      try run("measure", copy, "--run", "renamed"), of: "engram-ingest measure", 1,
      "\(copy): expected \(copy)-wal to be writable, \(found)rows stand in it, so keep it, and have "
    )
    #expect(try bytes(of: copy + "-wal") == log)
  }
}
