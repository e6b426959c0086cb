// A warehouse of schema version 1 becomes one of today's, and a copy of it stays as it was.

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

  @Test func versionOneIsMigratedAndCopied() throws {
    let path = try first()
    let before = try Scratch.read(path: path)
    let warehouse = try Warehouse.open(path, mode: .write)
    #expect(warehouse.backup == path + ".v1")
    let connection = try Connection.open(path, mode: .readOnly)
    #expect(try connection.integer("pragma user_version") == 7)
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
    #expect(try Warehouse.open(path, mode: .write).backup == nil)
  }

  @Test(arguments: [2, 3, 4])
  func laterVersionsAreMigratedWithTheirRows(version: Int) throws {
    let path = try first()
    do {
      try registerEngramFunctions()
      let connection = try Connection.open(path, mode: .readWrite)
      for migration in SchemaSQL.migrations[1..<version] { try connection.execute(migration) }
      try connection.execute("pragma user_version = \(version)")
      if version >= 3 {
        try connection.execute(
          """
          insert into likelihood values (1, 1, 1, 1, 'neuron', 'true', 1, 1, 0.5, -1, -2, -3, 1, -1)
          """)
      }
    }
    let warehouse = try Warehouse.open(path, mode: .write)
    #expect(warehouse.backup == path + ".v\(version)")
    #expect(try warehouse.connection.integer("pragma user_version") == 7)
    #expect(
      try warehouse.connection.integer("select count(*) from likelihood") == (version >= 3 ? 1 : 0))
    #expect(try warehouse.connection.integer("select count(*) from detector_scores") == 0)
    #expect(try warehouse.connection.integer("select count(*) from replicates") == 0)
    #expect(try warehouse.connection.integer("select n_ingested from runs") == 1)
    #expect(try warehouse.connection.first("pragma integrity_check") == "ok")
    try expectGroupings(in: warehouse)
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
      for grouping in ProfileGrouping.allCases {
        try connection.execute("update \(table) set grouping = '\(grouping.rawValue)'")
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
    #expect(error == .olderSchema(path: path, found: 1, known: 7))
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
