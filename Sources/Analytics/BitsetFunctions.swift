// SQL functions over the stored form of one sample's significant interactions ("significance bitset").
//
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

import Bits

extension SQLFunction {
  static let bitsetFunctions: [SQLFunction] = [
    .scalar("engram_popcount", 1) { arguments throws(SQLFunctionError) in
      .integer(try arguments.significance(0, Significance.popcount))
    },
    .scalar("engram_bit", 3) { arguments throws(SQLFunctionError) in
      let shape = try arguments.significance(0, Significance.header).shape
      let output = try arguments.index(1, below: shape.outputs, "an output of the layer")
      let column = try arguments.index(2, below: shape.columns, "a column of the layer")
      let bit = try arguments.significance(0) { bits throws(BitsError) in
        try Significance.bit(bits, output: output, column: column)
      }
      return .integer(bit ? 1 : 0)
    },
    .scalar("engram_dense", 1) { arguments throws(SQLFunctionError) in
      .blob(try arguments.significance(0, Significance.dense))
    },
    .scalar("engram_and_popcount", 2) { arguments throws(SQLFunctionError) in
      .integer(try arguments.significancePair(Significance.andPopcount))
    },
    .scalar("engram_hamming", 2) { arguments throws(SQLFunctionError) in
      .integer(try arguments.significancePair(Significance.hamming))
    },
    .scalar("engram_jaccard", 2) { arguments throws(SQLFunctionError) in
      .real(try arguments.significancePair(Significance.jaccard))
    },
  ]
}
