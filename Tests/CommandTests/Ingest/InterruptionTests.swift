// Ctrl-C and worse in the middle of a training and of an ingest: what is left is whole, and going on
// from there ends where an uninterrupted run ends.

import Foundation
import Glibc
import SQLiteKit
import TestSupport
import Testing

@Suite struct InterruptionTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  /// Starts a command, waits until something is done, stops it, sends the signal and lets it go on:
  /// what is done by then is known, however fast the machine is. Where the program was past half of its work before it
  /// stood still it starts anew, a few times.
  private func interrupt(
    _ command: String, _ arguments: [String], with signal: Int32, done: () -> Int, of total: Int,
    anew: () throws -> Void
  ) throws -> CommandResult {
    for _ in 0..<6 {
      let running = try RunningCommand(
        builtCommand(command), arguments, directory: scratch.root)
      while running.isRunning, done() == 0 { usleep(1000) }
      running.send(SIGSTOP)
      while running.isRunning, !running.isStopped { usleep(1000) }
      let isAmid = running.isStopped && done() * 2 <= total
      guard isAmid else {
        running.send(SIGKILL)
        _ = try running.finish()
        try anew()
        continue
      }
      running.send(signal)
      running.send(SIGCONT)
      // timeout(1) signals a program and its group: twice, and it is one.
      usleep(2000)
      running.send(signal)
      return try running.finish()
    }
    throw NeverAmid(command: command)
  }

  private struct NeverAmid: Error, CustomStringConvertible {
    let command: String
    var description: String {
      "\(command) was past half of its work six times before it stood still"
    }
  }

  @Test func `An ingest goes on behind its last batch`() throws {
    let count = 2560
    let arguments = [
      "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:\(count)",
      "--layers", "fc3", "--format", "csv",
    ]
    let whole = scratch.path("whole.db")
    expectSuccess(try runCommand("engram-ingest", arguments + ["--into", whole]))

    for signal in [SIGINT, SIGTERM, SIGKILL] {
      let path = scratch.path("\(signal).db")
      func stored() -> Int {
        let value = try? rows(path, "select count(*) from prediction").first?.first
        guard case .integer(let n)? = value else { return 0 }
        return n
      }
      let result = try interrupt(
        "engram-ingest", arguments + ["--into", path], with: signal, done: stored, of: count
      ) {
        for name in try listing(scratch.root) where name.hasPrefix("\(signal).db") {
          unlink(scratch.path(name))
        }
      }
      #expect(result.status == 128 + signal, "signal \(signal) is not heeded")
      let committed = stored()
      #expect(committed > 0 && committed < count && committed % 256 == 0)
      #expect(try rows(path, "select completed_at is null from run") == [[1]])
      if signal != SIGKILL {
        expectFailure(
          result, of: "engram-ingest", 128 + signal,
          "interrupted; \(committed) samples are stored, the same command goes on behind them")
      }

      expectSuccess(try runCommand("engram-ingest", arguments + ["--into", path]))
      #expect(difference(try content(path), try content(whole)) == nil, "signal \(signal)")
      #expect(difference(try measures(path), try measures(whole)) == nil, "signal \(signal)")
      #expect(try rows(path, "pragma integrity_check") == [[.text("ok")]])
    }
  }

  /// Everything that was captured, in order.
  private func content(_ path: String) throws -> [[Value]] {
    try rows(
      path,
      """
      select sample.position, prediction.class_id, confidence, loss, correct, x, z, bits,
        n_significant
      from prediction join sample using (sample_id) join activation using (sample_id)
      join significance using (sample_id) order by sample.position
      """)
      + rows(
        path,
        """
        select kind, grouping, class_id, block, n_samples, counts from class_profile
        order by kind, grouping, class_id, block
        """)
      + rows(path, "select n_samples, identity, completed_at is not null from run")
  }

  @Test func `A training goes on behind its last epoch`() throws {
    let total = 5
    let arguments = [
      "--data", "shapes:train:96", "--test", "shapes:test:32", "--batch-size", "32",
      "--epochs", "\(total)", "--out",
    ]
    let whole = scratch.path("whole")
    expectSuccess(try runCommand("engram-train", arguments + [whole]))
    let files = try listing(whole)

    for signal in [SIGINT, SIGKILL] {
      let folder = scratch.path("\(signal)")
      func epochs() -> Int {
        max(0, ((try? text(of: folder + "/log.jsonl")) ?? "").split(separator: "\n").count - 1)
      }
      let result = try interrupt(
        "engram-train", arguments + [folder], with: signal, done: epochs, of: total
      ) { try FileManager.default.removeItem(atPath: folder) }
      #expect(result.status == 128 + signal, "signal \(signal) is not heeded")
      #expect(result.output == "" && (1..<total).contains(epochs()))
      if signal != SIGKILL {
        let hint = "stopped after epoch \(epochs()) of 5; go on with --resume --out \(folder)\n"
        #expect(result.errors.hasSuffix("engram-train: " + hint), "\(result.errors)")
      }

      expectSuccess(try runCommand("engram-train", ["--resume", "--out", folder]))
      #expect(try listing(folder).filter(files.contains) == files)
      for file in files {
        #expect(
          difference(
            try bytes(of: folder + "/" + file), try bytes(of: whole + "/" + file)) == nil,
          "\(file) after signal \(signal)")
      }
    }
  }
}
