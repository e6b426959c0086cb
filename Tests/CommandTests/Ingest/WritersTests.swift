// Two programs at one warehouse: writers take turns, readers are not kept waiting.

import Glibc
import SQLiteKit
import Testing

@Suite struct WritersTests {
  @Test func `The second ingest waits for the first and readers for nobody`() throws {
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    let path = scratch.path("w.db")
    func ingest(_ data: String) throws -> RunningCommand {
      try RunningCommand(
        try builtCommand("engram-ingest"),
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", data, "--into", path,
          "--layers", "fc3",
        ])
    }
    let first = try ingest("shapes:test:1500")
    // The file is made, locked, and becomes a warehouse: by then the lock is held.
    while first.isRunning, (try? rows(path, "select 1 from run")) == nil { usleep(1000) }
    // Held where it is, the first one keeps its lock for as long as the test needs.
    first.send(SIGSTOP)
    while first.isRunning, !first.isStopped { usleep(1000) }
    #expect(first.isStopped)
    let second = try ingest("shapes:test:600")
    // It waits for as long as it takes: the first one stands still.
    let waiting = "another program is writing to it; waiting for it to end"
    while second.isRunning, !second.errorsSoFar.contains(waiting) { usleep(10_000) }
    #expect(second.isRunning)
    first.send(SIGCONT)
    while first.isRunning {
      // The file may not be a warehouse yet; what matters is that nobody waits.
      _ = try? rows(path, "select count(*) from prediction")
      usleep(1000)
    }
    expectSuccess(try first.finish())
    let result = try second.finish()
    expectSuccess(result)
    #expect(result.errors.contains(waiting))
    #expect(try rows(path, "select sum(n_samples), count(completed_at) from run") == [[2100, 2]])
    #expect(try !listing(scratch.root).contains { $0.hasSuffix("-lock") })
  }

  /// The lock is on the file, not on one of its names.
  @Test func `Two names of one file are one warehouse`() throws {
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    let (path, other) = (scratch.path("w.db"), scratch.path("other.db"))
    func ingest(_ data: String, into path: String) throws -> RunningCommand {
      try RunningCommand(
        try builtCommand("engram-ingest"),
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", data, "--into", path,
          "--layers", "fc3",
        ])
    }
    expectSuccess(try ingest("shapes:test:20", into: path).finish())
    #expect(link(path, other) == 0)
    let first = try ingest("shapes:test:1500", into: path)
    while first.isRunning, try rows(path, "select count(*) from run") != [[2]] { usleep(1000) }
    first.send(SIGSTOP)
    while first.isRunning, !first.isStopped { usleep(1000) }
    #expect(first.isStopped)
    let second = try ingest("shapes:test:600", into: other)
    let waiting = "another program is writing to it; waiting for it to end"
    while second.isRunning, !second.errorsSoFar.contains(waiting) { usleep(10_000) }
    #expect(second.isRunning)
    first.send(SIGCONT)
    expectSuccess(try first.finish())
    expectSuccess(try second.finish())
    #expect(try rows(path, "select sum(n_samples), count(completed_at) from run") == [[2120, 3]])
    #expect(try rows(path, "pragma integrity_check") == [[.text("ok")]])
  }

  /// As a start that was killed in its first moments leaves it.
  @Test func `An empty file becomes a warehouse`() throws {
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    try write([], to: scratch.path("w.db"))
    func ingest(_ options: String...) throws -> CommandResult {
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--data", "shapes:test:20", "--into", scratch.path("w.db"),
        ] + options)
    }
    expectFailure(
      try runCommand("engram-ingest", ["measure", scratch.path("w.db")]),
      of: "engram-ingest measure",
      1, "expected a warehouse, found an empty file")
    expectSuccess(try ingest("--weights", study.weights))
    #expect(try rows(scratch.path("w.db"), "select count(completed_at) from run") == [[1]])
  }

  /// A reader that holds an older state keeps what is new in the log: whoever copies the file alone must know.
  @Test func `A file that is not whole without its log is no success`() throws {
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    let path = scratch.path("w.db")
    func ingest(_ data: String) throws -> CommandResult {
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", data, "--into", path,
          "--layers", "fc3",
        ])
    }
    expectSuccess(try ingest("shapes:test:20"))
    let reader = try Connection.open(path, mode: .readWrite)
    try reader.execute("begin; select count(*) from run")
    // Nor is it one to say, the second time, that nothing was left to do.
    for _ in 1...2 {
      let result = try ingest("shapes:test:30")
      #expect(result.status == 1 && result.output.isEmpty)
      let log = try bytes(of: path + "-wal").count
      #expect(log > 0)
      #expect(
        result.errors.contains(
          "w.db: everything is stored, a part of it in \(path)-wal (\(log) bytes), for another"),
        "\(result.errors)")
      #expect(result.errors.contains("'engram-ingest copy' makes one file of both"))
    }
    try reader.execute("rollback")
    let result = try ingest("shapes:test:30")
    expectSuccess(result)
    #expect(result.output.contains("already ingested"))
    try write(try bytes(of: path), to: scratch.path("copy.db"))
    #expect(try rows(scratch.path("copy.db"), "select count(completed_at) from run") == [[2]])
  }

  @Test(arguments: ["removed", "replaced"])
  func `A warehouse that was taken away is no success`(how: String) throws {
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    let path = scratch.path("w.db")
    let ingest = try RunningCommand(
      try builtCommand("engram-ingest"),
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:1500",
        "--into", path, "--layers", "fc3",
      ])
    while ingest.isRunning, (try? rows(path, "select 1 from prediction limit 1"))?.isEmpty != false
    { usleep(1000) }
    ingest.send(SIGSTOP)
    while ingest.isRunning, !ingest.isStopped { usleep(1000) }
    #expect(ingest.isStopped)
    unlink(path)
    if how == "replaced" { try write([1, 2, 3], to: path) }
    ingest.send(SIGCONT)
    let result = try ingest.finish()
    #expect(result.status == 1 && result.output.isEmpty)
    #expect(
      result.errors.contains(
        "expected the file that this command opened, found another one or none"),
      "\(result.errors)")
  }

  @Test func `Two trainings do not share a folder`() throws {
    let scratch = try TemporaryDirectory()
    let folder = scratch.path("nets")
    func train(_ options: String...) throws -> RunningCommand {
      try RunningCommand(
        try builtCommand("engram-train"),
        [
          "--data", "shapes:train:96", "--test", "none", "--batch-size", "32", "--epochs", "40",
          "--out", folder,
        ] + options)
    }
    let first = try train()
    while first.isRunning, access(folder + "/checkpoint.safetensors", F_OK) != 0 { usleep(1000) }
    first.send(SIGSTOP)
    while first.isRunning, !first.isStopped { usleep(1000) }
    #expect(first.isStopped)
    expectFailure(
      try train("--force").finish(), of: "engram-train", 1,
      "expected a folder that nobody trains into, found another training at work")
    let resumed = try RunningCommand(
      try builtCommand("engram-train"), ["--resume", "--out", folder]
    ).finish()
    #expect(resumed.status == 1 && resumed.errors.contains("found another training at work"))
    first.send(SIGCONT)
    first.send(SIGTERM)
    #expect(try first.finish().status == 128 + SIGTERM)
    expectSuccess(try train("--force", "--epochs", "1").finish())
  }
}
