// SQL functions over blocks of class profiles ("counts"). A layer's profile is one block or several;
// what is a sum over interactions adds up over them: sum(engram_entropy(counts)).
//
// engram_entropy(counts) → real
//   C1  −Σ [p ln p + (1 − p) ln(1 − p)] in nats over the block's interactions, p = k / N.
// engram_proportion(counts, output, column) → real
//   C2  p = k / N of one interaction; NULL where the block does not hold that output.
//   C3  A column outside the layer, or a negative output, is an error.
// engram_histogram(counts) → text
//   C4  A JSON array: the share of the block's interactions with p in each of 20 equal bins,
//       bin = min(19, ⌊20 k / N⌋).
//   C5  C1, C2 and C4 are NULL for a profile of no samples.
// engram_kl(p_counts, q_counts [, alpha]) → real
//   C6  KL(P‖Q) in nats over the block's interactions, p = (k + α) / (N + 2α), α = 0.5 unless given.
//   C7  Blocks of different rows or columns are an error, as is an α that is not above 0.
// engram_log_likelihood(bits, counts [, alpha]) → real
//   C8  Σ [S ln p + (1 − S) ln(1 − p)] in nats over the block's interactions, p as in C6.
// engram_js(p_counts, q_counts [, alpha]) → real
//   C10 Jensen–Shannon divergence ½ KL(P‖M) + ½ KL(Q‖M) in nats over the block's interactions, M = (P + Q) / 2 with
//       P and Q smoothed as in C6; C7 holds.
//   C9  A block that does not lie within the layer of the bitset is an error.

import Bits

extension SQLFunction {
  static let countsFunctions: [SQLFunction] =
    [
      .scalar(
        "engram_entropy", "counts", "entropy of class counts, in nats",
        SQLExample("select engram_entropy(engram_counts(bits)) / ln(2) \(two)", "2.0")
      ) { arguments throws(SQLFunctionError) in
        let block = try arguments.counts(0)
        return block.samples == 0 ? .null : .real(block.frequencies.entropy)
      },
      .scalar(
        "engram_proportion", "counts, output, column",
        "activation proportion k / N of one interaction; NULL outside of the block",
        SQLExample("select engram_proportion(engram_counts(bits), 0, 1) \(two)", "0.5")
      ) { arguments throws(SQLFunctionError) in
        let block = try arguments.counts(0)
        let output = try arguments.index(1, below: .max, "an output of the layer")
        let column = try arguments.index(2, below: block.columns, "a column of the layer")
        let row = output - block.firstRow
        guard block.samples > 0, row >= 0, row < block.rows else { return .null }
        let count = block.counters[row * block.columns + column]
        return .real(Double(count) / Double(block.samples))
      },
      .scalar(
        "engram_histogram", "counts", "shares of the proportions in 20 equal bins, JSON",
        SQLExample(
          "select json_extract(engram_histogram(engram_counts(bits)), '$[10]') * 6 \(two)", "2.0")
      ) { arguments throws(SQLFunctionError) in
        let block = try arguments.counts(0)
        return block.samples == 0 ? .null : .text(block.frequencies.sparsity.histogramJSON)
      },
      .scalar(
        "engram_kl", "p, q [, alpha]",
        "KL(P‖Q) of class counts in nats, p = (k + α) / (N + 2α), α = 0.5 unless given",
        SQLExample("select round(engram_kl(\(pair)), 6)", "0.549306"), divergence),
      .scalar(
        "engram_js", "p, q [, alpha]", "Jensen–Shannon divergence of class counts in nats",
        SQLExample("select round(engram_js(\(pair)), 6)", "0.130812"), jensenShannon),
      .scalar(
        "engram_log_likelihood", "bits, counts [, alpha]",
        "log-likelihood of a bitset under class counts, in nats; of one block of rows",
        SQLExample(
          "select round(engram_log_likelihood(engram_bitset(x'01', 1, 1, 0), engram_counts(engram_bitset(x'01', 1, 1, 0))), 6)",
          "-0.287682"), logLikelihood),
    ]
  private static let two =
    "from (select engram_bitset(column1, 2, 3, 0) as bits from (values (x'2D'), (x'0F')))"
  private static let pair =
    "engram_counts(engram_bitset(x'01', 1, 1, 0)), engram_counts(engram_bitset(x'00', 1, 1, 0))"

  /// Two blocks of the same place.
  private static func pair(
    _ arguments: SQLArguments
  ) throws(SQLFunctionError) -> (CountsBlock, CountsBlock) {
    let (p, q) = (try arguments.counts(0), try arguments.counts(1))
    guard p.place == q.place else {
      throw SQLFunctionError(argument: 1, "holds \(q.placeText), argument 1 \(p.placeText)")
    }
    return (p, q)
  }

  @Sendable private static func jensenShannon(
    _ arguments: SQLArguments
  ) throws(SQLFunctionError) -> SQLResult {
    let (p, q) = try pair(arguments)
    return SQLResult(
      Divergence.jensenShannon(
        p.counters, samples: p.samples, q.counters, samples: q.samples,
        alpha: try arguments.alpha(2)))
  }

  @Sendable private static func divergence(
    _ arguments: SQLArguments
  ) throws(SQLFunctionError) -> SQLResult {
    let (p, q) = try pair(arguments)
    return SQLResult(
      Divergence.kl(
        p.counters, samples: p.samples, q.counters, samples: q.samples,
        alpha: try arguments.alpha(2)))
  }

  @Sendable private static func logLikelihood(
    _ arguments: SQLArguments
  ) throws(SQLFunctionError) -> SQLResult {
    let shape = try arguments.significance(0, Significance.header).shape
    let block = try arguments.counts(1)
    let alpha = try arguments.alpha(2)
    guard block.columns == shape.columns, block.firstRow + block.rows <= shape.outputs else {
      throw SQLFunctionError(
        argument: 1,
        "holds \(block.placeText), argument 1 is of a layer \(shape)")
    }
    let bits = try arguments.significance(0, Significance.dense)
    return SQLResult(
      Likelihood.logLikelihood(
        bits: bits, counters: block.counters, samples: block.samples, firstRow: block.firstRow,
        columns: block.columns, alpha: alpha))
  }
}

extension CountsBlock {
  var frequencies: CountFrequencies {
    var frequencies = CountFrequencies(samples: samples)
    frequencies.add(counters)
    return frequencies
  }

  /// Which part of a layer it is.
  var place: [Int] { [firstRow, rows, columns] }

  var placeText: String {
    "rows \(firstRow)..<\(firstRow + rows) of \(columns) columns"
  }
}
