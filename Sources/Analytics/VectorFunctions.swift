// SQL functions over the vectors of an activation: z, plain Float32, and x, sparse Float32.
//
// engram_element(z, i) → real
//   X1  Element i, from 0, of a blob of little-endian Float32; NULL where it is not finite.
//   X2  A blob that is not whole Float32s, or an i outside of it, is an error.
// engram_sparse_element(x, n, i) → real
//   X3  Element i of a sparse vector of n elements; 0.0 where the mask has no bit.
//   X4  A blob that is not a sparse vector of n elements, or an i outside of it, is an error.
// engram_rank(x, n [, rule]) → integer, aggregate
//   X5  The rank of the matrix whose rows are the group's sparse vectors of n elements, not centred, by
//       one of the rules numpy, 1e-3, 1e-2, 5e-2, energy-99, energy-99.9; '1e-2' unless given.
//   X6  Another rule, another rule or n within one group, n above 16,384, or a value that is not finite
//       is an error.
//   X7  A group without rows is 0.

import Bits

extension SQLFunction {
  static let vectorFunctions: [SQLFunction] =
    [
      .scalar("engram_element", 2) { arguments throws(SQLFunctionError) in
        let vector = try arguments.blob(0)
        guard vector.byteCount % 4 == 0 else {
          throw SQLFunctionError(
            argument: 0, "is not a vector of Float32: it has \(vector.byteCount) bytes")
        }
        let index = try arguments.index(
          1, below: vector.byteCount / 4, "an element of the vector")
        let bits = unsafe vector.unsafeLoadUnaligned(
          fromByteOffset: 4 * index, as: UInt32.self)
        return SQLResult(Double(Float(bitPattern: UInt32(littleEndian: bits))))
      },
      .scalar("engram_sparse_element", 3) { arguments throws(SQLFunctionError) in
        let vector = try arguments.sparseVector(0, count: 1)
        let index = try arguments.index(2, below: vector.count, "an element of the vector")
        return SQLResult(Double(vector[index]))
      },
    ] + [2, 3].map { .aggregate("engram_rank", $0, empty: .integer(0)) { RankOfVectors() } }
}

extension SQLArguments {
  /// Argument `index` as a sparse vector of as many elements as argument `count` says.
  func sparseVector(_ index: Int, count: Int) throws(SQLFunctionError) -> [Float] {
    let bytes = try blob(index)
    let elements = try integer(count)
    // The mask alone has a bit for every element.
    guard elements > 0, elements <= bytes.byteCount * 8 else {
      throw SQLFunctionError(
        argument: index,
        "is not a sparse vector of \(elements) elements: it has "
          + "\(bytes.byteCount) bytes")
    }
    do {
      return try SparseVector.decode(bytes, count: elements)
    } catch {
      throw SQLFunctionError(
        argument: index, "is not a sparse vector of \(elements) elements: \(error)")
    }
  }
}

private final class RankOfVectors: SQLAggregate {
  private var matrix: SampleMatrix?
  private var rule = RankRule.share1e2
  private static let largestDimension = 16_384

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let row = try arguments.sparseVector(0, count: 1)
    let rule = try self.rule(arguments)
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

  private func rule(_ arguments: SQLArguments) throws(SQLFunctionError) -> RankRule {
    guard arguments.count > 2 else { return .share1e2 }
    let name = try arguments.text(2)
    guard let rule = RankRule(rawValue: name) else {
      let known = RankRule.allCases.map(\.rawValue).joined(separator: ", ")
      throw SQLFunctionError(argument: 2, "is '\(name)', not a rule (\(known))")
    }
    return rule
  }

  override func finish() throws(SQLFunctionError) -> SQLResult {
    guard let matrix else { return .integer(0) }
    do {
      return .integer(try Manifold(matrix).rank(by: rule).rank)
    } catch {
      throw SQLFunctionError("\(error)")
    }
  }
}
