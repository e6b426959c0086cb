// Making and recognising warehouse files.

import SQLiteKit
import Schema
import TestSupport
import Testing
import Warehouse

@Suite struct OpeningTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  func failure<T: ~Copyable>(_ body: () throws -> T) -> WarehouseError? {
    do {
      _ = try body()
      return nil
    } catch { return error as? WarehouseError }
  }

  func create() throws -> String {
    let path = scratch.path("w.db")
    _ = try Warehouse.open(path, mode: .create)
    return path
  }

  @Test func newFileIsMarkedAndWhole() throws {
    let path = try create()
    #expect(!scratch.exists("w.db-wal"))
    let connection = try Connection.open(path, mode: .readOnly)
    #expect(try connection.integer("pragma application_id") == 0x456E_6772)
    #expect(try connection.integer("pragma user_version") == SchemaSQL.migrations.count)
    #expect(try connection.integer("pragma page_size") == 8192)
    #expect(try connection.first("pragma journal_mode") == "wal")
    #expect(try connection.first("pragma integrity_check") == "ok")
  }

  @Test func openingAgainChangesNothing() throws {
    let path = try create()
    let version = try Connection.open(path, mode: .readOnly).integer("pragma schema_version")
    _ = try Warehouse.open(path, mode: .create)
    _ = try Warehouse.open(path, mode: .write)
    #expect(
      try Connection.open(path, mode: .readOnly).integer("pragma schema_version") == version)
  }

  /// One of the states that others wrote before; what is wrong with the file is told as everywhere.
  @Test func readersSeeOneState() throws {
    let path = try create()
    let warehouse = try Warehouse.open(path, mode: .write)
    let readers = try warehouse.readers(3, areShared: false)
    #expect(readers.count == 3)
    try warehouse.connection.execute("insert into detector values (1, 'energy')")
    for reader in readers {
      #expect(
        try reader.read { try $0.connection.integer("select count(*) from detector") } == 0)
    }
    let later = try warehouse.readers(1)
    #expect(try later[0].read { try $0.connection.integer("select count(*) from detector") } == 1)
    #expect(
      failure { try later[0].read { try $0.connection.execute("select * from nobody") } } != nil)
  }

  @Test func foreignKeysAreEnforced() throws {
    let warehouse = try Warehouse.open(try create(), mode: .write)
    #expect(throws: SQLiteError.self) {
      try warehouse.connection.run("insert into run_layer (run_id, layer_id) values (1, 1)")
    }
    #expect(
      failure {
        try warehouse.ensure(
          RunRecord(
            name: "r", modelID: 9, dataSetID: 9, identity: "i", preprocessing: "", selection: "{}",
            sampleCount: 1, permutationSeed: 1, engramVersion: "", cpuLevel: ""), layers: [])
      } != nil)
  }

  @Test func readOnlyRefusesWrites() throws {
    let warehouse = try Warehouse.open(try create(), mode: .readOnly)
    #expect(failure { try warehouse.ensure(animals) } == .notWritable(path: warehouse.path))
  }

  @Test func everyViewRespondsOnAnEmptyWarehouse() throws {
    let warehouse = try Warehouse.open(try create(), mode: .readOnly)
    var names = try warehouse.connection.prepare(
      "select name from sqlite_schema where type = 'view'")
    var count = 0
    while try names.step() {
      count += 1
      #expect(try warehouse.connection.first("select * from \(names.text(0))") == nil)
    }
    #expect(count >= 14)
  }

  @Test func missingFile() {
    let path = scratch.path("none.db")
    #expect(failure { try Warehouse.open(path, mode: .readOnly) } == .missing(path: path))
    #expect(failure { try Warehouse.open(path, mode: .write) } == .missing(path: path))
    #expect(!scratch.exists("none.db"))
  }

  @Test func missingDirectory() {
    let path = scratch.path("none/w.db")
    #expect(failure { try Warehouse.open(path, mode: .create) } == .cannotOpen(path: path))
  }

  @Test(arguments: [Warehouse.Mode.readOnly, .write, .create])
  func garbage(mode: Warehouse.Mode) throws {
    let path = try scratch.write([UInt8](repeating: 7, count: 5000), to: "garbage.db")
    #expect(failure { try Warehouse.open(path, mode: mode) } == .notADatabase(path: path))
  }

  @Test(arguments: [Warehouse.Mode.readOnly, .write, .create])
  func databaseOfAnotherApplication(mode: Warehouse.Mode) throws {
    let path = scratch.path("other.db")
    let other = try Connection.open(path, mode: .create)
    try other.execute("create table t (a)")
    #expect(failure { try Warehouse.open(path, mode: mode) } == .notAWarehouse(path: path))
    #expect(try other.integer("select count(*) from sqlite_schema") == 1)
    #expect(try other.first("pragma journal_mode") == "delete")
  }

  @Test func emptyFileBecomesAWarehouseOnlyWhenMaking() throws {
    let path = try scratch.write([], to: "empty.db")
    #expect(failure { try Warehouse.open(path, mode: .readOnly) } == .empty(path: path))
    #expect(failure { try Warehouse.open(path, mode: .write) } == .empty(path: path))
    #expect(failure { try Warehouse.open(path, mode: .create) } == nil)
  }

  @Test(arguments: [Warehouse.Mode.readOnly, .write, .create])
  func newerSchema(mode: Warehouse.Mode) throws {
    let path = try create()
    try Connection.open(path, mode: .readWrite).execute("pragma user_version = 999")
    let error = failure { try Warehouse.open(path, mode: mode) }
    #expect(
      error?.description
        == "\(path): schema 999, this Engram knows \(SchemaSQL.migrations.count): use a newer Engram"
    )
  }

  @Test func viewsOfAnotherVersionAreMadeAnewAndOnesOfTheUserStay() throws {
    let path = try create()
    try Connection.open(path, mode: .readWrite).execute(
      """
      drop view runs; create view runs as select 1 as old; drop view layers;
      create view mine as select 2 as two
      """)
    let warehouse = try Warehouse.open(path, mode: .write)
    #expect(try warehouse.connection.integer("select count(*) from runs") == 0)
    #expect(try warehouse.connection.integer("select count(*) from layers") == 0)
    #expect(try warehouse.connection.integer("select two from mine") == 2)
  }

  @Test func failedCreationLeavesAFileThatCanBeMadeAgain() throws {
    let path = scratch.path("w.db")
    let other = try Connection.open(path, mode: .create)
    try other.execute("pragma page_size = 8192; pragma journal_mode = wal")
    _ = try Warehouse.open(path, mode: .create)
    #expect(failure { try Warehouse.open(path, mode: .readOnly) } == nil)
  }
}
