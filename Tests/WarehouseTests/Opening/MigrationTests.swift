// Warehouses of every earlier schema version become one of today's with every row, and one whose rows are made anew is
// copied first.

import Bits
import Glibc
import SQLiteKit
import Schema
import TestSupport
import Testing
import Warehouse

@Suite struct MigrationTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// A file as version 1 wrote it.
  private func first() throws -> String {
    let path = scratch.path("w.db")
    let connection = try Connection.open(path, mode: .create)
    try connection.execute(SchemaSQL.migrations[0])
    try connection.execute(
      """
      pragma application_id = 0x456E6772; pragma user_version = 1;
      create view runs as select name as run from run;
      create view mine as select count(*) as n from run;
      insert into model values (1, 'net', 'tiny', 'aa', 9, null, null);
      insert into layer (layer_id, model_id, position, name, n_in, n_out, has_bias)
      values (1, 1, 0, 'fc1', 5, 3, 1);
      insert into dataset values (1, 'set', 'ff', 1);
      insert into class values (1, 1, 0, 'a', 'a');
      insert into sample values (1, 1, 0, 's', 1);
      insert into run values (1, 'run', 1, 1, 'i', 'none', 'none', '{}', 'stored', 1, 7, '0.1.0', 'v3',
        'then', 'now');
      insert into run_layer values (1, 1);
      insert into prediction values (1, 1, 1, 1, 0.5, 0.25, 1);
      insert into activation values (1, 1, 1, 1, x'0102', x'030405');
      insert into significance values (1, 1, 1, 1, 4, x'06');
      insert into class_profile values (1, 1, 1, 'neuron', 'true', 1, 0, 1, x'0708');
      insert into entropy values (1, 1, 1, 'neuron', 'permuted', 1, 1, 0.75, 0.25);
      insert into divergence values (1, 1, 'neuron', 'true', 1, 1, 1, 1, 0.5, 0.5, 0.125)
      """)
    return path
  }

  /// The same as a later version wrote it, with a row of what is new in it.
  private func file(of version: Int) throws -> String {
    let path = try first()
    try registerEngramFunctions()
    let connection = try Connection.open(path, mode: .readWrite)
    for migration in SchemaSQL.migrations[1..<version] { try connection.execute(migration) }
    try connection.execute("pragma user_version = \(version)")
    if version >= 3 {
      try connection.execute(
        """
        insert into likelihood (likelihood_id, run_id, profile_run_id, layer_id, kind, grouping, sample_id, is_left_out,
          alpha, own, predicted, other, fit_class_id, fit)
        values (1, 1, 1, 1, 'neuron', 'true', 1, 1, 0.5, -1, -2, -3, 1, -1)
        """)
    }
    if version >= 7 {
      try connection.execute(
        "insert into unreadable values (1, 1, 1, 't', 'is no image'); drop view runs")
      try connection.execute(try viewsOfVersion7())
    }
    return path
  }

  @Test func versionOneIsMigratedAndCopied() throws {
    let path = try first()
    let before = try Scratch.read(path: path)
    let warehouse = try Warehouse.open(path, mode: .write)
    #expect(warehouse.backup == path + ".v1")
    let connection = try Connection.open(path, mode: .readOnly)
    #expect(try connection.integer("pragma user_version") == SchemaSQL.migrations.count)
    #expect(
      try connection.integer("select checksum from activation")
        == Checksum.of([1, 2, 3, 4, 5]))
    #expect(try connection.first("select x from activation") == .blob([1, 2]))
    #expect(try connection.integer("select checksum from significance") == Checksum.of([6]))
    #expect(try connection.integer("select checksum from class_profile") == Checksum.of([7, 8]))
    #expect(try connection.integer("select permuted_class_id is null from prediction") == 1)
    #expect(try warehouse.run(1).profiles == .stored && warehouse.run(1).shard == nil)
    #expect(try connection.integer("select n_ingested from runs") == 1)
    #expect(try connection.integer("select count(*) from pragma_foreign_key_check") == 0)
    #expect(try connection.first("pragma integrity_check") == "ok")

    let copy = try Connection.open(path + ".v1", mode: .readOnly)
    #expect(try copy.integer("pragma user_version") == 1)
    #expect(try copy.first("select z from activation") == .blob([3, 4, 5]))
    #expect(!before.isEmpty && !scratch.exists("w.db.v1.partial"))
    // Once is enough.
    #expect(try Warehouse.open(path, mode: .write).migrationNote == nil)
  }

  @Test(arguments: 2..<SchemaSQL.migrations.count)
  func laterVersionsAreMigratedWithTheirRows(version: Int) throws {
    let path = try file(of: version)
    let warehouse = try Warehouse.open(path, mode: .write)
    #expect(warehouse.backup == (version < 7 ? path + ".v\(version)" : nil))
    #expect(
      warehouse.migrationNote?.hasSuffix(
        version < 7
          ? "; the file as it was is \(path).v\(version)" : "; its rows say what they said")
        == true)
    #expect(try warehouse.connection.integer("pragma user_version") == SchemaSQL.migrations.count)
    #expect(
      try warehouse.connection.integer("select count(*) from likelihood") == (version >= 3 ? 1 : 0))
    #expect(try warehouse.connection.integer("select count(*) from detector_scores") == 0)
    #expect(try warehouse.connection.integer("select count(*) from replicates") == 0)
    #expect(try warehouse.connection.integer("select n_ingested from runs") == 1)
    #expect(try warehouse.connection.first("pragma integrity_check") == "ok")
    try expectGroupings(in: warehouse)
  }

  @Test(arguments: 1..<SchemaSQL.migrations.count)
  func everyRowIsThereAfterwards(version: Int) throws {
    let path = version == 1 ? try first() : try file(of: version)
    let before = try contents(of: path)
    _ = try Warehouse.open(path, mode: .write)
    let after = try contents(of: path)
    #expect(before.count >= 12)
    for (table, columns) in before where table != "engram_schema" {
      var found = after[table]?.filter { columns[$0.key] != nil } ?? [:]
      // Outputs come behind the classes of data sets.
      if table == "class" {
        let count = columns["class_id"]?.count ?? 0
        found = found.mapValues { Array($0.prefix(count)) }
        #expect(after[table]?["model_id"] == [.null, .integer(1)])
        #expect(after["class_output"]?["output_id"] == [.integer(2)])
        #expect(after["class_output"]?["class_id"] == [.integer(1)])
      }
      #expect(found == columns, "\(table)")
    }
  }

  /// Table → column → its values in order of rowid, or of the ids of run_layer.
  private func contents(of path: String) throws -> [String: [String: [Value]]] {
    let connection = try Connection.open(path, mode: .readOnly)
    var contents: [String: [String: [Value]]] = [:]
    var columns = try connection.prepare(
      """
      select t.name, c.name from sqlite_schema as t join pragma_table_xinfo(t.name) as c
      where t.type = 'table' order by 1, c.cid
      """)
    while try columns.step() {
      let (table, column) = (columns.text(0), columns.text(1))
      var rows = try connection.prepare(
        "select \(column) from \(table) order by \(table == "run_layer" ? "run_id, layer_id" : "rowid")"
      )
      while try rows.step() {
        contents[table, default: [:]][column, default: []].append(rows.value(0))
      }
    }
    return contents
  }

  @Test(arguments: [1, 4, 7])
  func whatTheUserMadeStays(version: Int) throws {
    let path = version == 1 ? try first() : try file(of: version)
    do {
      let connection = try Connection.open(path, mode: .readWrite)
      try connection.execute(
        """
        create table note (note_id integer primary key, run_id integer references run, text text);
        insert into note values (1, 1, 'mine');
        create view noted as select run.name, note.text from note join run using (run_id) join run_layer using (run_id);
        create index divergence_by_kl on divergence (kl);
        create trigger noticed after insert on run_layer begin
          insert into note (run_id, text) values (new.run_id, 'captured');
        end
        """)
    }
    _ = try Warehouse.open(path, mode: .write)
    let connection = try Connection.open(path, mode: .readWrite)
    #expect(try connection.first("select text from noted") == "mine")
    #expect(try connection.integer("select n from mine") == 1)
    #expect(
      try connection.integer(
        "select count(*) from sqlite_schema where name in ('divergence_by_kl', 'noticed')") == 2)
    // Making a table anew is no insert of the user's.
    #expect(try connection.integer("select count(*) from note") == 1)
    try connection.execute("delete from run_layer; insert into run_layer values (1, 1)")
    #expect(try connection.integer("select count(*) from note where text = 'captured'") == 1)
    #expect(
      try connection.integer(
        "select count(*) from sqlite_schema where name in ('vector', 'bitset')") == 0)
  }

  @Test func fromVersionSevenNoRowIsCopied() throws {
    let path = try file(of: 7)
    let roots =
      "select group_concat(name || rootpage) from sqlite_schema where type = 'table' and name not in ('run_layer', 'engram_schema', 'class_output', 'labelling', 'sample_label', 'detector', 'score', 'thumbnail', 'run_thumbnail', 'embedding_method', 'activation_index', 'embedding')"
    let before = try Connection.open(path, mode: .readOnly).first(roots)
    let warehouse = try Warehouse.open(path, mode: .write)
    #expect(warehouse.backup == nil && !scratch.exists("w.db.v7"))
    #expect(try Connection.open(path, mode: .readOnly).first(roots) == before)
    #expect(
      try warehouse.connection.integer("select version from engram_schema")
        == SchemaSQL.migrations.count)
  }

  @Test func aMigrationThatFailsLeavesTheFileAsItWas() throws {
    let path = try file(of: 7)
    try Connection.open(path, mode: .readWrite).execute("create table engram_schema (mine)")
    let before = try definitions(of: path)
    #expect(throws: WarehouseError.self) { _ = try Warehouse.open(path, mode: .write) }
    #expect(try definitions(of: path) == before)
    #expect(try Connection.open(path, mode: .readOnly).integer("pragma user_version") == 7)
    #expect(try Connection.open(path, mode: .readOnly).first("pragma integrity_check") == "ok")
  }

  private func definitions(of path: String) throws -> [String] {
    let connection = try Connection.open(path, mode: .readOnly)
    var rows = try connection.prepare("select ifnull(sql, name) from sqlite_schema order by rowid")
    var definitions: [String] = []
    while try rows.step() { definitions.append(rows.text(0)) }
    return definitions
  }

  /// Rows of tables that version 5 made anew are there as they were, no label is known, and other groupings may be stored.
  private func expectGroupings(in warehouse: borrowing Warehouse) throws {
    let connection = try Connection.open(warehouse.path, mode: .readWrite)
    for (table, condition) in [
      (
        "class_profile",
        "kind = 'neuron' and grouping = 'true' and n_samples = 1 and counts = x'0708'"
      ),
      ("entropy", "grouping = 'permuted' and entropy = 0.75 and entropy_per_interaction = 0.25"),
      (
        "divergence",
        "grouping = 'true' and alpha = 0.5 and kl = 0.5 and kl_per_interaction = 0.125"
      ),
      ("prediction", "confidence = 0.5 and loss = 0.25 and assigned_class_id is null"),
    ] {
      #expect(try connection.integer("select count(*) from \(table) where \(condition)") == 1)
      #expect(try connection.integer("select count(*) from \(table)") == 1)
      guard table != "prediction" else { continue }
      for grouping in ProfileGrouping.builtIn {
        try connection.execute("update \(table) set grouping = '\(grouping.name)'")
      }
    }
    #expect(
      try connection.integer("select count(*) from sqlite_schema where name = 'divergence_to_run'")
        == 1)
    #expect(try connection.integer("select count(*) from entropy_by_grouping") == 1)
    let row = try connection.prepare(
      "select n_classes, separation is null, mean_entropy from separation_by_grouping")
    #expect(try isOneRow(row, of: [.integer(1), .integer(1), .real(0.25)]))
  }

  private func isOneRow(_ statement: consuming Statement, of values: [Value]) throws -> Bool {
    guard try statement.step() else { return false }
    for (column, value) in values.enumerated() where statement.value(column) != value {
      return false
    }
    return try !statement.step()
  }

  @Test func anEarlierCopyIsKept() throws {
    let path = try first()
    _ = try scratch.write([1], to: "w.db.v1")
    #expect(try Warehouse.open(path, mode: .write).backup == path + ".v1-2")
    #expect(try Scratch.read(path: path + ".v1") == [1])
  }

  @Test func withoutRoomForACopyNothingIsMigrated() throws {
    let path = try first()
    // A folder of the partial copy's name stands for whatever keeps it from being written.
    #expect(mkdir(path + ".v1.partial", 0o755) == 0)
    #expect(throws: WarehouseError.self) { _ = try Warehouse.open(path, mode: .write) }
    #expect(try Connection.open(path, mode: .readOnly).integer("pragma user_version") == 1)
  }

  @Test func readersAreToldToMigrate() throws {
    let path = try first()
    let error = #expect(throws: WarehouseError.self) {
      _ = try Warehouse.open(path, mode: .readOnly)
    }
    #expect(error == .olderSchema(path: path, found: 1, known: SchemaSQL.migrations.count))
  }

  @Test func packingKeepsEveryRow() {
    var sizes = (0..<300).map { 9000 + 7919 * $0 % 30_000 }
    sizes += [0, 0, 5, 2013, 2014, 100_000]
    for pageSize in [512, 2048, 8192, 65536] {
      let order = LeafPacking.order(sizes, pageSize: pageSize)
      #expect(order.sorted() == Array(sizes.indices))
    }
    // Rows of one size stay in their order.
    #expect(LeafPacking.order([0, 0, 0, 0], pageSize: 8192) == [0, 1, 2, 3])
  }
}
