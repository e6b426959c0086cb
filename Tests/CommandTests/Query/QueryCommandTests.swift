// engram-query as a person meets it: the built binary's formats, exit codes and refusals.

import Foundation
import SQLiteKit
import TestSupport
import Testing

@Suite struct QueryCommandTests {
  private let scratch: TemporaryDirectory
  private let warehouse: String

  init() throws {
    scratch = try TemporaryDirectory()
    warehouse = scratch.path("w.db")
    _ = try QueryFixture.make(at: warehouse)
  }

  private func query(_ arguments: String..., input: String = "") throws -> CommandResult {
    try runCommand("engram-query", [warehouse] + arguments, input: input)
  }

  private func expectRefusal(_ result: CommandResult, _ status: Int32, _ part: String) {
    #expect(result.status == status)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("engram-query: "), "\(result.errors)")
    #expect(result.errors.contains(part), "\(result.errors)")
  }

  @Test func `SQL that has no end is refused`() throws {
    expectRefusal(
      try query("--file", "/dev/zero"), 1, "/dev/zero: expected SQL of at most 16777216 bytes")
    let other = scratch.path("latin1.sql")
    try Data([0x73, 0xE9]).write(to: URL(fileURLWithPath: other))
    expectRefusal(try query("--file", other), 1, "expected SQL in UTF-8, found other bytes")
  }

  /// What ODIN's step has moved is told from what it has moved alone.
  @Test func `ODIN's runs are compared with each other`() throws {
    func others(_ query: String, _ run: String...) throws -> Set<Substring> {
      let result = try runCommand(
        "engram-query", [warehouse, query, "--format", "csv"] + run)
      #expect(result.status == 0, "\(result.errors)")
      return Set(
        result.output.split(separator: "\r\n").dropFirst().map { $0.split(separator: ",")[1] })
    }
    #expect(try others("detector_benchmark") == ["attacked"])
    let connection = try Connection.open(warehouse, mode: .readWrite)
    try connection.execute(
      "update run set perturbation = 'odin:eps=0.0014,T=1000' where name = 'attacked'")
    #expect(try others("detector_benchmark") == [])
    #expect(try others("detector_benchmark", "--run", "attacked") == [])
    for query in ["detectors", "detector_curve"] {
      #expect(try others(query) == [])
      #expect(try others(query, "--run", "attacked") == [])
    }
    try connection.execute(
      """
      update run set perturbation = 'odin:eps=0.0014,T=1000' where name = 'unfinished';
      insert into score select null, 3, reference_run_id, layer_id, detector_id, sample_id, score
      from score where run_id = 2;
      insert into prediction (run_id, sample_id, class_id, confidence, loss, correct)
      select 3, sample_id, class_id, confidence, loss, correct from prediction where run_id = 2;
      """)
    #expect(try others("detector_benchmark") == [])
    #expect(try others("detector_benchmark", "--run", "attacked") == ["unfinished"])
    for query in ["detectors", "detector_curve"] {
      #expect(try others(query, "--run", "attacked") == ["unfinished"])
    }
  }

  @Test func `Spreadsheets get no formulas`() throws {
    let sql = "select '=1+1' as \"=a\", '-x' as b, -1 as c, 'a=1' as d"
    let plain = "=a,b,c,d\r\n=1+1,-x,-1,a=1\r\n"
    #expect(try query("--sql", sql, "--format", "csv").output == plain)
    for options in [[], ["--format", "csv"]] {
      let result = try runCommand(
        "engram-query", [warehouse, "--sql", sql, "--spreadsheet"] + options)
      #expect(result.output == "'=a,b,c,d\r\n'=1+1,'-x,-1,a=1\r\n")
    }
    expectRefusal(
      try query("--sql", sql, "--spreadsheet", "--format", "json"), 64,
      "--spreadsheet is CSV; leave out --format json")
    expectRefusal(try query("--sql", sql, "--format", "spreadsheet"), 64, "unknown choice")
  }

  /// A thousand rows decide the widths; a million need no more memory.
  @Test func `Long tables do not fill memory`() throws {
    let sql =
      "with recursive n (i) as (values (0) union all select i + 1 from n where i < 999999) select i, 'a text of some length' as t from n"
    let shell = try RunningCommand(
      "/bin/sh",
      [
        "-c", "ulimit -v 600000; exec \"$@\" | tail -1", "sh", try builtCommand("engram-query"),
        warehouse,
        "--sql", sql,
      ])
    let result = try shell.finish()
    #expect(result.errors == "")
    #expect(result.output == "999999  a text of some length\n")
  }

