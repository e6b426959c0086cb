// Migrations that are killed outright, from every earlier schema version: the file is of the old version or of the new
// one, with every row, and the next command brings it to its end with nothing left behind.

import Foundation
import Glibc
import SQLiteKit
import Schema
import TestSupport
import Testing
import Warehouse

@Suite struct MigrationKillTests {
  /// A file as that version wrote it, with enough in it that a migration takes a while.
  private func make(_ path: String, version: Int) throws {
    try registerEngramFunctions()
    let connection = try Connection.open(path, mode: .create)
    try connection.execute(
      "pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = off")
    try connection.execute(SchemaSQL.migrations[0])
    try connection.execute(
      """
      insert into model values (1, 'net', 'tiny', 'aa', 9, null, null);
      insert into layer (layer_id, model_id, position, name, n_in, n_out, has_bias) values (1, 1, 0, 'fc1', 5, 3, 1);
      insert into dataset values (1, 'set', 'ff', 200);
      insert into class values (1, 1, 0, 'a', 'a'), (2, 1, 1, 'b', 'b');
      with recursive number (i) as (select 1 union all select i + 1 from number where i < 200)
      insert into sample select i, 1, i, 's' || i, 1 + i % 2 from number;
      insert into run values (1, 'run', 1, 1, 'i', 'none', 'none', '{}', 'stored', 200, 7, '0.1.0', 'v3', 'then', 'now');
      insert into run_layer values (1, 1);
      insert into prediction select sample_id, 1, sample_id, class_id, 0.5, 0.25, 1 from sample;
      insert into activation select sample_id, 1, 1, sample_id, randomblob(4000), randomblob(500) from sample;
      insert into significance select sample_id, 1, 1, sample_id, 4, randomblob(8000) from sample;
      insert into class_profile select class_id, 1, 1, 'neuron', 'true', class_id, 0, 1, randomblob(50000) from class;
      insert into entropy select class_id, 1, 1, 'neuron', 'permuted', class_id, 1, 0.75, 0.25 from class;
      insert into divergence select a.class_id, 1, 'neuron', 'true', 1, a.class_id, 1, 2, 0.5, 0.5, 0.125 from class as a
      """)
    for migration in SchemaSQL.migrations[1..<version] { try connection.execute(migration) }
    try connection.execute(
      "pragma application_id = 0x456E6772; pragma user_version = \(version); pragma wal_checkpoint(truncate)"
    )
  }

  @Test(arguments: 1..<SchemaSQL.migrations.count)
  func `A killed migration leaves the old file or the new one`(version: Int) throws {
    let scratch = try TemporaryDirectory()
    let (whole, path) = (scratch.path("whole.db"), scratch.path("w.db"))
    try make(whole, version: version)
    let (before, newest) = (try contents(whole), SchemaSQL.migrations.count)
    /// Tables that lost something: those of both versions are compared in the old one's columns.
    func lost(_ path: String) throws -> [String] {
      // That of the version says another one afterwards.
      // Those of detectors, of which there are none, are others.
      try before.keys.filter { !["engram_schema", "detector"].contains($0) }.filter { table in
        let columns = try rows(whole, "select name from pragma_table_info('\(table)')")
        let names = columns.map { row in if case .text(let name) = row[0] { name } else { "" } }
        // Models get outputs, which stand with the classes.
        let own = table == "class" ? "where dataset_id is not null" : ""
        let all =
          "select \(names.joined(separator: ", ")) from \(table) \(own) order by \(names.joined(separator: ", "))"
        let isSame = try rows(path, all) == rows(whole, all)
        return !isSame
      }
    }
    // Opens for writing, migrates, and finds no such run.
    var (expected, states) = ([String: [[Value]]](), [Int]())
    // Version 1 is copied first, 7 is the first that is not, and the newest has one step to go: more of those is nothing new.
    let count = [1, 7, newest - 1].contains(version) ? 25 : 7
    let moments = KillMoments(
      ["delete", path, "--run", "none"], in: scratch.root, endingWith: 1, count: count)
    try moments.walk(
      prepare: {
        try scratch.clear("w.db")
        try copy(whole, to: path)
      },
      undisturbed: {
        #expect(try lost(path) == [])
        expected = try contents(path)
      },
      killed: { moment in
        guard case .integer(let state)? = try rows(path, "pragma user_version").first?.first else {
          Issue.record("no version, killed at moment \(moment)")
          return
        }
        states.append(state)
        #expect(state == version || state == newest)
        #expect(try lost(path) == [], "killed at moment \(moment)")
        #expect(try rows(path, "pragma integrity_check") == [["ok"]])
      },
      again: { moment, result in
        #expect(result.status == 1 && result.errors.contains("unknown run 'none'"))
        // Before it is read again, which may leave an empty log.
        let copies = version < 7 ? ["w.db.v\(version)"] : []
        let left = try scratch.names("w.db")
        #expect(left == ["w.db"] + copies, "killed at moment \(moment)")
        for copy in copies { #expect(try lost(scratch.path(copy)) == []) }
        #expect(try rows(path, "pragma user_version") == [[.integer(newest)]])
        try expectSame(contents(path), expected, "killed at moment \(moment)")
      })
    print(
      "migration from \(version): \(states.filter { $0 == newest }.count) of \(states.count) migrated already"
    )
  }
}
