// Which run is asked where none is named, and that it is said.

import Queries
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct DefaultRunTests {
  private let scratch: TemporaryDirectory
  private let warehouse: String

  init() throws {
    scratch = try TemporaryDirectory()
    warehouse = scratch.path("w.db")
    _ = try QueryFixture.make(at: warehouse)
  }

  private func query(_ arguments: String...) throws -> CommandResult {
    try runCommand("engram-query", [warehouse] + arguments)
  }

  private func change(_ sql: String) throws {
    let connection = try Connection.open(warehouse, mode: .readWrite)
    try connection.execute("pragma ignore_check_constraints = on; " + sql)
  }

  @Test func `The newest complete clean run of a trained network, then what comes next, is said`()
    throws
  {
    let tail = "; --run and --layer choose"
    let steps = [
      ("select 1", "run clean, layer fc2 of 3 runs" + tail),
      (
        "update model set state = 'untrained'",
        "run clean, layer fc2 of 3 runs (the newest complete clean run, for no trained network has one)"
          + tail
      ),
      (
        "update run set perturbation = 'blur:3' where name = 'clean'",
        "run attacked, layer fc2 of 3 runs (the newest complete run, for none is clean)" + tail
      ),
    ]
    for (sql, line) in steps {
      try change(sql)
      let result = try query("kl_matrix", "--format", "csv")
      #expect(result.errors == line + "\n" && result.status == 0)
      let name = line.split(separator: ",")[0].dropFirst("run ".count)
      #expect(result.output.split(separator: "\r\n").dropFirst().allSatisfy { $0.hasPrefix(name) })
    }
    try change("update run set completed_at = null")
    let result = try query("kl_matrix")
    #expect(
      result.errors
        == "no rows: run unfinished, layer fc2 of 3 runs (the newest run, for none is complete)\(tail); "
        + "what 'kl_matrix' needs: engram-query help kl_matrix\n")
  }

  /// A random network is a trained one; a network that nobody said anything of is, too.
  @Test(arguments: ["'random'", "null", "'best'"])
  func `Only untrained networks come later`(state: String) throws {
    try change(
      """
      insert into model (model_id, name, architecture, weights_sha256, parameters, state)
        values (2, 'new', 'mlp', 'v', 17, 'untrained');
      update run set model_id = 2, completed_at = 'now' where name = 'unfinished';
      update model set state = \(state) where model_id = 1;
      """)
    let connection = try Connection.open(warehouse, mode: .readOnly)
    var rows = try connection.prepare("select run, place from default_runs order by place")
    var order: [String] = []
    while try rows.step() {
      order.append(rows.text(0))
      #expect(rows.int(1) == order.count)
    }
    #expect(order == ["clean", "unfinished", "attacked"])
    let first = try DefaultRun.first(in: connection)
    #expect(first?.name == "clean" && first?.choice == DefaultRun.rule && first?.runs == 3)
    #expect(try DefaultRun.first(in: connection, among: [2, 3])?.name == "unfinished")
    #expect(try DefaultRun.first(in: connection, among: []) == nil)
  }

  @Test func `What is given is not said, what else is taken is`() throws {
    let given = try query("kl_matrix", "--run", "attacked", "--layer", "fc1")
    #expect(given.errors == "" && given.status == 0)
    #expect(
      try query("kl_matrix", "--run", "attacked").errors
        == "layer fc2 of 2 layers; --layer chooses\n")
    #expect(try query("rank_by_class").errors == "run clean of 3 runs; --run chooses\n")
    #expect(
      try query("run_comparison").errors
        == "run clean of 3 runs; --run chooses\nother_run attacked; --other_run chooses\n")
    #expect(
      try query("run_divergence").errors
        == "run clean; --run chooses\n"
    )
    #expect(try query("runs").errors == "")
    let csv = scratch.path("z.csv")
    let rows = try runCommand(
      "engram-query", ["export", warehouse, "kl_matrix", "--output", csv])
    #expect(rows.errors.hasPrefix("run clean, layer fc2 of 3 runs; --run and --layer choose\n"))
    let matrix = try runCommand(
      "engram-query", ["export", warehouse, "divergence", "--output", scratch.path("d.npy")])
    #expect(matrix.errors.contains("divergence of run clean, layer fc2"), "\(matrix.errors)")
  }

  @Test func `Heads say what their SQL takes`() throws {
    for query in try SavedQuery.all() {
      let takes = query.sql.contains("coalesce(:run, (select run from default_run))")
      #expect((query.parameter("run")?.defaultText == DefaultRun.rule) == takes, "\(query.name)")
      #expect(!query.sql.contains("newest_run"), "\(query.name)")
    }
  }

  @Test(arguments: [
    ("dead_neurons", "silent_neurons: Which neurons are dead"), ("inactive", "silent_neurons"),
    ("mislabeled", "label_audit: "), ("roc", "detector_curve: "), ("prototypes", "typical_samples"),
    ("confusion", "confus"), ("dimensionality", "rank_by_class"),
  ])
  func `A word near what a query answers finds it`(word: String, found: String) throws {
    for words in [[warehouse, word], ["help", word]] {
      let result = try runCommand("engram-query", words)
      #expect(result.status == 64 && result.output == "")
      let part = "unknown query '\(word)'; did you mean "
      #expect(result.errors.contains(part), "\(result.errors)")
      #expect(result.errors.contains(found), "\(result.errors)")
      #expect(result.errors.contains(" (known: runs, run_comparison"), "\(result.errors)")
    }
  }

  @Test func `So it does in an export`() throws {
    let export = try runCommand(
      "engram-query", ["export", warehouse, "dead_neurons", "--output", scratch.path("x.csv")])
    #expect(export.status == 64)
    #expect(
      export.errors.contains(
        "unknown table, view or saved query 'dead_neurons'; did you mean silent_neurons: "),
      "\(export.errors)")
  }

  @Test func `A word that nothing is near to finds nothing`() throws {
    let result = try query("xylophone_concerto")
    #expect(result.errors.contains("unknown query 'xylophone_concerto' (known: "))
  }
}
