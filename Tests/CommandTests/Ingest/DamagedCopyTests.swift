// A warehouse that was copied while it was written: going on with it says what it is and points at verify.

import SQLiteKit
import Testing

@Suite struct DamagedCopyTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory
  private var path: String { scratch.path("w.db") }

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
    try study.copyWarehouse(to: scratch.path("w.db"))
  }

  private func ingest() throws -> CommandResult {
    try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data",
        "shapes:test:\(SharedStudy.samples)", "--layers", "last:2", "--into", path, "--name",
        "clean",
      ])
  }

  /// As `cp` leaves it that read the pages of predictions before a batch and those of activations behind it.
  @Test func `Rows that nobody counted are no other program's`() throws {
    try Connection.open(path, mode: .readWrite).execute(
      """
      update run set completed_at = null where name = 'clean';
      delete from prediction where run_id = 1 and prediction_id > 40
      """)
    let result = try ingest()
    #expect(result.status == 1 && result.output == "")
    // The line before says that it goes on.
    #expect(
      result.errors.hasSuffix(
        "engram-ingest: \(path): the file is damaged, or a copy made while it was written: run clean holds rows of "
          + "samples that are not stored yet; 'engram-ingest verify \(path)' checks all of it\n"),
      "\(result.errors)")
    let verified = try runCommand("engram-ingest", ["verify", path])
    #expect(verified.status == 1)
    #expect(verified.output.contains("activation of layer fc2"), "\(verified.output)")
  }

  /// As `cp` leaves it that read an index before rows and the rows behind them: nothing that goes on would read that index.
  @Test func `A page that nothing reads is found before a run goes on`() throws {
    let connection = try Connection.open(path, mode: .readWrite)
    try connection.execute(
      "pragma journal_mode = delete; update run set completed_at = null where name = 'clean'")
    let page = try connection.integer(
      "select rootpage from sqlite_schema where name = 'significance_density'")
    let size = try connection.integer("pragma page_size")
    var file = try bytes(of: path)
    let start = ((page ?? 0) - 1) * (size ?? 0)
    // The page's number of cells.
    file[start + 3] = 0
    file[start + 4] = 0
    try write(file, to: path)
    let result = try ingest()
    #expect(result.status == 1 && result.output == "")
    #expect(
      result.errors.contains("\(path): the file is damaged: ")
        && result.errors.hasSuffix("'engram-ingest verify \(path)' checks all of it\n"),
      "\(result.errors)")
  }

  /// As `cp` leaves it that was faster than the end of the file.
  @Test func `A file that ends too early is damaged, and verify says so without advising itself`()
    throws
  {
    let file = try bytes(of: path)
    try write(file.prefix(file.count / 8192 / 2 * 8192), to: path)
    expectFailure(
      try ingest(), of: "engram-ingest", 1,
      "\(path): the file is damaged: database disk image is malformed; 'engram-ingest verify \(path)' checks all of it"
    )
    let verified = try runCommand("engram-ingest", ["verify", path])
    #expect(verified.status == 1 && !verified.errors.contains("checks all of it"))
  }

  /// The damage is the source's, and the file that is written is whole.
  @Test func `A merge names the file that is damaged`() throws {
    let connection = try Connection.open(path, mode: .readWrite)
    try connection.execute(
      """
      pragma ignore_check_constraints = on;
      update class_profile set grouping = '' where class_profile_id = 5
      """)
    let refused = try runCommand("engram-ingest", ["merge", scratch.path("new.db"), path])
    #expect(refused.status == 1)
    #expect(
      refused.errors.contains(
        "engram-ingest merge: \(path): the file is damaged: table class_profile has a row that the schema refuses"
      ),
      "\(refused.errors)")

    // The pages behind those that say which runs there are.
    let torn = scratch.path("torn.db")
    var file = try bytes(of: study.warehouse)
    for place in file.count / 2..<file.count { file[place] = 0xFF }
    try write(file, to: torn)
    let broken = try runCommand("engram-ingest", ["merge", scratch.path("other.db"), torn])
    #expect(broken.status == 1)
    #expect(
      broken.errors.contains(
        "engram-ingest merge: \(torn): the file is damaged: database disk image is malformed"),
      "\(broken.errors)")
  }

  /// To run the same command again would come to the same.
  @Test func `A merge of a run that lacks samples says that they are gone`() throws {
    try Connection.open(path, mode: .readWrite).execute(
      "delete from prediction where run_id = 1 and prediction_id > 40")
    expectFailure(
      try runCommand("engram-ingest", ["merge", scratch.path("new.db"), path]),
      of: "engram-ingest merge", 1,
      "\(path): the file is damaged: run clean is complete, and has 40 of 60 samples; 'engram-ingest verify"
    )
    #expect(try scratch.names("new.db") == [])
  }

  /// Counts beyond a class's samples are in no table of probabilities.
  @Test func `Streamed counts of other samples than the profiles' are damage`() throws {
    let file = scratch.path("streamed.db")
    for options in [
      ["--name", "a"], ["--name", "b", "--shift", "blur:3", "--profiles", "streamed"],
    ] {
      expectSuccess(
        try runCommand(
          "engram-ingest",
          [
            "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:40",
            "--layers", "fc3", "--into", file,
          ] + options))
    }
    // One of a class goes to another: as many samples in all.
    try Connection.open(file, mode: .readWrite).execute(
      "update sample set class_id = (select max(class_id) from class) where sample_id in (1, 2, 3)")
    for options in [["--run", "b"], ["--between", "a,b"]] {
      expectFailure(
        try runCommand("engram-ingest", ["measure", file] + options), of: "engram-ingest measure",
        1, "class profiles of run \"b\", layer fc3 (interaction): class ")
    }
  }
}
