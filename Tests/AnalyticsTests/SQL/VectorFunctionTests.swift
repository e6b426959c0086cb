import Analytics
import Bits
import Dispatch
import Glibc
import SQLiteKit
import Synchronization
import Testing

struct VectorFunctionTests {
  @Test func elements() throws {
    let host = try FunctionHost()
    let vector: [Float] = [0, -1.5, 3, 0, .nan, 1e-30, 0, 0, 7]
    let plain = Value.blob(
      vector.flatMap { element in
        (0..<4).map { UInt8(truncatingIfNeeded: element.bitPattern >> UInt32(8 * $0)) }
      })
    let sparse = Value.blob(SparseVector.encode(vector.span))
    for (index, element) in vector.enumerated() {
      let expected = element.isNaN ? Value.null : .real(Double(element))
      #expect(try host.value("engram_element(?, ?)", plain, .integer(index)) == expected)
      #expect(
        try host.value("engram_sparse_element(?, 9, ?)", sparse, .integer(index)) == expected)
    }
    #expect(
      host.failure("engram_element(?, 9)", plain)
        == "engram_element: argument 2 is 9, not an element of the vector (0 to 8)")
    #expect(
      host.failure("engram_element(?, 0)", .blob([1, 2, 3]))
        == "engram_element: argument 1 is not a vector of Float32: it has 3 bytes")
    #expect(host.failure("engram_element(?, 0)", .blob([])) != nil)
    for n in [-1, 0, 8, 17, Int.max, Int.min] {
      #expect(
        host.failure("engram_sparse_element(?, ?, 0)", sparse, .integer(n))?
          .hasPrefix("engram_sparse_element: argument 1 is not a sparse vector of \(n)") == true)
    }
  }

  /// One length at which a sparse vector with a single zero is as long as a plain one, and others beside it.
  @Test(arguments: [1, 8, 25, 31, 32, 33, 64])
  func withItsLengthAVectorIsTakenInEitherForm(length: Int) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(length))
    for zeros in 0..<min(4, length) {
      var vector = generator.normals(length)
      for index in 0..<zeros { vector[index] = 0 }
      let (plain, sparse) = (vectorBlob(vector), Value.blob(SparseVector.encode(vector.span)))
      let n = Value.integer(length)
      for form in [plain, sparse] {
        #expect(try host.value("engram_vector(?, ?)", form, n) == plain)
        #expect(
          try host.value("engram_sparse_element(?, ?, ?)", form, n, .integer(length - 1))
            == .real(Double(vector[length - 1])))
        #expect(
          try host.value("sum(position) from engram_elements(?, ?)", form, n)
            == (zeros == length ? .null : .integer((zeros..<length).reduce(0, +))))
        #expect(
          try host.value("engram_rank(?, ?, 'numpy')", form, n) == .integer(zeros == length ? 0 : 1)
        )
      }
      #expect(
        host.failure("engram_vector(?, ?)", plain, .integer(length + 1))?
          .contains("is not a sparse vector of \(length + 1) elements") == true)
    }
  }

  /// Blobs that say what they are, of sizes that are whole Float32s.
  @Test func aBlobOfAnotherKindIsNoVector() throws {
    let host = try FunctionHost()
    var generator = TestGenerator(1)
    let bits = Value.blob(
      try RandomBits(LayerShape(outputs: 32, inputs: 32, hasBias: false), &generator).blob)
    let counts = countsBlob([1, 2, 3, 4], samples: 5, columns: 4)
    let matrix = try host.value("engram_gram(engram_vector('[1, 2]'))")
    for (blob, kind) in [
      (bits, "a significance bitset"), (counts, "a block of counts"),
      (matrix, "a symmetric matrix"),
    ] {
      guard case .blob(let bytes) = blob else { continue }
      #expect(bytes.count % 4 == 0)
      for call in [
        "engram_norm(?1)", "engram_dot(?1, ?1)", "engram_cosine(?1, ?1)", "engram_distance(?1, ?1)",
        "engram_top(?1, 1)", "engram_element(?1, 0)", "engram_sparse(?1)", "engram_rectified(?1)",
        "engram_mean(?1)", "engram_gram(?1)", "engram_covariance(?1)", "engram_vector(?1, 3)",
        "engram_sparse_element(?1, 3, 0)", "engram_rank(?1, 3)",
        "count(*) from engram_elements(?1)", "count(*) from engram_elements(?1, 3)",
      ] {
        let message = host.failure(call, blob)
        #expect(
          message?.hasSuffix("argument 1 is \(kind), not a vector of Float32") == true,
          "\(call): \(message ?? "")")
      }
    }
    // As many bytes as the dense bits of 32 outputs and a quarter as many columns.
    #expect(
      host.failure("engram_bitset(?, 32, ?, 0)", bits, .integer(Self.bytes(of: bits) / 4))
        == "engram_bitset: argument 1 is a significance bitset, not a dense bitset")
    // Elements that begin like a bitset are a vector still.
    let like = Value.blob([0x45, 0x42, 1, 0] + [UInt8](repeating: 0, count: 20))
    #expect(host.failure("engram_norm(?)", like) == nil)
  }

  private static func bytes(of value: Value) -> Int {
    if case .blob(let bytes) = value { bytes.count } else { 0 }
  }

  @Test func infinitiesHaveAnOrderAndNoAngle() throws {
    let host = try FunctionHost()
    let vector = vectorBlob([1, .infinity, .nan, -.infinity, 2])
    #expect(
      try host.value("engram_top(?, 9)", vector) == .text("[[1,9e999],[4,2.0],[0,1.0],[3,-9e999]]"))
    #expect(try host.value("json_extract(engram_top(?, 1), '$[0][1]')", vector) == .real(.infinity))
    for other in [vector, vectorBlob([1, 2, 3, 4, 5]), vectorBlob([.infinity, 0, 0, 0, 0])] {
      #expect(try host.value("engram_cosine(?, ?)", vector, other) == .null)
      #expect(try host.value("engram_cosine(?, ?)", other, vector) == .null)
    }
    let infinite = vectorBlob([.infinity, .infinity])
    #expect(try host.value("engram_cosine(?, ?)", infinite, infinite) == .null)
    #expect(try host.value("engram_cosine(?, ?)", infinite, vectorBlob([1, 1])) == .null)
    // Large ones have an angle.
    let large = vectorBlob([3e38, 3e38])
    #expect(try host.real("engram_cosine(?, ?)", large, large).map { abs($0 - 1) < 1e-12 } == true)
  }

  @Test(arguments: [3, 8, 40])
  func rankOfAGroup(rows: Int) throws {
    let host = try FunctionHost()
    var generator = TestGenerator(UInt64(rows))
    try host.connection.execute("create table t (x blob)")
    var matrix = SampleMatrix(columns: 8)
    for _ in 0..<rows {
      var row = generator.normals(8)
      for index in [1, 4, 7] { row[index] = 0 }
      matrix.append(row.span)
      try host.connection.run("insert into t values (?)", .blob(SparseVector.encode(row.span)))
    }
    let manifold = try Manifold(matrix)
    for rule in RankRule.allCases {
      #expect(
        try host.value("engram_rank(x, 8, ?) from t", .text(rule.rawValue))
          == .integer(manifold.rank(by: rule).rank))
    }
    #expect(
      try host.value("engram_rank(x, 8) from t") == host.value("engram_rank(x, 8, '1e-2') from t"))
    #expect(try host.value("engram_rank(x, 8, 'numpy') from t") == .integer(min(rows, 5)))
    #expect(try host.value("engram_rank(x, 8) from t where x is null") == .integer(0))
  }

  /// LAPACK asks nobody whether to go on; the statement ends all the same.
  @Test(arguments: [
    "engram_matrix_rank(?)", "engram_subspace_overlap(?1, ?1)",
    "engram_mahalanobis(zeroblob(10000), zeroblob(10000), ?)",
  ])
  func longFunctionsAreInterrupted(call: String) throws {
    let host = try FunctionHost()
    let size = 2500
    var matrix: [UInt8] = [0x45, 0x4D, 1, 0]
    for number in [UInt32(size), 1] { matrix += withUnsafeBytes(of: number) { Array($0) } }
    let values = (0..<size * size).map { Double(($0 / size * 31) ^ ($0 % size * 31)) }
    matrix += values.withUnsafeBytes { Array($0) }
    let argument = Value.blob(matrix)
    let isDone = Atomic(false)
    let thrown = Mutex<(any Error)?>(nil)
    withExtendedLifetime(host) {
      DispatchQueue.concurrentPerform(iterations: 2) { worker in
        guard worker == 0 else {
          usleep(200_000)
          while !isDone.load(ordering: .acquiring) {
            host.connection.interrupt()
            usleep(1000)
          }
          return
        }
        do { _ = try host.value(call, argument) } catch { thrown.withLock { $0 = error } }
        isDone.store(true, ordering: .releasing)
      }
    }
    #expect((thrown.withLock { $0 } as? SQLiteError)?.code == SQLiteCode.interrupt)
  }

  @Test func rankRefusesWhatHasNone() throws {
    let host = try FunctionHost()
    let vector = Value.blob(SparseVector.encode([1, 0, 2].span))
    let bad = Value.blob(SparseVector.encode([Float.nan, 1, 2].span))
    #expect(
      host.failure("engram_rank(?, 3, '1e-4')", vector)
        == "engram_rank: argument 3 is '1e-4', not a rule "
        + "(numpy, 1e-3, 1e-2, 5e-2, energy-99, energy-99.9)")
    #expect(
      host.failure("engram_rank(?, 3)", bad)
        == "engram_rank: argument 1 holds a value that is not finite")
    let wide = Value.blob(SparseVector.encode([Float](repeating: 0, count: 16_385).span))
    #expect(
      host.failure("engram_rank(?, 16385)", wide) == "engram_rank: argument 2 is 16385, above 16384"
    )
    let pair = "(select ? x, 3 n, '1e-2' r union all select ?, ?, ?)"
    let two = Value.blob(SparseVector.encode([1, 5].span))
    #expect(
      host.failure("engram_rank(x, n, r) from \(pair)", vector, two, .integer(2), .text("1e-2"))
        == "engram_rank: argument 2 is 2, before it was 3")
    #expect(
      host.failure("engram_rank(x, n, r) from \(pair)", vector, vector, .integer(3), .text("numpy"))
        == "engram_rank: argument 3 is 'numpy', before it was '1e-2'")
  }
}
