// What engram-query export makes of tables, views, queries and SQL: which of them a name is, and that a file is whole or not
// there. What stands in a Parquet file is ParquetTests'.

import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct RowExportTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    try registerEngramFunctions()
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

  /// The arrays of an archive without compression, in order: name, header and elements.
  private func arrays(_ name: String) throws -> [(name: String, header: String, elements: [UInt8])]
  {
    let file = try bytes(of: scratch.path(name))
    func number(_ offset: Int, _ width: Int) -> Int {
      (0..<width).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) }
    }
    let record = number(file.count - 22 - 12, 8)
    var entry = number(record + 48, 8)
    return try (0..<number(record + 24, 8)).map { _ in
      try #require(number(entry, 4) == 0x0201_4B50)
      let extra = entry + 46 + number(entry + 28, 2)
      let name = String(decoding: file[entry + 46..<extra], as: UTF8.self)
      let (size, start) = (number(extra + 4, 8), number(extra + 20, 8))
      let first = start + 30 + number(start + 26, 2) + number(start + 28, 2)
      entry = extra + number(entry + 30, 2)
      let elements = first + 10 + number(first + 8, 2)
      return (
        name, String(decoding: file[first + 10..<elements], as: UTF8.self),
        Array(file[elements..<first + size])
      )
    }
  }

  @Test func `In an archive each column is an array of its type`() throws {
    let sql = """
      select 7 as i, 1 as n, 0.5 as r, 2 as m, 'a' as t, null as v union all
      select -9, null, null, 0.25, 'yü', null union all select 9223372036854775807, 3, 9e999, -4, null, null
      """
    let result = try export(["--sql", sql, "--output", "x.npz"])
    expectSuccess(result)
    #expect(
      result.errors.contains("column n: whole numbers, as float64 for its 1 nulls, which are NaN"))
    #expect(result.errors.contains("column t: 1 nulls are empty texts"))
    let found = try arrays("x.npz")
    #expect(found.map { $0.name } == ["i", "n", "r", "m", "t", "v"].map { $0 + ".npy" })
    let types = ["<i8", "<f8", "<f8", "<f8", "<U2", "<f8"]
    for (array, type) in zip(found, types) {
      #expect(array.header.contains("'descr': '\(type)', 'fortran_order': False, 'shape': (3,)"))
    }
    func words(_ place: Int) -> [UInt64] {
      stride(from: 0, to: found[place].elements.count, by: 8).map { first in
        (0..<8).reduce(0) { $0 | UInt64(found[place].elements[first + $1]) << UInt64(8 * $1) }
      }
    }
    #expect(words(0) == [7, UInt64(bitPattern: -9), UInt64(Int64.max)])
    let nan = Double.nan
    for (place, expected) in [
      (1, [1, nan, 3]), (2, [0.5, nan, .infinity]), (3, [2, 0.25, -4]), (5, [nan, nan, nan]),
    ] { #expect(words(place) == expected.map(\.bitPattern)) }
    #expect(
      found[4].elements
        == ["a", "\0", "y", "ü", "\0", "\0"].flatMap { (text: String) -> [UInt8] in
          let scalar = text.unicodeScalars.first?.value ?? 0
          return [UInt8(scalar & 255), UInt8(scalar >> 8), 0, 0]
        })
  }

  @Test func `Vectors of an archive's rows are one array, samples × elements`() throws {
    let sql = """
      select key, x, z, layer_id from activation join sample using (sample_id)
      where layer_id = (select layer_id from layer where name = 'fc2' limit 1) and x is not null
      """
    expectSuccess(try export(["--sql", sql, "--output", "x.npz"]))
    let found = try arrays("x.npz")
    let stored = try rows(
      study.warehouse, "select engram_vector(x, 384), z from (\(sql))")
    #expect(
      found[1].header.contains("'<f4'") && found[1].header.contains("(\(stored.count), 384,)"))
    #expect(found[2].header.contains("(\(stored.count), 192,)"))
    for place in 0..<2 {
      let expected = stored.flatMap { row -> [UInt8] in
        guard case .blob(let bytes) = row[place] else { return [] }
        return bytes
      }
      #expect(!expected.isEmpty && found[place + 1].elements == expected)
    }
  }

  @Test func `A table without rows is arrays of none`() throws {
    expectSuccess(try export(["unreadable", "--output", "x.npz"]))
    for (array, type) in zip(try arrays("x.npz"), ["<i8", "<i8", "<i8", "<U1", "<U1"]) {
      #expect(array.header.contains("'\(type)'") && array.header.contains("(0,)"))
      #expect(array.elements.isEmpty)
    }
  }

  @Test func `Blobs are base64, a few words or nothing, as asked`() throws {
    // RFC 4648's own examples.
    let sql = """
      select cast('' as blob) as a, cast('f' as blob) as b, cast('fo' as blob) as c, cast('foobar' as blob) as d, x'fbff' as e
      """
    for (form, values) in [
      ("base64", ["", "Zg==", "Zm8=", "Zm9vYmFy", "+/8="]),
      ("summary", ["<blob 0 B>", "<blob 1 B>", "<blob 2 B>", "<blob 6 B>", "<blob 2 B>"]),
    ] {
      let object = zip(["a", "b", "c", "d", "e"], values).map { "\"\($0)\": \"\($1)\"" }
      let line = "{\(object.joined(separator: ", "))}\n"
      let csv = "a,b,c,d,e\r\n" + values.joined(separator: ",") + "\r\n"
      for (format, expected) in [("jsonl", line), ("csv", csv)] {
        #expect(
          try answer(["--sql", sql, "--format", format, "--blobs", form]) == Array(expected.utf8))
        expectSuccess(
          try export(["--sql", sql, "--output", "x.\(format)", "--blobs", form]))
        #expect(try bytes(of: scratch.path("x.\(format)")) == Array(expected.utf8))
      }
      let json = "[\n  " + line.dropLast() + "\n]\n"
      #expect(try answer(["--sql", sql, "--format", "json", "--blobs", form]) == Array(json.utf8))
    }
    let omitted =
      "{" + ["a", "b", "c", "d", "e"].map { "\"\($0)\": null" }.joined(separator: ", ") + "}\n"
    #expect(
      try answer(["--sql", sql, "--format", "jsonl", "--blobs", "omit"]) == Array(omitted.utf8))
    // Words are what there is without being asked for.
    #expect(
      try answer(["--sql", sql, "--format", "csv"])
        == answer(["--sql", sql, "--format", "csv", "--blobs", "summary"]))
    expectFailure(
      try runCommand(
        "engram-query", [study.warehouse, "--sql", sql, "--blobs", "base64"],
        directory: scratch.root), of: "engram-query", 64,
      "--blobs is of --format csv, json and jsonl")
  }

  @Test func `An infinity is one number in every text, and itself in Parquet and NumPy`() throws {
    let sql = "select 9e999 as v union all select -9e999 union all select 0.5"
    for (format, expected) in [
      ("csv", "v\r\n9e999\r\n-9e999\r\n0.5\r\n"),
      ("jsonl", "{\"v\": 9e999}\n{\"v\": -9e999}\n{\"v\": 0.5}\n"),
    ] {
      #expect(try answer(["--sql", sql, "--format", format]) == Array(expected.utf8))
    }
    expectSuccess(
      try export(["--sql", sql, "--output", "x.parquet", "--compression", "none"]))
    let values: [Double] = [.infinity, -.infinity, 0.5]
    #expect(
      try ParquetReading(try bytes(of: scratch.path("x.parquet"))).values(0)
        == values.map { .word($0.bitPattern) })
    expectSuccess(try export(["--sql", sql, "--output", "x.npz"]))
    #expect(
      try arrays("x.npz")[0].elements
        == values.flatMap { value in
          (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * $0)) }
        })
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
      (["--sql", "select 1", "--output", "x.npy"], 64, "--sql and --param give rows"),
      (["layer", "--output", "x.npz", "--blobs", "omit"], 64, "--blobs is of .csv and .jsonl"),
      (["layer", "--output", "x.parquet", "--blobs", "omit"], 64, "--blobs is of .csv and .jsonl"),
      (["z", "--output", "x.npy", "--blobs", "omit"], 64, "--blobs is of rows"),
      (["layer", "--output", "x.csv", "--blobs", "hex"], 64, "unknown choice 'hex'"),
      (
        ["significance", "--output", "x.npz"], 1,
        "column bits, row 1: expected numbers, a text or a vector, found a blob"
      ),
      (
        [
          "--sql", "select 1 as v union all select 9007199254740993 union all select null",
          "--output", "x.npz",
        ], 1,
        "column v, row 2: 9007199254740993 is no float64, which the column is for its nulls"
      ),
      (["--sql", mixed, "--output", "x.npz"], 1, "column v, row 2: expected integer, found text"),
      (
        ["--sql", "select z from activation", "--output", "x.npz"], 1,
        "expected a vector of 192 elements as before, found 10; where layer_id = …"
      ),
      (["--sql", "delete from layer", "--output", "x.parquet"], 1, "only read here"),
    ] as [([String], Int32, String)] {
      expectFailure(try export(words), of: "engram-query export", status, part)
    }
    #expect(try listing(scratch.root).isEmpty)
  }
}
