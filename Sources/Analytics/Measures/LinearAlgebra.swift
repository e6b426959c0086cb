// The few BLAS and LAPACK calls the measures need, on row-major Float64 arrays. No matrix type:
// every caller knows its shapes.

import Basics
import CBLAS

/// BLAS threads are a setting of the whole process; a host that loads the extension keeps its own.
package enum LinearAlgebraThreads {
  /// One thread: the same bits on any number of cores.
  package static func useOne() { _ = one }

  /// Once: OpenBLAS gives buffers back whenever it is told a number, and two threads that tell it at a time give back the
  /// same.
  private static let one: Void = engram_blas_on_callers_thread()
}

enum LinearAlgebra {
  /// What OpenBLAS takes of address space for each thread that computes a product.
  private static let bufferBytes = 128 << 20

  /// c = a · bᵀ for row-major a (m × k), b (n × k, from row `first` on) and c (m × n).
  static func multiply(
    _ a: [Double], transposed b: [Double], from first: Int = 0, m: Int, n: Int, k: Int,
    into c: inout [Double]
  ) {
    precondition(
      a.count >= m * k && first >= 0 && b.count >= (first + n) * k && c.count >= m * n)
    guard m > 0, n > 0, k > 0 else { return }
    unsafe a.withUnsafeBufferPointer { a in
      unsafe b.withUnsafeBufferPointer { b in
        unsafe c.withUnsafeMutableBufferPointer { c in
          unsafe cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(m), Int32(n), Int32(k), 1,
            a.baseAddress, Int32(k), b.baseAddress.unsafelyUnwrapped + first * k, Int32(k), 0,
            c.baseAddress, Int32(n))
        }
      }
    }
  }

  /// Adds aᵀ · a to the upper triangle of the columns × columns matrix `gram`, for row-major a.
  static func addFeatureGram(_ a: [Double], rows: Int, columns: Int, to gram: inout [Double]) {
    precondition(a.count == rows * columns && gram.count == columns * columns)
    guard rows > 0, columns > 0 else { return }
    unsafe a.withUnsafeBufferPointer { a in
      unsafe gram.withUnsafeMutableBufferPointer { gram in
        unsafe cblas_dsyrk(
          CblasRowMajor, CblasUpper, CblasTrans, Int32(columns), Int32(rows), 1, a.baseAddress,
          Int32(columns), 1, gram.baseAddress, Int32(columns))
      }
    }
  }

  /// The upper triangle of the rows × rows matrix a · aᵀ, for row-major a; zeros below.
  static func sampleGram(_ a: [Double], rows: Int, columns: Int) -> [Double] {
    precondition(a.count == rows * columns)
    var gram = [Double](repeating: 0, count: rows * rows)
    guard rows > 0, columns > 0 else { return gram }
    unsafe a.withUnsafeBufferPointer { a in
      unsafe gram.withUnsafeMutableBufferPointer { gram in
        unsafe cblas_dsyrk(
          CblasRowMajor, CblasUpper, CblasNoTrans, Int32(rows), Int32(columns), 1, a.baseAddress,
          Int32(columns), 0, gram.baseAddress, Int32(rows))
      }
    }
    return gram
  }

  /// Eigenvalues, ascending, of the symmetric n × n matrix whose upper triangle is given. With
  /// `vectors` row i of `matrix` becomes the unit eigenvector of eigenvalue i; else it is destroyed.
  static func eigenvalues(
    _ matrix: inout [Double], n: Int, vectors: Bool
  ) throws(AnalyticsError) -> [Double] {
    precondition(matrix.count == n * n)
    guard n > 0 else { return [] }
    // OpenBLAS tries again for ever where its buffer cannot be had.
    guard Memory.has(bufferBytes + 16 * n * n * (vectors ? 2 : 1)) else {
      throw AnalyticsError(
        "not enough memory for the eigenvalues of a \(n) × \(n) matrix; raise the limit that ulimit -v tells"
      )
    }
    var values = [Double](repeating: 0, count: n)
    // LAPACK reads column-major: the row-major upper triangle is its lower one.
    func solve(_ work: inout [Double], _ lwork: Int32, _ iwork: inout [Int32], _ liwork: Int32)
      -> Int32
    {
      var (size, lwork, liwork, info) = (Int32(n), lwork, liwork, Int32(0))
      unsafe matrix.withUnsafeMutableBufferPointer { matrix in
        unsafe dsyevd_(
          vectors ? "V" : "N", "L", &size, matrix.baseAddress, &size, &values, &work, &lwork,
          &iwork, &liwork, &info)
      }
      return info
    }
    var (work, iwork) = ([0.0], [Int32(0)])
    var info = solve(&work, -1, &iwork, -1)
    if info == 0 {
      let (lwork, liwork) = (Int32(work[0]), iwork[0])
      work = [Double](repeating: 0, count: Int(lwork))
      iwork = [Int32](repeating: 0, count: Int(liwork))
      info = solve(&work, lwork, &iwork, liwork)
    }
    guard info == 0 else {
      throw AnalyticsError("the eigenvalues of a \(n) × \(n) matrix did not converge (\(info))")
    }
    return values
  }
}

