// Ctrl-C and worse in the middle of a training and of an ingest: what is left is whole, and going on
// from there ends where an uninterrupted run ends.

import Foundation
import Glibc
import SQLiteKit
import Testing

@Suite struct InterruptionTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  /// Starts a command and, once something is done, stops it, sends the signal and lets it go on: so it
  /// is not done before the signal has come, unless it was when it was first looked at.
  private func interrupt(
    _ command: String, _ arguments: [String], with signal: Int32, onceTrue hasBegun: () -> Bool
  ) throws -> CommandResult {
    let running = try RunningCommand(
      builtCommand(command), arguments, directory: scratch.root)
    while running.isRunning, !hasBegun() { usleep(2000) }
    running.send(SIGSTOP)
    running.send(signal)
    running.send(SIGCONT)
    return try running.finish()
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
  func `An ingest goes on behind its last batch`(signal: Int32) throws {
    let count = 2560
    let arguments = [
      "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:\(count)",
      "--layers", "fc3", "--format", "csv",
    ]
    let path = scratch.path("w.db")
    func stored() -> Int? {
      guard case .integer(let n)? = try? rows(path, "select count(*) from prediction").first?.first
      else { return nil }
      return n
    }
    let result = try interrupt("engram-ingest", arguments + ["--into", "w.db"], with: signal) {
      stored() ?? 0 > 0
    }
    let committed = try #require(stored())
    #expect(result.status != 0, "TEMP")
    if result.status != 0 {
      #expect(committed > 0 && committed <= count && (committed % 256 == 0 || committed == count))
      if signal == SIGKILL {
        #expect(result.status == 128 + SIGKILL)
      } else {
        expectFailure(
          result, of: "engram-ingest", 1,
          "interrupted; \(committed) samples are stored, the same command goes on behind them")
      }
      #expect(try rows(path, "select completed_at is null from run") == [[1]])
    }

    let resumed = try runCommand(
      "engram-ingest", arguments + ["--into", "w.db"], directory: scratch.root)
    expectSuccess(resumed)
    let whole = try runCommand(
      "engram-ingest", arguments + ["--into", "whole.db"], directory: scratch.root)
    expectSuccess(whole)
    #expect(try content(path) == (try content(scratch.path("whole.db"))))
    #expect(try measures(path) == (try measures(scratch.path("whole.db"))))
    #expect(try rows(path, "pragma integrity_check") == [[.text("ok")]])
  }

  /// Everything that was captured, in order.
  private func content(_ path: String) throws -> [[Value]] {
    try rows(
      path,
      """
      select sample.position, prediction.class_id, confidence, loss, correct, x, z, bits, n_significant
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

  @Test(arguments: [SIGINT, SIGKILL])
  func `A training goes on behind its last epoch`(signal: Int32) throws {
    let arguments = [
      "--data", "shapes:train:96", "--test", "shapes:test:32", "--batch-size", "32", "--epochs",
      "5",
    ]
    let log = scratch.path("n/log.jsonl")
    func epochs() -> Int {
      max(0, ((try? text(of: log)) ?? "").split(separator: "\n").count - 1)
    }
    let result = try interrupt("engram-train", arguments + ["--out", "n"], with: signal) {
      epochs() > 0
    }
    #expect(result.status != 0, "TEMP")
    if result.status != 0 {
      let done = epochs()
      #expect(done > 0 && done < 5 || signal == SIGKILL)
      if signal == SIGKILL {
        #expect(result.status == 128 + SIGKILL)
      } else {
        #expect(result.status == 1 && result.output == "")
        #expect(
          result.errors.hasSuffix(
            "engram-train: stopped after epoch \(done) of 5; go on with --resume --out n\n"),
          "\(result.errors)")
      }
    }
    expectSuccess(
      try runCommand("engram-train", ["--resume", "--out", "n"], directory: scratch.root))
    expectSuccess(
      try runCommand("engram-train", arguments + ["--out", "whole"], directory: scratch.root))
    let files = try listing(scratch.path("whole"))
    #expect(try listing(scratch.path("n")) == files)
    for file in files {
      let same =
        try bytes(of: scratch.path("n/" + file)) == bytes(of: scratch.path("whole/" + file))
      #expect(same, "\(file)")
    }
  }
}
