// engram-ingest measure on runs that are not complete.

import SQLiteKit
import Testing

@Suite struct MeasureCompletionTests {
  private let scratch: TemporaryDirectory
  private let path: String

  init() throws {
    scratch = try TemporaryDirectory()
    path = scratch.path("w.db")
    try QueryFixture.fill(try Connection.open(path, mode: .create))
  }

  @Test func `Without a complete run there is nothing to measure`() throws {
    let connection = try Connection.open(path, mode: .readWrite)
    try connection.execute("update run set completed_at = null")
    let result = try runCommand("engram-ingest", ["measure", path])
    #expect(result.status == 1)
    #expect(result.output == "")
    #expect(result.errors.contains("no complete run"))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func `Measuring a run that lacks nothing else completes it`() throws {
    let connection = try Connection.open(path, mode: .readWrite)
    try connection.execute(
      """
      insert into prediction (run_id, sample_id, class_id, confidence, loss, correct)
      select 3, sample_id, class_id, 1, 0, 1 from sample;
      insert into class_profile (run_id, layer_id, kind, grouping, class_id, block, n_samples, counts)
      select 3, 1, 'neuron', 'true', class_id, 0, 2, x'454301010200000000000000010000000100000001'
      from class
      """)
    let result = try runCommand("engram-ingest", ["measure", path, "--run", "unfinished"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try connection.integer("select completed_at is not null from run where run_id = 3") == 1)
    #expect(try connection.integer("select count(*) from entropy where run_id = 3") == 3)
  }
}
