// The loadable extension in the plain sqlite3 shell, and the shell with nothing loaded. Skipped where
// the shell or the extension (tools/build-extension) is not there.

import Foundation
import SQLiteKit
import TestSupport
import Testing

/// The sqlite3 shell and the built extension, where they are.
enum Shell {
  static let path = programInPath("sqlite3")
  /// Without its ending, as `.load` takes it.
  static let engram = packageDirectory() + "/.build-extension/release/libengram0"

  static var hasShell: Bool { path != nil }
  static var hasExtension: Bool {
    hasShell && FileManager.default.fileExists(atPath: engram + ".so")
  }

  /// Feeds lines to `sqlite3 -bail DATABASE`.
  static func run(_ database: String, _ lines: String, directory: String? = nil) throws
    -> CommandResult
  {
    let program = try #require(path)
    return try RunningCommand(
      program, ["-batch", "-bail", "-init", "/dev/null", database], input: lines + "\n",
      directory: directory
    ).finish()
  }
}

@Suite struct ExtensionTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory
  private let warehouse: String

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
    warehouse = scratch.path("w.db")
    try study.copyWarehouse(to: warehouse)
  }

  private func ask(_ sql: String, loaded: Bool = true) throws -> [String] {
    let result = try Shell.run(
      warehouse, (loaded ? ".load \(Shell.engram)\n" : "") + ".mode list\n" + sql)
    expectSuccess(result)
    #expect(result.errors == "")
    return result.output.split(separator: "\n").map(String.init)
  }

  private static let withoutExtension: Comment =
    "the sqlite3 shell or .build-extension/release/libengram0.so is not there"

  @Test(.enabled(if: Shell.hasExtension, withoutExtension))
  func `It loads and has the commands' version`() throws {
    let version = try runCommand("engram-query", ["--version"]).output
    // The extension's says the kind of processor behind it: 0.1.0 (x86-64-v3).
    let loaded = try ask("select engram_version();").joined(separator: "\n")
    let number = loaded.wholeMatch(of: /(\S+) \(\S+\)/)?.1
    #expect(number.map { "engram-query \($0)\n" } == version)
  }

  @Test(.enabled(if: Shell.hasExtension, withoutExtension))
  func `It has the functions that engram-query has`() throws {
    let sql = "select distinct name from pragma_function_list where name like 'engram_%' order by 1"
    let query = try runCommand("engram-query", [warehouse, "--sql", sql, "--format", "csv"])
    let names = query.output.split(separator: "\r\n").dropFirst().map(String.init)
    #expect(names.count > 10)
    #expect(try ask(sql + ";") == names)
  }

  @Test(.enabled(if: Shell.hasExtension, withoutExtension), arguments: ["interaction", "neuron"])
  func `The matrix computed from profiles is the one that stands there`(kind: String) throws {
    let answer = try ask(
      """
      with computed as (
        select p.class_id as from_id, q.class_id as to_id,
          sum(iif(p.class_id = q.class_id, engram_entropy(p.counts), engram_kl(p.counts, q.counts)))
            as value
        from class_profile as p
        join class_profile as q using (run_id, layer_id, kind, grouping, block)
        join layer using (layer_id)
        where run_id = 1 and layer.name = 'fc2' and kind = '\(kind)' and grouping = 'true'
        group by 1, 2)
      select count(*), sum(measure = 'entropy'), min(m.value) > 0,
        max(abs(computed.value - m.value) / m.value) <= 1e-9
      from computed join class as a on a.class_id = from_id join class as b on b.class_id = to_id
      join kl_matrix as m on m.run_id = 1 and m.layer = 'fc2' and m.kind = '\(kind)'
        and m.from_class = a.name and m.to_class = b.name;
      """)
    #expect(answer == ["100|10|1|1"])
  }

  @Test(.enabled(if: Shell.hasExtension, withoutExtension))
  func `Every stored bitset has the bits that are stated`() throws {
    let answer = try ask(
      """
      select count(*), sum(engram_popcount(bits) = n_significant), sum(n_significant) > 0
      from significance;
      """)
    let rows = 3 * 2 * SharedStudy.samples
    #expect(answer == ["\(rows)|\(rows)|1"])
  }

  @Test(.enabled(if: Shell.hasShell, "sqlite3 is not in PATH"))
  func `The plain shell alters tables, and reads where the schema is not trusted`() throws {
    let answer = try ask(
      """
      create table note (note_id integer primary key, run_id integer references run (run_id), text text);
      insert into note (run_id, text) select run_id, 'mine' from run;
      alter table note rename to remark;
      alter table remark rename column text to words;
      alter table remark add column day text;
      alter table remark drop column day;
      create view remarked as select run.name, words from remark join run using (run_id);
      select count(*) from remarked where words = 'mine';
      """, loaded: false)
    #expect(answer == ["3"])
    for view in try ask(
      "select name from sqlite_schema where type in ('table', 'view');", loaded: false)
    {
      #expect(
        try ask("pragma trusted_schema = off;\nselect count(*) from \(view);", loaded: false).count
          == 1)
    }
    expectSuccess(try runCommand("engram-ingest", ["verify", warehouse]))
  }

  @Test(.enabled(if: Shell.hasShell, "sqlite3 is not in PATH"))
  func `A file made from a dump is the same warehouse`() throws {
    let dump = try Shell.run(warehouse, ".dump")
    expectSuccess(dump)
    let copy = scratch.path("copy.db")
    let restored = try Shell.run(copy, dump.output)
    expectSuccess(restored)
    #expect(restored.errors == "" && !restored.output.contains("rror"))
    for words in [
      ["runs"], ["similar_samples", "--run", "clean", "--layer", "fc2"],
      ["kl_matrix", "--run", "clean", "--layer", "fc2", "--format", "csv"],
    ] {
      let (a, b) = (
        try runCommand("engram-query", [warehouse] + words),
        try runCommand("engram-query", [copy] + words)
      )
      #expect(a.output == b.output && b.status == 0 && b.errors == "", "\(words)")
    }
    expectSuccess(try runCommand("engram-ingest", ["verify", copy]))
    expectSuccess(try runCommand("engram-ingest", ["measure", copy]))
    #expect(try rows(copy, "pragma application_id") == [[0x456E_6772]])
  }

  @Test(.enabled(if: Shell.hasExtension, withoutExtension))
  func `It brings the tables that no file has`() throws {
    let answer = try ask(
      """
      select count(*), sum(engram_popcount(bits) = n_significant) from bitset;
      select count(*), sum(length(x) = 4 * n_in and engram_norm(x) is not null) from vector join layer using (layer_id);
      """)
    let rows = 3 * 2 * SharedStudy.samples
    #expect(answer == ["\(rows)|\(rows)", "\(rows)|\(rows)"])
  }

  @Test(.enabled(if: Shell.hasShell, "sqlite3 is not in PATH"))
  func `The plain shell answers every view`() throws {
    let views = try ask("select name from sqlite_schema where type = 'view';", loaded: false)
    #expect(views.contains("kl_matrix"))
    for view in views {
      let count = try ask("select count(*) from \(view);", loaded: false)
      // The study was not asked for these.
      let isEmpty = ["detector_scores", "embeddings", "labels", "replicates", "slices"].contains(
        view)
      #expect(count.count == 1 && (count == ["0"]) == isEmpty, "\(view)")
    }
    #expect(
      try ask(
        """
        select count(*), count(distinct from_class) from kl_matrix
        where run = 'clean' and layer = 'fc2' and kind = 'interaction';
        """, loaded: false) == ["100|10"])
  }
}
