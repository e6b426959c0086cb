// The functions that detectors are made of, against closed forms and slow forms. That statements of them are the detectors'
// scores is told in WarehouseTests.

import Analytics
import Glibc
import SQLiteKit
import Testing

struct DetectorFunctionTests {
  @Test func logitsOfEverySize() throws {
    let host = try FunctionHost()
    func near(_ call: String, _ vector: [Float], _ expected: Double) throws {
      let found = try #require(try host.real(call, vectorBlob(vector)), "\(call)")
      #expect(abs(found - expected) <= 1e-14 * abs(expected), "\(call) of \(vector): \(found)")
    }
    try near("engram_logsumexp(?)", [0, 0], log(2))
    try near("engram_logsumexp(?)", [3], 3)
    try near("engram_logsumexp(?)", [1000, 1000, -.infinity], 1000 + log(2))
    try near("engram_logsumexp(?)", [-1000, -1001], -1000 + log1p(exp(-1)))
    try near("engram_logsumexp(?, 10)", [20, 10], 2 + log1p(exp(-1)))
    try near("engram_log_softmax(?)", [1, 1, 1, 1], -log(4))
    try near("engram_log_softmax(?, 1)", [2, 5, 2], -log1p(2 * exp(-3)))
    try near("engram_log_softmax(?, 0)", [2, 5, 2], -3 - log1p(2 * exp(-3)))
    // So sure that 1 − p is nothing beside 1.
    try near("engram_log_softmax(?)", [40, 0, 0], -2 * exp(-40))
    try near("engram_log_softmax(?)", [90, 0], -exp(-90))
    try near("engram_max(?)", [-7, -3.5, -9], -3.5)
    for call in ["engram_logsumexp(?)", "engram_log_softmax(?)", "engram_max(?)"] {
      let name = call.prefix { $0 != "(" }
      for vector in [[Float.nan, 1], [.infinity, 1], [-.infinity, -.infinity]] {
        #expect(try host.value(call, vectorBlob(vector)) == .null)
      }
      #expect(host.failure(call, .blob([])) == "\(name): argument 1 has no elements")
    }
    #expect(try host.value("engram_log_softmax(?, 1)", vectorBlob([1, -.infinity])) == .null)
    #expect(
      host.failure("engram_log_softmax(?, 2)", vectorBlob([1, 2]))
        == "engram_log_softmax: argument 2 is 2, not an element of the vector (0 to 1)")
    for temperature in [Value.real(0), .integer(-1), .real(.infinity)] {
      #expect(
        host.failure("engram_logsumexp(?, ?)", vectorBlob([1, 2]), temperature)?
          .contains("not a temperature above 0") == true)
    }
  }

  /// vᵀ A⁻¹ v by elimination.
  private func form(_ matrix: [[Double]], _ v: [Double]) -> Double {
    var rows = zip(matrix, v).map { $0 + [$1] }
    for column in rows.indices {
      let pivot = (column..<rows.count).max { abs(rows[$0][column]) < abs(rows[$1][column]) }
      rows.swapAt(column, pivot ?? column)
      for row in rows.indices where row != column {
        let share = rows[row][column] / rows[column][column]
        for index in rows[row].indices { rows[row][index] -= share * rows[column][index] }
      }
    }
    return rows.indices.reduce(0) { $0 + v[$1] * rows[$1][rows.count] / rows[$1][$1] }
  }

  private func near(_ a: Double?, _ b: Double, _ relative: Double = 1e-11) -> Bool {
    abs((a ?? .nan) - b) <= relative * abs(b)
  }

  @Test(arguments: [1, 2, 7, 64])
  func mahalanobisIsTheQuadraticForm(size: Int) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(size))
    try host.connection.execute("create table v (x blob, class)")
    let vectors = (0..<3 * size + 4).map { _ in generator.normals(size) }
    for (index, vector) in vectors.enumerated() {
      try host.connection.run(
        "insert into v values (?, ?)", vectorBlob(vector),
        index % 3 == 0 ? .text("é") : .integer(index % 3))
    }
    // By their definitions: the covariance of all, and the one that three classes share.
    func mean(_ rows: [[Float]]) -> [Double] {
      (0..<size).map { column in
        rows.reduce(0) { $0 + Double($1[column]) } / Double(rows.count)
      }
    }
    func scatter(_ rows: [[Float]]) -> [[Double]] {
      let mean = mean(rows)
      return (0..<size).map { i in
        (0..<size).map { j in
          rows.reduce(0) { $0 + (Double($1[i]) - mean[i]) * (Double($1[j]) - mean[j]) }
        }
      }
    }
    let count = Double(vectors.count)
    let groups = (0..<3).map { label in
      vectors.indices.filter { $0 % 3 == label }.map { vectors[$0] }
    }
    let whole = scatter(vectors).map { $0.map { $0 / (count - 1) } }
    let parts = groups.map(scatter)
    let shared = (0..<size).map { i in
      (0..<size).map { j in parts.reduce(0) { $0 + $1[i][j] } / count }
    }
    let x = generator.normals(size)
    for (call, mean, matrix) in [
      ("engram_covariance(x)", mean(vectors), whole),
      ("engram_pooled_covariance(x, class)", mean(vectors), shared),
    ] {
      let difference = zip(x, mean).map { Double($0) - $1 }
      let found = try host.real(
        "engram_mahalanobis(?, (select engram_mean(x, 'float64') from v), (select \(call) from v))",
        vectorBlob(x))
      #expect(near(found, form(matrix, difference).squareRoot(), 1e-9), "\(call)")
      for (i, j) in [(0, 0), (size - 1, size / 2)] {
        let element = try host.real(
          "engram_matrix_element((select \(call) from v), ?, ?)", .integer(i), .integer(j))
        #expect(abs((element ?? .nan) - matrix[i][j]) < 1e-13, "\(call)")
      }
    }
  }

  /// A statement may ask for several matrices in turn; what is kept of one is not another's.
  @Test func everyMatrixHasItsOwnInverse() throws {
    let host = try FunctionHost()
    let sql = """
      (select group_concat(printf('%.6f', d), ' ') from (
        select engram_mahalanobis(engram_vector('[1, 2]'), engram_vector('[0, 0]'), m) as d
        from (select 1 as n, engram_gram(engram_vector(column1)) as m from (values ('[1, 0]'), ('[0, 1]'))
          union all select 2, engram_gram(engram_vector(column1)) from (values ('[2, 0]'), ('[0, 1]'))
          union all select 3, engram_gram(engram_vector(column1)) from (values ('[1, 0]'), ('[0, 1]'))
          union all select 4, engram_gram(engram_vector(column1)) from (values ('[1, 0]'), ('[0, 2]')))
        order by n))
      """
    #expect(
      try host.value(sql)
        == .text(
          [5.0, 0.25 + 4, 5, 1 + 1].map { value in
            let text = "\(Int((value.squareRoot() * 1e6).rounded()))"
            return text.prefix(1) + "." + text.dropFirst()
          }.joined(separator: " ")))
  }

  /// A direction without variance counts nothing, as for the detectors.
  @Test func anInverseIsAPseudoInverse() throws {
    let host = try FunctionHost()
    let covariance =
      "(select engram_covariance(engram_vector(column1)) from (values ('[0, 5]'), ('[2, 5]')))"
    let call = "engram_mahalanobis(engram_vector(?), engram_vector('[1, 5]'), \(covariance))"
    // Variance 2 in the first direction.
    #expect(near(try host.real(call, .text("[3, 999]")), Double(2).squareRoot()))
    #expect(try host.real(call, .text("[1, 7]")) == 0)
    let zeros = "(select engram_covariance(engram_vector(column1)) from (values ('[1]'), ('[1]')))"
    #expect(
      try host.real("engram_mahalanobis(engram_vector('[4]'), engram_vector('[1]'), \(zeros))") == 0
    )
  }

  @Test func whatHasNoDistance() throws {
    let host = try FunctionHost()
    let matrix = try host.value(
      "engram_gram(engram_vector(column1)) from (values ('[1, 0]'), ('[0, 1]'))")
    let (two, three) = (vectorBlob([1, 2]), vectorBlob([1, 2, 3]))
    #expect(
      host.failure("engram_mahalanobis(?, ?, ?)", three, two, matrix)
        == "engram_mahalanobis: argument 1 has 3 elements, the matrix 2 × 2")
    #expect(
      host.failure("engram_mahalanobis(?, ?, ?)", two, three, matrix)
        == "engram_mahalanobis: argument 2 has 3 elements, the matrix 2 × 2")
    #expect(
      host.failure("engram_mahalanobis(?, ?, ?)", two, two, two)?
        .hasPrefix("engram_mahalanobis: argument 3 is not a symmetric matrix: ") == true)
    #expect(
      host.failure("engram_mahalanobis(?, ?, ?)", matrix, two, matrix)
        == "engram_mahalanobis: argument 1 is a symmetric matrix, not a vector of Float32")
    for value in [Float.nan, .infinity] {
      #expect(
        try host.value("engram_mahalanobis(?, ?, ?)", vectorBlob([value, 1]), two, matrix) == .null)
    }
    #expect(
      host.failure("engram_pooled_covariance(?, 1.5)", two)
        == "engram_pooled_covariance: argument 2 is neither an integer nor a text")
    #expect(
      host.failure("engram_pooled_covariance(?, 1)", vectorBlob([.nan]))
        == "engram_pooled_covariance: argument 1 holds a value that is not finite")
    #expect(
      host.failure(
        "engram_pooled_covariance(v, 1) from (select ? as v union all select ?)", two, three)
        == "engram_pooled_covariance: argument 1 has 3 elements, the rows before 2")
    #expect(try host.value("engram_pooled_covariance(?, 1) from sqlite_schema", two) == .null)
  }

  /// Far from 0 and close together: sums of squares alone would leave nothing.
  @Test func aPooledCovarianceDoesNotCancel() throws {
    let host = try FunctionHost()
    let sql = """
      engram_matrix_element(engram_pooled_covariance(engram_vector('[' || v || ']'), class), 0, 0)
      from (select 10000000 + column1 as v, column2 as class
        from (values (0, 'a'), (1, 'a'), (2, 'a'), (-5000000, 'b'), (-4999998, 'b')))
      """
    #expect(near(try host.real(sql), (2.0 + 2) / 5, 1e-15))
  }

  @Test func aMeanInFloat64() throws {
    let host = try FunctionHost()
    let three = "from (select engram_vector(column1) as v from (values ('[1]'), ('[0]'), ('[0]')))"
    #expect(
      try host.real("engram_element(engram_mean(v, 'float64'), 0) \(three)") == 1.0 / 3)
    #expect(
      try host.real("engram_element(engram_mean(v, 'float32'), 0) \(three)")
        == Double(Float(1.0 / 3)))
    #expect(
      try host.value("engram_mean(v) = engram_mean(v, 'float32') \(three)") == .integer(1))
    #expect(
      host.failure("engram_mean(v, 'float16') \(three)")
        == "engram_mean: argument 2 is 'float16', not a type (float32, float64)")
    #expect(
      host.failure("engram_mean(v, iif(engram_element(v, 0) = 1, 'float32', 'float64')) \(three)")
        == "engram_mean: argument 2 is 'float64', before it was another type")
    // In a window of two rows.
    #expect(
      try host.value(
        """
        (select group_concat(engram_element(m, 0), ' ') from (select engram_mean(engram_vector('[' || column1 || ']'), 'float64')
          over (order by column1 rows 1 preceding) as m from (values (1), (2), (4))))
        """) == .text("1.0 1.5 3.0"))
  }

  /// What says that it is of Float64 is taken by its number of elements, or refused by its name.
  @Test func vectorsOfFloat64() throws {
    let host = try FunctionHost()
    let wide = try host.value("engram_normalized(engram_vector('[3, 0, 4]'))")
    guard case .blob(let bytes) = wide else { return #expect(Bool(false), "no blob") }
    #expect(bytes.prefix(8) == [0x45, 0x56, 1, 0, 3, 0, 0, 0] && bytes.count == 32)
    #expect(try host.real("engram_element(?, 0)", wide) == 0.6)
    #expect(try host.real("engram_norm(?)", wide).map { abs($0 - 1) < 1e-15 } == true)
    #expect(try host.real("engram_dot(?, engram_vector('[0, 0, 5]'))", wide) == 4)
    #expect(try host.real("engram_distance(?1, ?1)", wide) == 0)
    #expect(try host.real("engram_cosine(?, engram_vector('[6, 0, 8]'))", wide) == 1)
    #expect(try host.value("sum(position * value) from engram_elements(?)", wide) == .real(1.6))
    #expect(try host.real("engram_max(?)", wide) == 0.8)
    #expect(
      try host.real("engram_matrix_element(engram_gram(?), 0, 2)", wide).map {
        abs($0 - 0.48) < 1e-16
      }
        == true)
    #expect(
      try host.value("hex(engram_normalized(engram_vector('[0, 0]')))")
        == .text("4556010002000000" + String(repeating: "0", count: 32)))
    #expect(try host.value("engram_normalized(?)", vectorBlob([.nan, 1])) == .null)
    #expect(
      host.failure("engram_element(?, 3)", wide)
        == "engram_element: argument 2 is 3, not an element of the vector (0 to 2)")
    #expect(
      host.failure("engram_dot(?, engram_vector('[1]'))", wide)
        == "engram_dot: argument 2 has 1 elements, argument 1 3")
    for call in [
      "engram_top(?, 1)", "engram_sparse(?)", "engram_rectified(?)", "engram_vector(?, 8)",
    ] {
      #expect(
        host.failure(call, wide)?
          .hasSuffix("argument 1 is a vector of Float64, not a vector of Float32") == true,
        "\(call)")
    }
  }
}
