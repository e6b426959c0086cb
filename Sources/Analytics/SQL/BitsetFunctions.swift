// SQL functions over the stored form of one sample's significant interactions ("significance bitset").
//
// engram_bitset(dense, n_out, n_in, has_bias) → blob
//   B0  The bitset of a dense one (B4) of a layer of that shape. Its active columns are those with a significant
//       interaction, and the bias.
// engram_popcount(bits) → integer
//   B1  The number of significant interactions.
// engram_bit(bits, output, column) → 0 or 1
//   B2  Whether the interaction of that output and column is significant; both count from 0 and the bias
//       is the last column.
//   B3  An output or column outside the layer is an error.
// engram_dense(bits) → blob
//   B4  One bit per interaction, row-major, bit index output · n_cols + column, least significant bit of
//       byte 0 first; padding bits are 0.
// engram_and_popcount(a, b), engram_hamming(a, b) → integer
//   B5  The number of interactions significant in both; in exactly one.
// engram_jaccard(a, b) → real
//   B6  Those in both over those in either; 1.0 where neither has any.
//   B7  Bitsets of layers of different shape are an error.
// engram_and(a, b), engram_or(a, b), engram_xor(a, b), engram_not(bits) → blob
//   B8  The bitset of the interactions significant in both, in either, in exactly one, not in it; active columns as
//       in B0.
// engram_row_density(bits [, output]), engram_column_density(bits [, column]) → blob or real
//   B8a Dense bits are made of layers of at most 2³⁰ interactions, 128 MiB; a larger one is an error of B0, B4 and B8. A
//       stored bitset tells its layer's shape in a few bytes, whatever the size.
//   B9  The share of an output's columns, or of a column's outputs, that are significant: of all as a vector, or of
//       one.

import Bits

/// Interactions of a layer whose dense bits, an eighth of so many bytes, are made.
private let mostDense = 1 << 30

extension SQLFunction {
  static let bitsetFunctions: [SQLFunction] = [
    .scalar(
      "engram_bitset", "dense, n_out, n_in, has_bias",
      "the bitset of a dense one, `engram_dense` the other way round",
      SQLExample(
        "select hex(engram_bitset(x'2D', 2, 3, 0))", "45420100020000000300000002000000050303")
    ) { arguments throws(SQLFunctionError) in
      let dense = try arguments.blob(0)
      if let kind = NamedBlob(dense) {
        throw SQLFunctionError(argument: 0, "is \(kind.rawValue), not a dense bitset")
      }
      let (outputs, inputs) = (try arguments.integer(1), try arguments.integer(2))
      let bias = try arguments.index(3, below: 2, "0 or 1")
      do {
        let shape = try LayerShape(validating: outputs, inputs: inputs, hasBias: bias == 1)
        return .blob(try Significance.fromDense(dense, shape: shape))
      } catch {
        throw SQLFunctionError("\(error)")
      }
    },
    .scalar(
      "engram_popcount", "bits", "number of significant interactions",
      SQLExample("select engram_popcount(engram_bitset(x'2D', 2, 3, 0))", "4")
    ) { arguments throws(SQLFunctionError) in
      .integer(try arguments.significance(0, Significance.popcount))
    },
    .scalar(
      "engram_bit", "bits, output, column", "whether one interaction is significant, 0 or 1",
      SQLExample("select engram_bit(engram_bitset(x'2D', 2, 3, 0), 0, 2)", "1")
    ) { arguments throws(SQLFunctionError) in
      let shape = try arguments.significance(0, Significance.header).shape
      let output = try arguments.index(1, below: shape.outputs, "an output of the layer")
      let column = try arguments.index(2, below: shape.columns, "a column of the layer")
      let bit = try arguments.significance(0) { bits throws(BitsError) in
        try Significance.bit(bits, output: output, column: column)
      }
      return .integer(bit ? 1 : 0)
    },
    .scalar(
      "engram_dense", "bits", "one bit per interaction, row-major, least significant bit first",
      SQLExample("select hex(engram_dense(engram_bitset(x'2D', 2, 3, 0)))", "2D")
    ) { arguments throws(SQLFunctionError) in
      _ = try arguments.denseShape(0)
      return .blob(try arguments.significance(0, Significance.dense))
    },
    .scalar(
      "engram_and_popcount", "a, b", "number of interactions significant in both",
      SQLExample(
        "select engram_and_popcount(engram_bitset(x'2D', 2, 3, 0), engram_bitset(x'0F', 2, 3, 0))",
        "3")
    ) { arguments throws(SQLFunctionError) in
      .integer(try arguments.significancePair(Significance.andPopcount))
    },
    .scalar(
      "engram_hamming", "a, b", "number of interactions significant in exactly one",
      SQLExample(
        "select engram_hamming(engram_bitset(x'2D', 2, 3, 0), engram_bitset(x'0F', 2, 3, 0))", "2")
    ) { arguments throws(SQLFunctionError) in
      .integer(try arguments.significancePair(Significance.hamming))
    },
    .scalar(
      "engram_jaccard", "a, b",
      "those significant in both over those in either; 1.0 where neither has any",
      SQLExample(
        "select engram_jaccard(engram_bitset(x'2D', 2, 3, 0), engram_bitset(x'0F', 2, 3, 0))", "0.6"
      )
    ) { arguments throws(SQLFunctionError) in
      .real(try arguments.significancePair(Significance.jaccard))
    },
    .combination("engram_and", "both", "0D") { $0 & $1 },
    .combination("engram_or", "either", "2F") { $0 | $1 },
    .combination("engram_xor", "exactly one", "22") { $0 ^ $1 },
    .scalar(
      "engram_not", "bits", "the bitset of the interactions that are not significant",
      SQLExample("select hex(engram_dense(engram_not(engram_bitset(x'2D', 2, 3, 0))))", "12")
    ) { arguments throws(SQLFunctionError) in
      let shape = try arguments.denseShape(0)
      var dense = try arguments.significance(0, Significance.dense)
      for index in dense.indices { dense[index] = ~dense[index] }
      return .blob(Significance.fromBytes(dense, shape: shape))
    },
    .scalar(
      "engram_row_density", "bits [, output]",
      "the share of an output's columns that are significant; left out: of every output, a vector",
      SQLExample(
        "select engram_row_density(engram_bitset(x'2D', 2, 3, 0), 0)", "0.666666666666667")
    ) { arguments throws(SQLFunctionError) in
      let shares = try arguments.significance(0, Significance.rowDensities)
      return try arguments.density(shares, "an output of the layer")
    },
    .scalar(
      "engram_column_density", "bits [, column]",
      "the share of a column's outputs that are significant; left out: of every column, a vector",
      SQLExample("select engram_column_density(engram_bitset(x'2D', 2, 3, 0), 0)", "1.0")
    ) { arguments throws(SQLFunctionError) in
      let shares = try arguments.significance(0, Significance.columnDensities)
      return try arguments.density(shares, "a column of the layer")
    },
  ]

