// A warehouse is a file that any client of SQLite can use, and what needs Engram's functions comes with them.

import Bits
import SQLiteKit
import Schema
import TestSupport
import Testing
import Warehouse

/// Views as version 7 had them, `vector` and `bitset` among them.
func viewsOfVersion7() throws -> String {
  String(
    decoding: try Scratch.read(
      path: packageDirectory() + "/Tests/WarehouseTests/Fixtures/views7.sql"), as: UTF8.self)
}

@Suite struct OrdinaryFileTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func create() throws -> String {
    let path = scratch.path("w.db")
    _ = try Warehouse.open(path, mode: .create)
    return path
  }

  private func column(_ connection: borrowing Connection, _ sql: String) throws -> [String] {
    var rows = try connection.prepare(sql)
    var texts: [String] = []
    while try rows.step() { texts.append(rows.text(0)) }
    return texts
  }

  @Test func everyForeignKeyNamesItsColumn() throws {
    let connection = try Connection.open(try create(), mode: .readOnly)
    var keys = try connection.prepare(
      """
      select t.name || '.' || k."from", k."to", k."table" || '_id'
      from sqlite_schema as t join pragma_foreign_key_list(t.name) as k where t.type = 'table'
      """)
    var count = 0
    while try keys.step() {
      count += 1
      #expect(keys.value(1) == keys.value(2), "\(keys.text(0))")
    }
    #expect(count >= 48)
  }

  @Test func everyColumnOfEveryViewHasAType() throws {
    let connection = try Connection.open(try create(), mode: .readWrite)
    let views = try column(connection, "select name from sqlite_schema where type = 'view'")
    #expect(views.count >= 20)
    for view in views {
      // A table made of a select takes the types that its expressions are of.
      try connection.execute("create temp table made as select * from \(view) limit 0")
      let untyped = try column(
        connection,
        "select name from pragma_table_info('made') where type not in ('INT', 'REAL', 'TEXT')")
      // A blob has no name there.
      #expect(untyped == (view == "thumbnails" ? ["image"] : []), "\(view)")
      try connection.execute("drop table made")
    }
  }

  @Test func noDefinitionCallsWhatOtherClientsLackOrRefuse() throws {
    try registerEngramFunctions()
    let connection = try Connection.open(try create(), mode: .readOnly)
    #expect(
      try connection.integer("select count(*) from pragma_function_list where name like 'engram%'")
        ?? 0 > 40)
    #expect(
      try column(
        connection,
        """
        select distinct s.name from sqlite_schema as s join pragma_function_list as f
        where f.name like 'engram~_%' escape '~' and instr(s.sql, f.name || '(')
        """) == [])
    #expect(
      try column(
        connection,
        "select name from sqlite_schema where type = 'table' and sql like '%json~_%' escape '~'")
        == [])
    try connection.execute("pragma trusted_schema = off")
    for name in try column(
      connection, "select name from sqlite_schema where type in ('table', 'view')")
    {
      #expect(try connection.integer("select count(*) from \(name)") != nil, "\(name)")
    }
    // What has no rowid, DuckDB cannot count.
    #expect(
      try column(connection, "select name from pragma_table_list where wr and schema = 'main'")
        == [])
  }

  @Test func aFileWithoutTheHeadersMarksIsAWarehouse() throws {
    let path = try create()
    try Connection.open(path, mode: .readWrite).execute(
      "pragma application_id = 0; pragma user_version = 0")
    #expect(
      try Warehouse.open(path, mode: .readOnly).connection.integer("select count(*) from runs") == 0
    )
    _ = try Warehouse.open(path, mode: .write)
    let connection = try Connection.open(path, mode: .readWrite)
    #expect(try connection.integer("pragma application_id") == 0x456E_6772)
    #expect(try connection.integer("pragma user_version") == SchemaSQL.migrations.count)
    try connection.execute(
      "pragma application_id = 0; pragma user_version = 0; update engram_schema set version = 999")
    let error = #expect(throws: WarehouseError.self) {
      _ = try Warehouse.open(path, mode: .readOnly)
    }
    #expect(error == .newerSchema(path: path, found: 999, known: SchemaSQL.migrations.count))
  }

  /// Two layers, the second fed with the first one's rectified z; the first's x has as many bytes as it has elements in
  /// Float32, so that nothing but its mask tells it from a plain vector.
  private func fill(_ connection: borrowing Connection) throws {
    try connection.execute(
      """
      insert into model (model_id, name, architecture, weights_sha256, parameters) values (1, 'net', 'tiny', 'aa', 9);
      insert into layer (layer_id, model_id, position, name, n_in, n_out, has_bias, relu_of)
      values (1, 1, 0, 'fc1', 32, 3, 0, null), (2, 1, 1, 'fc2', 3, 2, 0, 1);
      insert into dataset values (1, 'set', 'ff', 1);
      insert into class (class_id, dataset_id, position, key, name) values (1, 1, 0, 'a', 'a');
      insert into sample values (1, 1, 0, 's', 1);
      insert into run (run_id, name, model_id, dataset_id, identity, preprocessing, selection, bitsets, n_samples,
        permutation_seed, engram_version, cpu_level, started_at) values (1, 'run', 1, 1, 'i', 'none', '{}', 'derived', 1, 7,
        '0.1.0', 'v3', 'then');
      insert into run_layer values (1, 1), (1, 2)
      """)
    try connection.run(
      "insert into activation values (1, 1, 1, 1, ?, ?, 0)",
      .blob(SparseVector.encode(Self.input.span)), .blob(FloatVector.encode(Self.output.span)))
    try connection.run(
      "insert into activation values (2, 1, 2, 1, null, ?, 0)",
      .blob(FloatVector.encode(([1, 2] as [Float]).span)))
  }

  private static let input: [Float] = [0] + (1..<32).map { Float($0) }
  private static let output: [Float] = [-1, 2, 0.5]

  private func expectVectors(_ connection: borrowing Connection) throws {
    #expect(
      try connection.first("select x from vector where layer_id = 1")
        == .blob(FloatVector.encode(Self.input.span)))
    #expect(
      try connection.first("select x from vector where layer_id = 2")
        == .blob(FloatVector.encode(([0, 2, 0.5] as [Float]).span)))
    let norm = Self.input.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(
      try connection.first("select engram_norm(x) from vector where layer_id = 1") == .real(norm))
    #expect(
      try connection.integer(
        """
        select count(*) from activation join layer using (layer_id) join vector using (run_id, layer_id, sample_id)
        where engram_vector(activation.x, n_in) = vector.x and engram_vector(vector.x, n_in) = vector.x
          and engram_sparse(vector.x) = activation.x and length(activation.x) = length(vector.x)
          and engram_sparse_element(activation.x, n_in, 31) = 31 and engram_sparse_element(vector.x, n_in, 31) = 31
          and activation.z = vector.z
        """) == 1)
  }

  @Test func theTableVectorGivesPlainVectors() throws {
    let path = try create()
    try registerEngramFunctions()
    try fill(try Connection.open(path, mode: .readWrite))
    let warehouse = try Warehouse.open(path, mode: .readOnly)
    try expectVectors(warehouse.connection)
    // However many of the ids are asked for.
    for (condition, rows) in [
      ("run_id = 1", 2), ("run_id = 1 and layer_id = 2", 1), ("sample_id = 1", 2),
      ("layer_id in (1, 2, 3)", 2),
      ("run_id = 1 and layer_id = 2 and sample_id = 1", 1), ("sample_id = 1 and layer_id = 7", 0),
      ("run_id = '1'", 2), ("run_id = null", 0), ("run_id + 0 = 1 and layer_id > 1", 1),
    ] {
      #expect(
        try warehouse.connection.integer("select count(*) from vector where \(condition)") == rows,
        "\(condition)")
    }
    #expect(
      try warehouse.connection.integer(
        "select count(v.z) from activation as a join vector as v using (run_id, layer_id, sample_id)"
      )
        == 2)
  }

  /// A view of the user's in the file, which stands on what the functions bring.
  @Test func viewsMayStandOnWhatTheFunctionsBring() throws {
    let path = try create()
    try registerEngramFunctions()
    do {
      let connection = try Connection.open(path, mode: .readWrite)
      try fill(connection)
      try connection.execute("create view mine as select max(engram_norm(z)) as norm from vector")
    }
    let norm = Self.output.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(
      try Warehouse.open(path, mode: .readOnly).connection.first("select norm from mine")
        == .real(max(norm, 5.0.squareRoot())))
  }

  @Test func ofSeveralWarehousesOneIsNamed() throws {
    let (path, other) = (try create(), scratch.path("it's other.db"))
    try registerEngramFunctions()
    try fill(try Connection.open(path, mode: .readWrite))
    _ = try Warehouse.open(other, mode: .create)
    let connection = try Connection.open(path, mode: .readOnly)
    try connection.run("attach ? as other", .text(other))
    #expect(
      try connection.integer("select count(x) from vector('main') where layer_id in (1, 2)") == 2)
    #expect(try connection.integer("select count(*) from vector('other')") == 0)
    #expect(try connection.integer("select count(*) from vector(null)") == 0)
    #expect(
      try connection.integer(
        "select count(z) from pragma_database_list as d join vector(d.name) as v on v.run_id = 1 and v.layer_id = 2"
      ) == 1)
    for name in ["vector", "main.vector", "other.vector"] {
      let error = #expect(throws: SQLiteError.self) {
        try connection.execute("select * from \(name)")
      }
      #expect(
        error?.message
          == "vector: several attached databases are warehouses: name one, as in vector('main'), vector('other')"
      )
    }
    let missing = #expect(throws: SQLiteError.self) {
      try connection.execute("select * from bitset('nix')")
    }
    #expect(missing?.message == "bitset: no such table: nix.significance")
    try connection.execute("detach other")
    #expect(try connection.integer("select count(*) from vector") == 2)
  }

  /// DuckDB reads a view by its text, and what it cannot bind it takes for text, column by column.
  @Test func viewsSayNothingThatDuckDBCannotBind() throws {
    let connection = try Connection.open(try create(), mode: .readOnly)
    #expect(
      try column(
        connection,
        """
        select name from sqlite_schema where type = 'view'
          and (sql like '%iif(%' or sql like '%n_cols%' or sql like '%group by prediction.run_id, class.class_id')
        """) == [])
  }

  @Test func withoutAWarehouseTheTableSaysWhatIsMissing() throws {
    try registerEngramFunctions()
    let connection = try Connection.open(":memory:", mode: .create)
    let error = #expect(throws: SQLiteError.self) { try connection.execute("select * from bitset") }
    #expect(error?.message.contains("bitset: no such table: significance") == true)
  }

  @Test func aFileOfVersionSevenIsReadAsItIs() throws {
    let path = scratch.path("w.db")
    try registerEngramFunctions()
    do {
      let connection = try Connection.open(path, mode: .create)
      for migration in SchemaSQL.migrations[..<7] { try connection.execute(migration) }
      try connection.execute(try viewsOfVersion7())
      try connection.execute("pragma application_id = 0x456E6772; pragma user_version = 7")
      try fill(connection)
    }
    let before = try Scratch.read(path: path)
    do {
      let warehouse = try Warehouse.open(path, mode: .readOnly)
      try expectVectors(warehouse.connection)
      #expect(try warehouse.verify().first { $0.check == "schema" }?.status == .ok)
    }
    #expect(try Scratch.read(path: path) == before)
    let warehouse = try Warehouse.open(path, mode: .write)
    try expectVectors(warehouse.connection)
  }
}
