// Aggregates over the vectors of a group of samples.
//
// engram_mean(vector [, type]) → blob
//   A1  The mean of vectors, plain ones or of Float64, element by element, as a vector of Float32, or with 'float64' as one of Float64; summed in
//       Float64. Another type, or another one within one group, is an error.
// engram_gram(vector) → blob
//   A2  Σ v vᵀ as a symmetric matrix (MatrixFunctions.swift): XᵀX of the matrix X whose rows are the vectors.
// engram_covariance(vector) → blob
//   A3  Σ (v − mean)(v − mean)ᵀ / (N − 1) as a symmetric matrix; NULL for a single row.
//   A4  Vectors of different length in one group, without elements, or with a value that is not finite are an error; in
//       A2 and A3 so are more than 11,180 elements, whose matrix would not fit a value.
// engram_rank(x, n [, rule]) → integer
//   A5  The rank of the matrix whose rows are the group's sparse vectors of n elements, not centred, by
//       one of the rules numpy, 1e-3, 1e-2, 5e-2, energy-99, energy-99.9; '1e-2' unless given.
//   A6  Another rule, another rule or n within one group, n above 16,384, or a value that is not finite
//       is an error.
//   A7  A group without rows is 0.

import Bits

extension SQLFunction {
  private static let two =
    "from (select engram_vector(column1) as v from (values ('[1, 2]'), ('[3, 6]')))"

  static let vectorAggregates: [SQLFunction] = [
    .window(
      "engram_mean", "vector [, type]",
      "mean of vectors, element by element, as a vector of 'float32' (unless given) or 'float64'",
      SQLExample("select engram_element(engram_mean(v), 1) \(two)", "4.0")
    ) { MeanOfVectors() },
    .window(
      "engram_gram", "vector", "Gram matrix XᵀX of the vectors of a group",
      SQLExample("select engram_matrix_element(engram_gram(v), 0, 1) \(two)", "20.0")
    ) { GramOfVectors { $0.gram } },
    .window(
      "engram_covariance", "vector", "covariance matrix of the vectors of a group",
      SQLExample("select engram_matrix_element(engram_covariance(v), 0, 1) \(two)", "4.0")
    ) { GramOfVectors { $0.covariance } },
    SQLFunction(
      name: "engram_rank", parameters: "x, n [, rule]",
      summary:
        "rank of the sparse vectors of a group, by the rule numpy, 1e-3, 1e-2 (unless given), 5e-2, energy-99 "
        + "or energy-99.9",
      example: SQLExample("select engram_rank(engram_sparse(v), 2) \(two)", "1"),
      call: .aggregate({ RankOfVectors() }, empty: .integer(0))),
  ]
}

extension SQLArguments {
  /// Argument 0 as one more vector of a group of vectors of `length` elements, if it has any yet.
  func groupVector(length: Int?) throws(SQLFunctionError) -> [Double] {
    let vector = try wideVector(0)
    if let length, vector.count != length {
      throw SQLFunctionError(
        argument: 0, "has \(vector.count) elements, the rows before \(length)")
    }
    guard !vector.isEmpty else { throw SQLFunctionError(argument: 0, "has no elements") }
    guard vector.allSatisfy(\.isFinite) else {
      throw SQLFunctionError(argument: 0, "holds a value that is not finite")
    }
    return vector
  }
}

private final class MeanOfVectors: SQLWindowAggregate {
  private enum ElementType: String { case float32, float64 }

  private var sums: [Double] = []
  private var rows = 0
  private var type: ElementType?

  private func add(_ arguments: SQLArguments, _ sign: Double) throws(SQLFunctionError) {
    let vector = try arguments.groupVector(length: sums.isEmpty ? nil : sums.count)
    let name = arguments.count > 1 ? try arguments.text(1) : ElementType.float32.rawValue
    guard let type = ElementType(rawValue: name) else {
      throw SQLFunctionError(argument: 1, "is '\(name)', not a type (float32, float64)")
    }
    guard self.type == nil || self.type == type else {
      throw SQLFunctionError(argument: 1, "is '\(name)', before it was another type")
    }
    self.type = type
    if sums.isEmpty { sums = [Double](repeating: 0, count: vector.count) }
    rows += sign > 0 ? 1 : -1
    for index in sums.indices { sums[index] += sign * vector[index] }
  }

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) { try add(arguments, 1) }
  override func leave(_ arguments: SQLArguments) throws(SQLFunctionError) { try add(arguments, -1) }

  override func answer() throws(SQLFunctionError) -> SQLResult {
    guard rows > 0 else { return .null }
    let mean = sums.map { $0 / Double(rows) }
    return type == .float64 ? .blob(WideVector.encode(mean)) : .vector(mean.map { Float($0) })
  }
}