  private static func combination(
    _ name: String, _ which: String, _ answer: String,
    _ combine: @escaping @Sendable (UInt8, UInt8) -> UInt8
  ) -> SQLFunction {
    .scalar(
      name, "a, b", "the bitset of the interactions significant in \(which)",
      SQLExample(
        "select hex(engram_dense(\(name)(engram_bitset(x'2D', 2, 3, 0), engram_bitset(x'0F', 2, 3, 0))))",
        answer)
    ) { arguments throws(SQLFunctionError) in
      let shape = try arguments.denseShape(0)
      let dense = try arguments.significancePair { a, b throws(BitsError) in
        var dense = try Significance.dense(a)
        let other = try Significance.dense(b)
        for index in dense.indices { dense[index] = combine(dense[index], other[index]) }
        return dense
      }
      return .blob(Significance.fromBytes(dense, shape: shape))
    }
  }
}

extension SQLArguments {
  /// The shape of a bitset whose dense bits may be made.
  fileprivate func denseShape(_ index: Int) throws(SQLFunctionError) -> LayerShape {
    let shape = try significance(index, Significance.header).shape
    guard shape.interactions <= mostDense else {
      throw SQLFunctionError(
        argument: index,
        "is of a layer \(shape): dense bits are made of at most \(mostDense) interactions")
    }
    return shape
  }

  /// All shares, or the one that argument 1 chooses.
  fileprivate func density(_ shares: [Double], _ what: String) throws(SQLFunctionError) -> SQLResult
  {
    if count == 1 { return .vector(shares.map { Float($0) }) }
    return .real(shares[try index(1, below: shares.count, what)])
  }
}

extension Significance {
  /// The bitset of dense bytes of the layer's size; padding is cleared.
  static func fromBytes(_ dense: [UInt8], shape: LayerShape) -> [UInt8] {
    var dense = dense
    if shape.interactions % 8 != 0, !dense.isEmpty {
      dense[dense.count - 1] &= (1 << UInt8(shape.interactions % 8)) - 1
    }
    guard let bits = unsafe try? fromDense(dense.span.bytes, shape: shape) else {
      preconditionFailure("Dense bytes of the layer's size are a bitset.")
    }
    return bits
  }
}
