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
    // The warehouse is made under the lock, whose own file is there a moment before it is held.
    while first.isRunning, access(path, F_OK) != 0 { usleep(1000) }
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
    #expect(access(path + "-lock", F_OK) != 0)
  }

  @Test func `A lock of a program that was killed is free`() throws {
    let study = try SharedStudy.get()
    let scratch = try TemporaryDirectory()
    let path = scratch.path("w.db")
    try write([], to: path + "-lock")
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:20",
          "--into", path,
        ]))
  }
}