/// Σ v vᵀ and Σ v, some rows at a time.
private struct VectorSums {
  let length: Int
  private var rows = 0
  private var sums: [Double]
  private var products: [Double]
  private var pending: [Double] = []
  private static let rowsAtATime = 64

  init(length: Int) {
    self.length = length
    sums = [Double](repeating: 0, count: length)
    products = [Double](repeating: 0, count: length * length)
  }

  mutating func add(_ vector: [Double]) {
    rows += 1
    for index in vector.indices { sums[index] += vector[index] }
    pending += vector
    if pending.count == length * Self.rowsAtATime { flush() }
  }

  mutating func flush() {
    LinearAlgebra.addFeatureGram(
      pending, rows: pending.count / length, columns: length, to: &products)
    pending.removeAll(keepingCapacity: true)
  }

  mutating func remove(_ other: VectorSums) {
    rows -= other.rows
    for index in sums.indices { sums[index] -= other.sums[index] }
    for index in products.indices { products[index] -= other.products[index] }
  }

  var gram: SymmetricMatrix? {
    rows == 0 ? nil : SymmetricMatrix(size: length, samples: rows, upper: products)
  }

  var covariance: SymmetricMatrix? {
    guard rows > 1 else { return nil }
    var upper = products
    for i in 0..<length {
      for j in i..<length {
        upper[i * length + j] =
          (products[i * length + j] - sums[i] * sums[j] / Double(rows)) / Double(rows - 1)
      }
    }
    return SymmetricMatrix(size: length, samples: rows, upper: upper)
  }
}

private final class GramOfVectors: SQLWindowAggregate {
  private var added: VectorSums?
  private var left: VectorSums?
  private let result: (VectorSums) -> SymmetricMatrix?

  init(_ result: @escaping (VectorSums) -> SymmetricMatrix?) { self.result = result }

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let vector = try arguments.groupVector(length: added?.length)
    guard vector.count <= SymmetricMatrix.largestSize else {
      throw SQLFunctionError(
        argument: 0, "has \(vector.count) elements, above \(SymmetricMatrix.largestSize)")
    }
    added = added ?? VectorSums(length: vector.count)
    added?.add(vector)
  }

  override func leave(_ arguments: SQLArguments) throws(SQLFunctionError) {
    left = left ?? added.map { VectorSums(length: $0.length) }
    left?.add(try arguments.groupVector(length: added?.length))
  }

  override func answer() throws(SQLFunctionError) -> SQLResult {
    added?.flush()
    left?.flush()
    guard var sums = added else { return .null }
    if let left { sums.remove(left) }
    return result(sums).map { .blob($0.encoded()) } ?? .null
  }
}

private final class RankOfVectors: SQLAggregate {
  private var matrix: SampleMatrix?
  private var rule = RankRule.share1e2
  private static let largestDimension = 16_384

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let row = try arguments.sparseVector(0, count: 1)
    let rule = try arguments.rankRule(2)
    guard row.count <= Self.largestDimension else {
      throw SQLFunctionError(argument: 1, "is \(row.count), above \(Self.largestDimension)")
    }
    if let matrix {
      guard row.count == matrix.columns else {
        throw SQLFunctionError(argument: 1, "is \(row.count), before it was \(matrix.columns)")
      }
      guard rule == self.rule else {
        throw SQLFunctionError(
          argument: 2, "is '\(rule.rawValue)', before it was '\(self.rule.rawValue)'")
      }
    }
    guard row.allSatisfy(\.isFinite) else {
      throw SQLFunctionError(argument: 0, "holds a value that is not finite")
    }
    self.rule = rule
    matrix = matrix ?? SampleMatrix(columns: row.count)
    matrix?.append(row.span)
  }

  override func answer(_ context: SQLContext) throws(SQLFunctionError) -> SQLResult {
    guard let matrix else { return .integer(0) }
    return try context.abandonable(size: matrix.columns) { [rule] () throws(SQLFunctionError) in
      do {
        return .integer(try Manifold(matrix).rank(by: rule).rank)
      } catch {
        throw SQLFunctionError("\(error)")
      }
    }
  }
}

extension SQLArguments {
  /// '1e-2' where the argument is left out.
  func rankRule(_ index: Int) throws(SQLFunctionError) -> RankRule {
    guard index < count else { return .share1e2 }
    let name = try text(index)
    guard let rule = RankRule(rawValue: name) else {
      let known = RankRule.allCases.map(\.rawValue).joined(separator: ", ")
      throw SQLFunctionError(argument: index, "is '\(name)', not a rule (\(known))")
    }
    return rule
  }
}
