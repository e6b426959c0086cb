// What engram-query export makes of tables, views, queries and SQL: which of them a name is, and that a file is whole or not
// there. What stands in a Parquet file is ParquetTests'.

import TestSupport
import Testing

@Suite struct RowExportTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func export(_ words: [String]) throws -> CommandResult {
    try runCommand(
      "engram-query", ["export", study.warehouse] + words, directory: scratch.root)
  }

  private func answer(_ words: [String]) throws -> [UInt8] {
    let result = try runCommand(
      "engram-query", [study.warehouse] + words + ["--output", "answer"], directory: scratch.root)
    expectSuccess(result)
    return try bytes(of: scratch.path("answer"))
  }

  @Test(arguments: ["csv", "jsonl"])
  func `Tables, views, queries and SQL are the rows that SQL and queries give`(format: String)
    throws
  {
    for (words, asked) in [
      (["layer"], ["--sql", "select * from layer"]),
      (["predictions"], ["--sql", "select * from predictions"]),
      // A query and a view: the query.
      (["runs"], ["runs"]),
      (
        ["kl_matrix", "--layer", "fc2", "--run", "clean"],
        ["kl_matrix", "--layer", "fc2", "--run", "clean"]
      ),
      (["--sql", "select :n as n", "--param", "n=3"], ["--sql", "select 3 as n"]),
    ] {
      let file = "x.\(format)"
      expectSuccess(try export(words + ["--output", file]))
      #expect(
        try bytes(of: scratch.path(file)) == answer(asked + ["--format", format]), "\(words)")
    }
  }

  @Test func `Parquet has the rows of every kind of name`() throws {
    for (words, what) in [
      (["activation"], "table activation, "), (["predictions"], "view predictions, "),
      (["kl_matrix", "--layer", "fc2", "--run", "clean"], "query kl_matrix, "),
      // An array's name, but the arrays are for NumPy.
      (["divergence"], "table divergence, "),
      (["--sql", "select 1 union all select 0.5"], "SQL, 2 rows"),
    ] {
      let result = try export(words + ["--output", "x.parquet"])
      expectSuccess(result)
      #expect(result.errors.contains("wrote x.parquet: " + what), "\(result.errors)")
      let file = try bytes(of: scratch.path("x.parquet"))
      #expect(file.starts(with: Array("PAR1".utf8)) && file.suffix(4) == Array("PAR1".utf8)[...])
    }
  }

  @Test func `What cannot be exported is refused in one line, and leaves no file`() throws {
    let mixed = "select 1 as v union all select 'a'"
    let late =
      "with n(i) as (select 1 union all select i + 1 from n where i < 1500) "
      + "select iif(i < 1200, i, i / 2.0) as v from n"
    for (words, status, part) in [
      (["predictons", "--output", "x.parquet"], 64, "did you mean 'predictions'?"),
      (
        ["--sql", mixed, "--output", "x.parquet"], 1,
        "column v, row 2: expected integer, found text; cast(… as text) in the SQL"
      ),
      (
        ["--sql", late, "--output", "x.parquet"], 1,
        "column v, row 1200: expected integer, found real; cast(… as real) in the SQL"
      ),
      (
        ["--sql", "select cast(x'41ff' as text) as v", "--output", "x.parquet"], 1,
        "column v, row 1: expected text in UTF-8, found other bytes; cast(… as blob)"
      ),
      (["layer", "--output", "x.csv", "--compression", "none"], 64, "--compression is Parquet's"),
      (["layer", "--output", "x.parquet", "--compression", "gzip"], 64, "gzip"),
      (["kl_matrix", "--layr", "fc2", "--output", "x.parquet"], 64, "did you mean 'layer'?"),
      (
        ["layer", "--run", "clean", "--output", "x.parquet"], 64,
        "unknown parameter of the SQL 'run'"
      ),
      (["z", "--layr", "fc2", "--output", "x.npy"], 64, "did you mean '--layer'?"),
      (["--sql", "select 1", "--output", "x.npz"], 64, "--sql and --param give rows"),
      (["--sql", "delete from layer", "--output", "x.parquet"], 1, "only read here"),
    ] as [([String], Int32, String)] {
      expectFailure(try export(words), of: "engram-query export", status, part)
    }
    #expect(try listing(scratch.root).isEmpty)
  }
}
