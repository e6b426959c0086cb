// Bitsets combined, vectors, matrices, windows and tables against the plain computation.

import Analytics
import Bits
import Glibc
import SQLiteKit
import Testing

struct FunctionAlgebraTests {
  private func rows(
    _ host: borrowing FunctionHost, _ sql: String, _ parameters: [Value] = []
  ) throws -> [[Value]] {
    var statement = try host.connection.prepare(sql)
    try statement.bind(parameters)
    var rows: [[Value]] = []
    while try statement.step() {
      var row: [Value] = []
      for column in 0..<statement.columnCount { row.append(statement.value(column)) }
      rows.append(row)
    }
    return rows
  }

  @Test(arguments: BitsetFunctionTests.shapes)
  func combinationsOfBitsets(shape: LayerShape) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(shape.interactions))
    for density in [0, 0.4, 1] {
      let a = try RandomBits(shape, density: 0.5, &generator)
      let b = try RandomBits(shape, density: density, &generator)
      let (x, y) = (Value.blob(a.blob), Value.blob(b.blob))
      for (name, combine) in [
        ("and", { $0 && $1 }), ("or", { $0 || $1 }), ("xor", { $0 != $1 }),
      ] as [(String, (Bool, Bool) -> Bool)] {
        let expected = dense(zip(a.bits, b.bits).map { combine($0, $1) })
        #expect(try host.value("engram_dense(engram_\(name)(?, ?))", x, y) == .blob(expected))
      }
      #expect(
        try host.value("engram_dense(engram_not(?))", x) == .blob(dense(a.bits.map { !$0 })))
      #expect(
        try host.value(
          "engram_bitset(?, ?, ?, ?)", .blob(dense(a.bits)), .integer(shape.outputs),
          .integer(shape.inputs), .integer(shape.hasBias ? 1 : 0)) == x)
      let columns = shape.columns
      for _ in 0..<5 {
        let (i, j) = (generator.below(shape.outputs), generator.below(columns))
        let row = Double((0..<columns).count { a.bits[i * columns + $0] }) / Double(columns)
        let column =
          Double((0..<shape.outputs).count { a.bits[$0 * columns + j] }) / Double(shape.outputs)
        #expect(try host.real("engram_row_density(?, ?)", x, .integer(i)) == row)
        #expect(try host.real("engram_column_density(?, ?)", x, .integer(j)) == column)
        #expect(
          try host.real("engram_element(engram_row_density(?), ?)", x, .integer(i))
            == Double(Float(row)))
      }
      let set = a.bits.indices.filter { a.bits[$0] }.sorted {
        ($0 % columns, $0) < ($1 % columns, $1)
      }
      #expect(
        try rows(host, "select output, \"column\" from engram_bits(?)", [x])
          == set.map { [.integer($0 / columns), .integer($0 % columns)] })
    }
  }

  @Test func windowsOfBitsetsAndCounts() throws {
    let host = try FunctionHost()
    var generator = TestGenerator(8)
    let shape = LayerShape(outputs: 5, inputs: 9, hasBias: true)
    let samples = try (0..<40).map { _ in try RandomBits(shape, density: 0.6, &generator) }
    try host.connection.execute("create table s (i integer primary key, bits blob)")
    for (index, sample) in samples.enumerated() {
      // Every seventh is missing.
      try host.connection.run(
        "insert into s values (?, ?)", .integer(index),
        index % 7 == 3 ? .null : .blob(sample.blob))
    }
    let found = try rows(
      host,
      """
      select engram_dense(engram_union(bits) over w), engram_dense(engram_intersection(bits) over w),
        engram_counts(bits) over w, engram_merge_counts(c) over w
      from (select i, bits, case when bits is not null then engram_counts(bits) over (order by i rows 0 preceding) end as c from s)
      window w as (order by i rows between 2 preceding and current row)
      """)
    for (index, row) in found.enumerated() {
      let frame = (max(0, index - 2)...index).filter { $0 % 7 != 3 }.map { samples[$0].bits }
      let counters = shape.interactions
      let counts = (0..<counters).map { bit in UInt32(frame.count { $0[bit] }) }
      #expect(row[0] == .blob(dense(counts.map { $0 > 0 })))
      #expect(row[1] == .blob(dense(counts.map { Int($0) == frame.count })))
      let expected = countsBlob(counts, samples: frame.count, columns: shape.columns)
      #expect(row[2] == expected && row[3] == expected)
    }
    #expect(found.count == 40)
    #expect(
      try rows(host, "select engram_union(bits), engram_counts(bits) from s where i < 0")
        == [[.null, .null]])
  }

  @Test(arguments: [1, 2, 13, 64])
  func vectors(length: Int) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(length))
    for _ in 0..<10 {
      let (a, b) = (generator.normals(length), generator.normals(length))
      let (x, y) = (vectorBlob(a), vectorBlob(b))
      let dot = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let norms = [a, b].map { $0.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
      let distance = zip(a, b).reduce(0) {
        $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1))
      }
      .squareRoot()
      func check(_ sql: String, _ parameters: Value..., expected: Double) throws {
        let found = try host.value(sql, parameters)
        guard case .real(let value) = found else {
          Issue.record("\(sql) is \(found)")
          return
        }
        #expect(isClose(value, expected, relative: 1e-12, floor: 1e-12), "\(sql)")
      }
      try check("engram_dot(?, ?)", x, y, expected: dot)
      try check("engram_norm(?)", x, expected: norms[0])
      try check("engram_distance(?, ?)", x, y, expected: distance)
      try check("engram_cosine(?, ?)", x, y, expected: dot / (norms[0] * norms[1]))
      #expect(try host.value("engram_distance(?, ?)", x, x) == .real(0))
      let order = a.indices.sorted { (a[$1], $0) < (a[$0], $1) }.prefix(3)
      let top = "[" + order.map { "[\($0),\(Double(a[$0]))]" }.joined(separator: ",") + "]"
      #expect(try host.value("engram_top(?, 3)", x) == .text(top))
      let json = "[" + a.map { "\($0)" }.joined(separator: ", ") + "]"
      #expect(try host.value("engram_vector(?)", .text(json)) == x)
      let rectified = a.map { max($0, 0) }
      let sparse = Value.blob(SparseVector.encode(rectified.span))
      #expect(try host.value("engram_sparse(?)", vectorBlob(rectified)) == sparse)
      #expect(
        try host.value("engram_vector(?, ?)", sparse, .integer(length)) == vectorBlob(rectified))
      #expect(
        try rows(host, "select position, value from engram_elements(?)", [x])
          == a.enumerated().map { [.integer($0), .real(Double($1))] })
      #expect(
        try rows(
          host, "select position, value from engram_elements(?, ?)", [sparse, .integer(length)])
          == rectified.enumerated().filter { $1 != 0 }.map { [.integer($0), .real(Double($1))] })
    }
    let zero = vectorBlob([Float](repeating: 0, count: length))
    #expect(try host.value("engram_cosine(?, ?)", zero, zero) == .null)
    for text in ["", "1, 2", "[1, x]", "[1,, 2]", "[1] 2", "[nan]", "[1, 2", "{}"] {
      #expect(
        host.failure("engram_vector(?)", .text(text))
          == "engram_vector: argument 1 is not a JSON array of numbers")
    }
    #expect(try host.value("engram_vector(' [ ] ')") == .blob([]))
  }

  @Test func meansAndMatricesOfWindows() throws {
    let host = try FunctionHost()
    var generator = TestGenerator(3)
    let (count, length) = (30, 4)
    let vectors = (0..<count).map { _ in generator.normals(length) }
    try host.connection.execute("create table s (i integer primary key, v blob)")
    for (index, vector) in vectors.enumerated() {
      try host.connection.run(
        "insert into s values (?, ?)", .integer(index), vectorBlob(vector))
    }
    let found = try rows(
      host,
      """
      select engram_mean(v) over w, engram_gram(v) over w, engram_covariance(v) over w from s
      window w as (order by i rows between 4 preceding and current row)
      """)
    for (index, row) in found.enumerated() {
      let frame = vectors[max(0, index - 4)...index].map { $0.map(Double.init) }
      let n = Double(frame.count)
      let mean = (0..<length).map { j in frame.reduce(0) { $0 + $1[j] } / n }
      for j in 0..<length {
        let value = try host.real("engram_element(?, ?)", row[0], .integer(j)) ?? .nan
        #expect(isClose(value, mean[j], relative: 1e-6, floor: 1e-6))
        for k in 0..<length {
          let gram = frame.reduce(0) { $0 + $1[j] * $1[k] }
          let found = try host.real(
            "engram_matrix_element(?, ?, ?)", row[1], .integer(j), .integer(k))
          #expect(isClose(found ?? .nan, gram, relative: 1e-12, floor: 1e-12))
          guard frame.count > 1 else { continue }
          let covariance = frame.reduce(0) { $0 + ($1[j] - mean[j]) * ($1[k] - mean[k]) } / (n - 1)
          let other = try host.real(
            "engram_matrix_element(?, ?, ?)", row[2], .integer(j), .integer(k))
          #expect(isClose(other ?? .nan, covariance, relative: 1e-10, floor: 1e-12))
        }
      }
      #expect((row[2] == .null) == (frame.count == 1))
    }
  }

  @Test func matricesKnowTheirSubspaces() throws {
    let host = try FunctionHost()
    var generator = TestGenerator(21)
    // Rows in a plane of five dimensions, and in one that shares a direction with it.
    let basis = (0..<3).map { _ in generator.normals(5) }
    func gram(_ directions: [Int], rows count: Int) throws -> Value {
      try host.connection.execute("drop table if exists s; create table s (v blob, x blob)")
      for _ in 0..<count {
        let weights = directions.map { _ in Float(generator.normal()) }
        let row = (0..<5).map { j in
          zip(directions, weights).reduce(Float(0)) { $0 + $1.1 * basis[$1.0][j] }
        }
        try host.connection.run(
          "insert into s values (?, ?)", vectorBlob(row), .blob(SparseVector.encode(row.span)))
      }
      return try host.value("(select engram_gram(v) from s)")
    }
    let a = try gram([0, 1], rows: 20)
    #expect(try host.value("engram_matrix_rank(?, '1e-3')", a) == .integer(2))
    #expect(try host.value("(select engram_rank(x, 5, '1e-3') from s)") == .integer(2))
    #expect(
      try host.value("(select engram_matrix_rank(engram_covariance(v), '1e-3') from s)")
        == .integer(2))
    let b = try gram([0, 1, 2], rows: 30)
    let whole = try #require(try host.real("engram_subspace_overlap(?, ?, '1e-3')", a, b))
    #expect(isClose(whole, 1, relative: 1e-9))
    let c = try gram([2], rows: 4)
    // One direction against a plane: cos² of its angle to the plane.
    let overlap = try #require(try host.real("engram_subspace_overlap(?, ?, '1e-3')", a, c))
    func dot(_ u: [Double], _ v: [Double]) -> Double { zip(u, v).reduce(0) { $0 + $1.0 * $1.1 } }
    let (u, v, w) = (
      basis[0].map(Double.init), basis[1].map(Double.init), basis[2].map(Double.init)
    )
    let first = u.map { $0 / dot(u, u).squareRoot() }
    let rest = zip(v, first).map { $0 - dot(v, first) * $1 }
    let second = rest.map { $0 / dot(rest, rest).squareRoot() }
    let expected = (dot(w, first) * dot(w, first) + dot(w, second) * dot(w, second)) / dot(w, w)
    #expect(isClose(overlap, expected, relative: 1e-6))
    let ratio = try #require(try host.real("engram_participation_ratio(?)", c))
    #expect(isClose(ratio, 1, relative: 1e-9))
    let zero = try host.value("engram_gram(?)", vectorBlob([0, 0, 0, 0, 0]))
    #expect(try host.value("engram_participation_ratio(?)", zero) == .null)
    #expect(try host.value("engram_subspace_overlap(?, ?)", a, zero) == .null)
    #expect(
      host.failure("engram_subspace_overlap(?, engram_gram(engram_vector('[1]')))", a)
        == "engram_subspace_overlap: argument 2 is 1 × 1, argument 1 5 × 5")
  }

  @Test func divergenceHalfWay() throws {
    let host = try FunctionHost()
    var generator = TestGenerator(5)
    for _ in 0..<20 {
      let (n, m) = (1 + generator.below(40), 1 + generator.below(40))
      let (p, q) = (generator.counters(30, samples: n), generator.counters(30, samples: m))
      let expected = zip(p, q).reduce(0.0) { sum, pair in
        let a = (Double(pair.0) + 0.5) / (Double(n) + 1)
        let b = (Double(pair.1) + 0.5) / (Double(m) + 1)
        let middle = (a + b) / 2
        func kl(_ x: Double) -> Double {
          x * log(x / middle) + (1 - x) * log((1 - x) / (1 - middle))
        }
        return sum + (kl(a) + kl(b)) / 2
      }
      let (x, y) = (countsBlob(p, samples: n, columns: 3), countsBlob(q, samples: m, columns: 3))
      let found = try #require(try host.real("engram_js(?, ?)", x, y))
      #expect(isClose(found, expected, relative: 1e-11, floor: 1e-13))
      #expect(
        try host.real("engram_js(?, ?)", y, x).map { isClose($0, found, relative: 1e-13) } == true)
      #expect(try host.real("engram_js(?, ?)", x, x) == 0)
      let cells = try rows(
        host, "select output, \"column\", count, proportion from engram_counts_rows(?)", [x])
      #expect(
        cells
          == p.enumerated().map {
            [.integer($0 / 3), .integer($0 % 3), .integer(Int($1)), .real(Double($1) / Double(n))]
          })
      let bins = try rows(host, "select share from engram_histogram_bins(?)", [x])
      let json = try rows(host, "select value from json_each(engram_histogram(?))", [x])
      #expect(bins == json && bins.count == 20)
    }
  }

  @Test func tablesJoin() throws {
    let host = try FunctionHost()
    try host.connection.execute("create table s (i integer primary key, v blob)")
    for index in 0..<3 {
      try host.connection.run(
        "insert into s values (?, ?)", .integer(index), vectorBlob([Float(index), 1]))
    }
    #expect(
      try rows(host, "select i, value from s, engram_elements(s.v) where position = 0")
        == [[0, 0.0], [1, 1.0], [2, 2.0]])
    #expect(
      try rows(
        host,
        "select value from engram_elements join s on argument_vector = s.v where position = 1 and i = 2"
      )
        == [[1.0]])
    #expect(throws: SQLiteError.self) { try rows(host, "select * from engram_elements('x')") }
    let names = try rows(host, "select name from engram_functions order by 1")
    #expect(names == FunctionReference.entries.map(\.name).sorted().map { [.text($0)] })
  }
}