  @Test func `A table aligns numbers to the right and shortens them`() throws {
    let result = try query("densest_samples", "--run", "clean", "--limit", "1")
    #expect(
      result.output == """
        run    layer  sample  class  n_significant  density
        -----  -----  ------  -----  -------------  -------
        clean  fc1    s0      ant                2     0.25
        clean  fc2    s2      bee                4  0.44444

        """)
    #expect(result.status == 0)
    #expect(result.errors == "")
  }

  @Test func `CSV and JSON have full precision`() throws {
    let arguments = ["densest_samples", "--run=clean", "--layer=fc2", "--limit=1", "--format"]
    let csv = try runCommand("engram-query", [warehouse] + arguments + ["csv"])
    #expect(
      csv.output == "run,layer,sample,class,n_significant,density\r\n"
        + "clean,fc2,s2,bee,4,0.4444444444444444\r\n")
    let object = """
      {"run": "clean", "layer": "fc2", "sample": "s2", "class": "bee", "n_significant": 4, \
      "density": 0.4444444444444444}
      """
    let json = try runCommand("engram-query", [warehouse] + arguments + ["json"])
    #expect(json.output == "[\n  \(object)\n]\n")
    let lines = try runCommand("engram-query", [warehouse] + arguments + ["jsonl"])
    #expect(lines.output == object + "\n")
    #expect(try query("runs", "--format", "xml").status == 64)
  }

  @Test func `A file appears whole, or not at all`() throws {
    let path = scratch.path("runs.csv")
    let sql = "select run from runs order by run"
    #expect(try query("--sql", sql, "--format", "csv", "--output", path).output == "")
    #expect(try text(of: path) == "run\r\nattacked\r\nclean\r\nunfinished\r\n")
    let other = scratch.path("other.csv")
    #expect(try query("--sql", "select json('{')", "--output", other).status == 1)
    let files = try FileManager.default.contentsOfDirectory(atPath: scratch.root)
    #expect(files.filter { $0.contains("other") } == [])
  }

  @Test func `The list and a description need no warehouse`() throws {
    let list = try runCommand("engram-query", ["--list"])
    #expect(list.status == 0)
    #expect(list.output.split(separator: "\n").count == 41)
    #expect(list.output.contains("kl_matrix                How far apart are the classes"))
    for words in [["help", "kl_matrix"], ["--describe", "kl_matrix"]] {
      let result = try runCommand("engram-query", words)
      #expect(result.status == 0)
      #expect(result.output.hasPrefix("kl_matrix: How far apart are the classes"))
      #expect(result.output.contains("--layer TEXT     the layer's name (default: the run's last"))
      #expect(result.output.contains("Columns: run, layer, from_class"))
      #expect(result.output.contains("\norder by from_position, to_position;"))
    }
  }

  @Test func `Unknown queries, parameters and values name the known and the nearest`() throws {
    expectRefusal(try query("kl_matrx"), 64, "unknown query 'kl_matrx'; did you mean 'kl_matrix'?")
    expectRefusal(
      try query("kl_matrix", "--lyer", "fc1"), 64, "(known: run, layer, kind, grouping)")
    expectRefusal(try query("kl_matrix", "--layer", "fc9"), 1, "(known: fc2, fc1)")
    expectRefusal(
      try query("runs", "--run", "clean"), 64, "unknown parameter of runs 'run' (none is known)")
    expectRefusal(
      try query("kl_matrix", "--param", "run=cleen"), 1,
      "--run: unknown run 'cleen'; did you mean 'clean'? (known: clean, attacked, unfinished)")
    expectRefusal(
      try query("entanglement", "--class", "dog"), 1, "unknown class 'dog' (known: ant, bee, cat)")
    expectRefusal(
      try query("rank_by_class", "--rule", "x"), 1, "unknown rule 'x' (known: 1e-2, energy-99)")
    expectRefusal(
      try query("confused_pairs", "--limit", "1.5"), 64, "--limit takes a whole number, not '1.5'")
  }

  @Test func `Wrong calls say what is missing`() throws {
    expectRefusal(try query(), 64, "give one question")
    expectRefusal(try query("runs", "--sql", "select 1"), 64, "give one question")
    expectRefusal(try runCommand("engram-query", []), 64, "WAREHOUSE is missing")
    expectRefusal(try query("--list"), 64, "--list")
    expectRefusal(try query("runs", "--param", "x"), 64, "NAME=VALUE")
    expectRefusal(try query("kl_matrix", "--layer", "fc1", "--param", "layer=fc2"), 64, "twice")
    expectRefusal(try query("--file", scratch.path("none.sql")), 1, "none.sql: No such file")
    expectRefusal(try query("--sql", "select * from nix"), 1, "no such table: nix")
    expectRefusal(try query("--sql", " ; -- nothing\n /* at all"), 1, "no SQL statement to run")
    expectRefusal(try query("--sql", "select 1; select * from nix"), 1, "no such table: nix")
    expectRefusal(try query("--sql", "select :a; select 2", "--param", "b=1"), 64, "(known: a)")
  }

  @Test func `Files that are no warehouse are refused`() throws {
    for (name, content) in [("text.db", "not a database at all"), ("empty.db", "")] {
      try Data(content.utf8).write(to: URL(fileURLWithPath: scratch.path(name)))
    }
    for name in ["none.db", "text.db", "empty.db", "."] {
      let path = scratch.path(name)
      let result = try runCommand("engram-query", [path, "runs"])
      expectRefusal(result, 1, path)
    }
  }

  @Test(arguments: [
    "delete from run", "update run set name = 'x'", "create temp table t (a)",
    "create table t (a)", "vacuum into 'copy.db'", "attach 'copy.db' as c",
    "insert into run select * from run returning 1", "pragma user_version = 9",
  ])
  func `Nothing can be written`(sql: String) throws {
    let before = try bytes(of: warehouse)
    let result = try runCommand(
      "engram-query", [warehouse, "--sql", sql], directory: scratch.root)
    expectRefusal(result, 1, sql.hasPrefix("attach") ? "unable to open" : "is only read here")
    #expect(try bytes(of: warehouse) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.root) == ["w.db"])
  }

  @Test func `SQL comes from an option, a file or standard input, with parameters`() throws {
    let sql =
      "select name from class where dataset_id = 1 and position >= :first and name <> :not order by 1"
    let expected = "name\r\ncat\r\n"
    let rest = ["--param", "first=1", "--param", "not=bee", "--format", "csv"]
    let path = scratch.path("q.sql")
    try Data(sql.utf8).write(to: URL(fileURLWithPath: path))
    for (words, input) in [(["--sql", sql], ""), (["--file", path], ""), (["-"], sql)] {
      let result = try runCommand("engram-query", [warehouse] + words + rest, input: input)
      #expect(result.output == expected, "\(result.errors)")
    }
    expectRefusal(
      try query("--sql", sql, "--param", "frist=1"), 64, "did you mean 'first'? (known: first, not)"
    )
    let literal = try query(
      "--sql", "select typeof(:a) a, typeof(:b) b, typeof(:c) c, typeof(:d) d", "--format", "csv",
      "--param", "a=2", "--param", "b=2.5", "--param", "c='2'")
    #expect(literal.output == "a,b,c,d\r\ninteger,real,text,null\r\n")
  }

  @Test func `Of several statements all are run and the last one's rows are shown`() throws {
    let other = scratch.path("other.db")
    _ = try QueryFixture.make(at: other)
    try Connection.open(other, mode: .readWrite).execute("update class set name = upper(name)")
    let script = """
      -- Two files; a semicolon in a text: ';'
      attach '\(other)' as other;
      create temp table pair as
        select a.name as here, b.name as there from class as a join other.class as b using (key)
        where a.dataset_id = 1 and a.position < :n;
      select count(*) from pair;
      select here, there from pair order by here /* the end; */ ; -- so
      """
    let path = scratch.path("script.sql")
    try Data(script.utf8).write(to: URL(fileURLWithPath: path))
    for (words, input) in [(["--sql", script], ""), (["--file", path], ""), (["-"], script)] {
      let result = try runCommand(
        "engram-query", [warehouse] + words + ["--param", "n=2", "--format", "csv"], input: input)
      #expect(result.output == "here,there\r\nant,ANT\r\nbee,BEE\r\n", "\(result.errors)")
      #expect(result.errors == "" && result.status == 0)
    }
    for sql in [
      "attach '\(other)' as o; delete from o.class; select 1", "vacuum into 'copy.db'; select 1",
    ] {
      expectRefusal(try query("--sql", sql), 1, "is only read here")
    }
    #expect(
      try Connection.open(other, mode: .readOnly).integer(
        "select count(*) from class where dataset_id = 1") == 3)
  }

  @Test func `Columns of one name are all in JSON`() throws {
    let sql = "select 1 as a, 2 as a, 3 as a_2, 4 as a, 5 as \"é\", 6 as \"e\u{301}\""
    let object = "{\"a\": 1, \"a_3\": 2, \"a_2\": 3, \"a_4\": 4, \"é\": 5, \"e\u{301}\": 6}"
    for (format, expected) in [("json", "[\n  \(object)\n]\n"), ("jsonl", object + "\n")] {
      let output = try query("--sql", sql, "--format", format).output
      // Bytes: Swift takes both spellings of é for one.
      #expect(Array(output.utf8) == Array(expected.utf8), "\(output)")
    }
    #expect(
      try query("--sql", "select 1 as a, 2 as a", "--format", "csv").output == "a,a\r\n1,2\r\n")
  }

  @Test func `A negative limit shows everything`() throws {
    for name in [
      "typical_samples", "densest_samples", "confident_mistakes", "misfits", "hardest_samples",
    ] {
      let all = try query(name, "--run", "clean", "--limit", "-1", "--format", "csv")
      let many = try query(name, "--run", "clean", "--limit", "1000", "--format", "csv")
      #expect(all.output == many.output && all.output.filter { $0 == "\r\n" }.count > 1, "\(name)")
    }
  }

  @Test func `A file with a head has its parameters checked`() throws {
    let path = packageDirectory() + "/Queries/kl_matrix.sql"
    let named = try query("kl_matrix", "--layer", "fc1", "--format", "csv")
    let file = try query("--file", path, "--layer", "fc1", "--format", "csv")
    #expect(named.output == file.output && named.output.count > 100)
    expectRefusal(try query("--file", path, "--layer", "fc9"), 1, "(known: fc2, fc1)")
  }

  @Test func `Blobs are summed up in a few words`() throws {
    let bits = try query("--sql", "select bits from significance limit 1", "--format", "csv")
    #expect(bits.output == "bits\r\n\"<bits 3×3, 19 B>\"\r\n")
    let counts = try query("--sql", "select counts from class_profile", "--format", "jsonl")
    #expect(counts.output == "{\"counts\": \"<counts 3×3 of 2 samples, 29 B>\"}\n")
    let other = try query(
      "--sql", "select zeroblob(1200) a, x'4542' b, x'454300' c, x'' d", "--format", "csv")
    #expect(other.output == "a,b,c,d\r\n\"<blob 1,200 B>\",<blob 2 B>,<blob 3 B>,<blob 0 B>\r\n")
  }

  @Test func `The engram functions are there`() throws {
    let result = try query("similar_samples", "--run", "clean", "--format", "csv")
    #expect(
      result.output.split(separator: "\r\n") == [
        "run,layer,sample,class,n_significant,jaccard", "clean,fc2,s4,cat,3,1.0",
        "clean,fc2,s2,bee,4,0.75", "clean,fc2,s1,ant,2,0.6666666666666666",
        "clean,fc2,s3,bee,1,0.0", "clean,fc2,s5,cat,0,0.0",
      ])
    let given = try query(
      "similar_samples", "--run", "clean", "--sample", "s1", "--limit", "1", "--format", "csv")
    #expect(given.output.hasSuffix("\r\nclean,fc2,s0,ant,3,0.6666666666666666\r\n"))
  }

  @Test func `An empty answer says so`() throws {
    let result = try query("densest_samples", "--run", "attacked", "--format", "csv")
    #expect(result.status == 0)
    #expect(result.output == "run,layer,sample,class,n_significant,density\r\n")
    #expect(
      result.errors == "no rows; what 'densest_samples' needs: engram-query help densest_samples\n")
    let chosen = try query("similar_samples", "--limit", "0")
    #expect(
      chosen.errors
        == "no rows: run clean, layer fc2 of 3 runs; --run and --layer choose; what 'similar_samples' needs: "
        + "engram-query help similar_samples\n")
  }
}
