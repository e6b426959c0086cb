// What keeps a run from being deleted.

import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct DeletingTests {
  /// A warehouse is an ordinary file, in which users keep tables of their own.
  @Test func `Rows of a user's table that refer to a run are told`() throws {
    let scratch = try Scratch()
    let path = scratch.path("w.db")
    let warehouse = try Warehouse.open(path, mode: .create)
    let run = try setUp(warehouse).run
    try warehouse.connection.execute(
      """
      create table remark (remark_id integer primary key, text, run_id integer references run (run_id));
      create table other (text, remark_id integer references remark (remark_id));
      insert into remark (text, run_id) values ('mine', \(run.id))
      """)
    #expect(throws: WarehouseError.referredTo(path: path, run: "run", tables: ["remark"])) {
      try warehouse.delete(run: run.id)
    }
    #expect(try warehouse.connection.integer("select count(*) from run") == 1)
    #expect(
      WarehouseError.referredTo(path: path, run: "run", tables: ["remark"]).description
        == "\(path): run run: rows of your own tables refer to it or to what goes with it: remark; delete those rows first"
    )
    try warehouse.connection.execute("delete from remark")
    try warehouse.delete(run: run.id)
    #expect(try warehouse.connection.integer("select count(*) from run") == 0)
  }
}
