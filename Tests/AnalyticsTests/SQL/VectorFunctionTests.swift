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