extension LinearAlgebra {
  /// Rows that BLAS sees at once, always: a row's products then depend on that row alone, to the last bit.
  static let productRows = 64

  /// Row-major a (count × k) in pieces of `productRows` rows; zeros in place of rows that are missing.
  static func productBlocks(_ a: [Double], count: Int, k: Int) -> [[Double]] {
    precondition(a.count >= count * k)
    return stride(from: 0, to: count, by: productRows).map { start in
      let rows = min(productRows, count - start)
      return a[start * k..<(start + rows) * k]
        + [Double](repeating: 0, count: (productRows - rows) * k)
    }
  }

  /// block · bᵀ for one of `productBlocks` and row-major b (n × k, from row `first` on): productRows × n, at the
  /// beginning of `products`.
  static func multiply(
    block: [Double], with b: [Double], from first: Int = 0, n: Int, k: Int,
    into products: inout [Double]
  ) {
    if products.count < productRows * n {
      products = [Double](repeating: 0, count: productRows * n)
    }
    multiply(block, transposed: b, from: first, m: productRows, n: n, k: k, into: &products)
  }

  /// a · bᵀ for row-major a (count × k) and b (n × k): count × n.
  static func rowProducts(
    _ a: [Double], count: Int, with b: [Double], n: Int, k: Int
  ) -> [Double] {
    guard count > 0, n > 0 else { return [] }
    guard k > 0 else { return [Double](repeating: 0, count: count * n) }
    var (result, products): ([Double], [Double]) = ([], [])
    result.reserveCapacity(count * n)
    for block in productBlocks(a, count: count, k: k) {
      multiply(block: block, with: b, n: n, k: k, into: &products)
      result.append(contentsOf: products[..<(min(productRows * n, count * n - result.count))])
    }
    return result
  }

  /// a⁺ b, the least-squares solution of least norm, for row-major a (rows × columns) and b (rows): columns. Singular
  /// values up to ε · max(rows, columns) of the largest count as zero.
  static func leastNormSolution(
    _ a: [Double], rows: Int, columns: Int, _ b: [Double]
  ) throws(AnalyticsError) -> [Double] {
    precondition(rows > 0 && columns > 0 && a.count == rows * columns && b.count == rows)
    let rank = min(rows, columns)
    guard Memory.has(bufferBytes + 8 * (a.count + (rows + columns) * rank + 8 * rank * rank)) else {
      throw AnalyticsError(
        "not enough memory for the singular values of a \(rows) × \(columns) matrix; raise the limit that ulimit -v tells"
      )
    }
    // LAPACK reads column-major: aᵀ = u s vt, so that a⁺ = u s⁺ vt.
    var matrix = a
    var sigma = [Double](repeating: 0, count: rank)
    var u = [Double](repeating: 0, count: columns * rank)
    var vt = [Double](repeating: 0, count: rank * rows)
    var iwork = [Int32](repeating: 0, count: 8 * rank)
    func solve(_ work: inout [Double], _ lwork: Int32) -> Int32 {
      var (m, n, r, lwork, info) = (
        Int32(columns), Int32(rows), Int32(rank), lwork, Int32(0)
      )
      unsafe dgesdd_(
        "S", &m, &n, &matrix, &m, &sigma, &u, &m, &vt, &r, &work, &lwork, &iwork, &info)
      return info
    }
    var work = [0.0]
    var info = solve(&work, -1)
    if info == 0 {
      let lwork = Int32(work[0])
      work = [Double](repeating: 0, count: Int(lwork))
      info = solve(&work, lwork)
    }
    guard info == 0 else {
      throw AnalyticsError(
        "the singular values of a \(rows) × \(columns) matrix did not converge (\(info))")
    }
    let least = Double.ulpOfOne * Double(max(rows, columns)) * (sigma.first ?? 0)
    var solution = [Double](repeating: 0, count: columns)
    for index in 0..<rank where sigma[index] > least {
      let share = (0..<rows).reduce(0) { $0 + vt[$1 * rank + index] * b[$1] } / sigma[index]
      for column in 0..<columns { solution[column] += share * u[index * columns + column] }
    }
    return solution
  }
}
