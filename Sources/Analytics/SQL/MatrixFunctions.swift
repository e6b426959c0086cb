// SQL functions over the matrices that engram_gram and engram_covariance give.
//
// engram_matrix_element(matrix, i, j) → real
//   M1  An element, both from 0; outside of the matrix is an error.
// engram_matrix_rank(matrix [, rule]) → integer
//   M2  The rank by one of engram_rank's rules, with σ = √λ of the eigenvalues λ: of a Gram matrix the rank of the
//       vectors, of a covariance matrix that of the centred ones.
// engram_participation_ratio(matrix) → real
//   M3  (Σλ)² / Σλ²; NULL for a matrix of zeros.
// engram_subspace_overlap(a, b [, rule]) → real
//   M4  The mean of cos² over the principal angles between the subspaces that the rule keeps of either matrix, as many
//       angles as the smaller one has dimensions: 1.0 where one lies in the other, 0.0 where they are orthogonal; NULL
//       where either keeps none. Matrices of different size are an error.
//   M5  A blob that is no symmetric matrix of finite numbers is an error.

import Bits

extension SQLFunction {
  private static let group = "from (select engram_vector(column1) as v from (values"

  static let matrixFunctions: [SQLFunction] = [
    .scalar(
      "engram_matrix_element", "matrix, i, j", "an element of a Gram or covariance matrix",
      SQLExample("select engram_matrix_element(engram_gram(engram_vector('[1, 2]')), 1, 1)", "4.0")
    ) { arguments throws(SQLFunctionError) in
      let matrix = try arguments.matrix(0)
      let i = try arguments.index(1, below: matrix.size, "a row of the matrix")
      let j = try arguments.index(2, below: matrix.size, "a column of the matrix")
      return .real(matrix.values[i * matrix.size + j])
    },
    .reader(
      "engram_matrix_rank", "matrix [, rule]",
      "rank of a Gram or covariance matrix by `engram_rank`'s rules",
      SQLExample("select engram_matrix_rank(engram_gram(v)) \(group) ('[1, 2]'), ('[3, 6]')))", "1")
    ) { arguments, context throws(SQLFunctionError) in
      let matrix = try arguments.matrix(0)
      let rule = try arguments.rankRule(1)
      return try context.abandonable(size: matrix.size) { () throws(SQLFunctionError) in
        .integer(matrix.rank(try singular(matrix, vectors: false).values, by: rule))
      }
    },
    .scalar(
      "engram_participation_ratio", "matrix",
      "(Σλ)² / Σλ² of a Gram or covariance matrix's eigenvalues",
      SQLExample(
        "select engram_participation_ratio(engram_gram(v)) \(group) ('[1, 0]'), ('[0, 1]')))", "2.0"
      )
    ) { arguments throws(SQLFunctionError) in SQLResult(try arguments.matrix(0).participationRatio)
    },
    .reader(
      "engram_subspace_overlap", "a, b [, rule]",
      "mean cos² of the principal angles between the subspaces of two matrices",
      SQLExample(
        "select engram_subspace_overlap(engram_gram(engram_vector('[1, 0]')), engram_gram(engram_vector('[1, 1]')))",
        "0.5"), overlap),
  ]

  private static func singular(
    _ matrix: SymmetricMatrix, vectors: Bool
  ) throws(SQLFunctionError) -> (values: [Double], vectors: [Double]) {
    do { return try matrix.singular(vectors: vectors) } catch { throw SQLFunctionError("\(error)") }
  }

  @Sendable private static func overlap(
    _ arguments: SQLArguments, _ context: SQLContext
  ) throws(SQLFunctionError) -> SQLResult {
    let (a, b) = (try arguments.matrix(0), try arguments.matrix(1))
    let rule = try arguments.rankRule(2)
    guard a.size == b.size else {
      throw SQLFunctionError(
        argument: 1, "is \(b.size) × \(b.size), argument 1 \(a.size) × \(a.size)")
    }
    return try context.abandonable(size: a.size) { () throws(SQLFunctionError) in
      try overlap(a, b, rule)
    }
  }

  private static func overlap(
    _ a: SymmetricMatrix, _ b: SymmetricMatrix, _ rule: RankRule
  ) throws(SQLFunctionError) -> SQLResult {
    let (left, right) = (try singular(a, vectors: true), try singular(b, vectors: true))
    let (m, n) = (a.rank(left.values, by: rule), b.rank(right.values, by: rule))
    guard m > 0, n > 0 else { return .null }
    var cosines = [Double](repeating: 0, count: m * n)
    LinearAlgebra.multiply(
      left.vectors, transposed: right.vectors, m: m, n: n, k: a.size, into: &cosines)
    let sum = cosines.reduce(0) { $0 + $1 * $1 }
    return SQLResult(min(1, sum / Double(min(m, n))))
  }
}

extension SQLArguments {
  func matrix(_ index: Int) throws(SQLFunctionError) -> SymmetricMatrix {
    let bytes = try blob(index)
    do {
      return try SymmetricMatrix(decoding: bytes)
    } catch {
      throw SQLFunctionError(argument: index, "is not a symmetric matrix: \(error)")
    }
  }
}
