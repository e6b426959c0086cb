// A delete on a full disk: what was committed stays, the line is true, and what it advises gives the space back.

import Foundation
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct FullDiskTests {
  private let scratch: TemporaryDirectory

  init() throws {
    scratch = try TemporaryDirectory()
    try SharedStudy.get().copyWarehouse(to: scratch.path("start.db"))
  }

  /// Whether a process may have file systems of its own.
  static let canMount: Bool = {
    guard let unshare = programInPath("unshare") else { return false }
    return
      (try? RunningCommand(unshare, ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).finish())?
      .status == 0
  }()

  /// Deletes a run on a disk of its own; `after` holds what stands on it afterwards.
  /// - Parameter kilobytes: What the disk holds beyond the warehouse.
  private func delete(_ options: String..., spare kilobytes: Int) throws -> CommandResult {
    let size = try bytes(of: scratch.path("start.db")).count / 1024 + kilobytes
    for folder in ["disk", "after"] {
      try? FileManager.default.removeItem(atPath: scratch.path(folder))
      try FileManager.default.createDirectory(
        atPath: scratch.path(folder), withIntermediateDirectories: true)
    }
    let script = """
      mount -t tmpfs -o size=\(size)k none disk && cp start.db disk/w.db && cd disk || exit 99
      "$@"
      status=$?
      cp * ../after && exit $status
      """
    return try RunningCommand(
      try #require(programInPath("unshare")),
      [
        "-rm", "sh", "-c", script, "sh", try builtCommand("engram-ingest"), "delete", "w.db",
        "--run",
        "memorised",
      ] + options, directory: scratch.root, environment: ["SQLITE_TMPDIR": scratch.root]
    ).finish()
  }

  /// All that the warehouse on the disk says, apart from how its pages lie.
  private func after() throws -> [String: [[Value]]] { try contents(scratch.path("after/w.db")) }

  @Test(.enabled(if: canMount, "needs unshare(1) and the right to mount"))
  func `A deleted run's space is had back after a full disk`() throws {
    try registerEngramFunctions()
    let whole = try delete(spare: 100_000)
    expectSuccess(whole)
    #expect(try listing(scratch.path("after")) == ["w.db"])
    let (expected, size) = (try after(), try bytes(of: scratch.path("after/w.db")).count)

    // Room for the delete, none for the file to be written anew.
    let result = try delete(spare: size / 1024 / 2)
    #expect(result.status == 1 && result.output == "")
    #expect(
      result.errors.contains(
        "w.db: run memorised is deleted; the disk, or that of temporary files, is full: the file is not written anew; "
          + "runs to come take its space, or 'engram-ingest compact w.db' gives it back\n"),
      "\(result.errors)")
    #expect(difference(try after(), expected) == nil)
    let path = scratch.path("after/w.db")
    #expect(try rows(path, "pragma freelist_count") != [[0]])
    try expectVerified(path)

    // The same again does not say that there was never such a run.
    let again = try runCommand("engram-ingest", ["delete", path, "--run", "memorised"])
    #expect(again.status == 1)
    #expect(
      again.errors.contains("unknown run 'memorised'")
        && again.errors.contains("'engram-ingest compact \(path)' gives them back"),
      "\(again.errors)")
    expectSuccess(try runCommand("engram-ingest", ["compact", path]))
    #expect(try bytes(of: path).count == size)
    #expect(difference(try after(), expected) == nil)
    try expectVerified(path)
  }

  @Test(.enabled(if: canMount, "needs unshare(1) and the right to mount"))
  func `No room to delete changes nothing, and the same again does it`() throws {
    try registerEngramFunctions()
    let before = try contents(scratch.path("start.db"))
    let result = try delete(spare: 40)
    #expect(result.status == 1 && result.output == "")
    #expect(
      result.errors.contains(
        "w.db: the disk is full; free some space and run the same command again to go on\n"),
      "\(result.errors)")
    let path = scratch.path("after/w.db")
    #expect(difference(try after(), before) == nil)
    try expectVerified(path)
    expectSuccess(try runCommand("engram-ingest", ["delete", path, "--run", "memorised"]))
    #expect(try rows(path, "select count(*) from run where name = 'memorised'") == [[0]])
    #expect(try rows(path, "pragma freelist_count") == [[0]])
    try expectVerified(path)
  }

  /// Every failure behind the commit says that the run is gone: here a limit of the file's size.
  @Test func `A limit of file sizes is told with what became of the run`() throws {
    let path = scratch.path("start.db")
    let limit = try bytes(of: path).count / 1024 / 2
    let result = try RunningCommand(
      "/bin/bash",
      [
        "-c", "ulimit -f \(limit); exec \"$@\"", "bash", try builtCommand("engram-ingest"),
        "delete",
        path, "--run", "memorised",
      ]
    ).finish()
    #expect(result.status == 1 && result.output == "")
    #expect(
      result.errors.contains("\(path): run memorised is deleted; the file is not written anew ("),
      "\(result.errors)")
    #expect(result.errors.contains("File too large"), "\(result.errors)")
    #expect(
      result.errors.contains("'engram-ingest compact \(path)' gives it back"), "\(result.errors)")
    #expect(try rows(path, "select count(*) from run where name = 'memorised'") == [[0]])
    try expectVerified(path)
  }

  /// A reader keeps the file from becoming smaller; the same command again would find no run.
  @Test(arguments: [[], ["--keep-space"]])
  func `A reader of an older state is told with what became of the run`(options: [String]) throws {
    let path = scratch.path("start.db")
    let reader = try Connection.open(path, mode: .readWrite)
    try reader.execute("begin; select count(*) from run")
    let result = try runCommand(
      "engram-ingest", ["delete", path, "--run", "memorised"] + options)
    #expect(result.status == 1 && result.output == "")
    #expect(
      result.errors.contains(
        "\(path): run memorised is deleted; another program reads an older state, so a part of this one stands in "
          + "\(path)-wal (\(try bytes(of: path + "-wal").count) bytes): 'engram-ingest copy' makes one file of both"
      ),
      "\(result.errors)")
    try reader.execute("rollback; vacuum; pragma wal_checkpoint(truncate)")
    #expect(try rows(path, "pragma freelist_count") == [[0]])
  }
}
