// tools/steps, which the studies stand on: what a warehouse has is asked of the warehouse, and a script that a signal ends
// ends the program it runs.

import Glibc
import SQLiteKit
import TestSupport
import Testing

@Suite(.enabled(if: Shell.hasShell, "sqlite3 is not in PATH")) struct StudyStepsTests {
  private let scratch: TemporaryDirectory
  private var warehouse: String { scratch.path("w.db") }

  init() throws {
    scratch = try TemporaryDirectory()
    try SharedStudy.get().copyWarehouse(to: scratch.path("w.db"))
  }

  private func script(_ text: String) throws -> RunningCommand {
    try RunningCommand(
      "/bin/bash",
      [
        "-euc",
        "PATH=\(binaryDirectory()):$PATH; warehouse=\(warehouse); . \(packageDirectory())/tools/steps; \(text)",
      ])
  }

  @Test(arguments: [
    ("--between clean,stylised", "divergence where from_run_id <> to_run_id"),
    ("--run stylised --under clean", "likelihood where run_id <> profile_run_id"),
    ("--run clean --by predicted", "entropy where grouping = 'predicted'"),
    ("--run clean --bootstrap 3", "replicate where n_replicates = 3"),
  ])
  func `What was taken out is measured again, and nothing twice`(options: String, rows: String)
    throws
  {
    func count() throws -> Int {
      let connection = try Connection.open(warehouse, mode: .readOnly)
      return try connection.integer("select count(*) from \(rows)") ?? 0
    }
    try Connection.open(warehouse, mode: .readWrite).execute("delete from \(rows)")
    let first = try script("measure \(options)").finish()
    #expect(first.status == 0, "\(first.errors)")
    let measured = try count()
    #expect(measured > 0)
    let second = try script("measure \(options)").finish()
    #expect(second.status == 0 && second.output == "" && second.errors == "", "\(second)")
    try Connection.open(warehouse, mode: .readWrite).execute("delete from \(rows)")
    #expect(try script("measure \(options)").finish().status == 0)
    #expect(try count() == measured)
  }

  @Test func `What cannot be told is refused`() throws {
    let result = try script("measure --everything").finish()
    #expect(
      result.status == 1 && result.errors.contains("cannot tell whether 'measure --everything'"))
  }

  @Test func `A signal ends the program that a script runs`() throws {
    let running = try script("echo started >&2; child sleep 1000")
    func children() throws -> [Substring] {
      try text(of: "/proc/\(running.identifier)/task/\(running.identifier)/children")
        .split(separator: " ")
    }
    while running.isRunning, try children().isEmpty { usleep(1000) }
    let child = try #require(try children().first)
    running.send(SIGTERM)
    #expect(try running.finish().status == 128 + SIGTERM)
    #expect(access("/proc/\(child)", F_OK) != 0)
  }
}
