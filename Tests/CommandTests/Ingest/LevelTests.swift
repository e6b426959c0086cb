// The instruction set that the environment names: said in the run's row, and of the same answers.

import SQLiteKit
import Testing

@Suite struct LevelTests {
  @Test func `A lesser level is the run's, and gives what the best gives`() throws {
    let (study, scratch) = (try SharedStudy.get(), try TemporaryDirectory())
    func rows(_ level: String?, _ sql: String) throws -> String {
      let words = [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data",
        "shapes:test:60", "--layers", "last:2", "--into", "\(level ?? "best").db", "--name", "a",
      ]
      let ingest = try RunningCommand(
        try builtCommand("engram-ingest"), words, directory: scratch.root,
        environment: level.map { ["ENGRAM_CPU_LEVEL": $0] } ?? [:]
      ).finish()
      expectSuccess(ingest)
      let answer = try runCommand(
        "engram-query", ["\(level ?? "best").db", "--sql", sql, "--format", "csv"],
        directory: scratch.root)
      expectSuccess(answer)
      return answer.output
    }
    let level = "select cpu_level from run"
    let found = try rows(nil, level)
    guard !found.hasSuffix("portable\r\n") else { return }
    #expect(try rows("x86-64", level) == "cpu_level\r\nx86-64\r\n")
    // Last bits of activations differ, and with them a bit in a hundred thousand of the significant ones.
    let shares = """
      select round(mean_proportion, 3) as share from sparsity where class_id is null order by layer_id, kind
      """
    #expect(try rows(nil, shares) == rows("x86-64", shares))
    let verified = try runCommand(
      "engram-ingest", ["verify", "x86-64.db"], directory: scratch.root)
    expectSuccess(verified)
  }

  @Test func `A level that is none is refused`() throws {
    let result = try RunningCommand(
      try builtCommand("engram-query"), ["--version"], environment: ["ENGRAM_CPU_LEVEL": "avx2"]
    ).finish()
    #expect(result.status == 64 && result.output.isEmpty)
    #expect(
      result.errors
        == "engram-query: ENGRAM_CPU_LEVEL: expected one of x86-64, x86-64-v3, x86-64-v4, found 'avx2'\n"
    )
  }
}
