// Aggregates over scores of positives and negatives: what a detector is worth.
//
// engram_auroc(score, is_positive) → real
//   S1  The area under the ROC curve: the share of pairs of a positive and a negative whose positive has the larger
//       score, equal scores by half.
// engram_aupr(score, is_positive) → real
//   S2  The average precision Σ (R_n − R_{n−1}) P_n over the distinct scores, descending, as scikit-learn's
//       average_precision_score: steps, no interpolation.
// engram_fpr_at_tpr(score, is_positive, tpr) → real
//   S3  The lowest false-positive rate among the thresholds whose true-positive rate is at least tpr, from 0 to 1. A
//       threshold accepts every score from it on; equal scores are accepted together. Another tpr within one group is
//       an error.
// engram_separation(score, is_positive, replicates, seed [, group]) → text
//   S7  A JSON object of auroc, fpr_at_95_tpr, aupr_in (S2) and aupr_out (S2 of negatives, their scores negated), and of
//       each, with _low and _high behind its name, the 2.5 % and 97.5 % points over that many replicates, 0 to 100,000, of
//       positives and negatives drawn with replacement; null for 0 replicates. The seed decides the draws. Other replicates
//       or another seed within one group are an error. With a group, an integer, the negatives of every group are a set
//       of their own beside all positives, whose own group says nothing, and every measure is the mean over those sets; a
//       replicate draws the positives once for all of them.
//   S4  A larger score is more positive. is_positive is 1 or 0, anything else is an error; so is a score that is NaN
//       (SQLite itself makes NaN NULL, which F2 leaves out). Infinite scores are scores.
//   S5  Without a positive or without a negative the answer is NULL.
//   S6  They are no window functions: every answer is a sort of the group.

extension SQLFunction {
  private static let six =
    "from (values (0.9, 1), (0.8, 0), (0.7, 1), (0.7, 0), (0.4, 1), (0.1, 0))"

  static let scoreAggregates: [SQLFunction] = [
    score(
      "engram_auroc", "score, is_positive",
      "area under the ROC curve of scores that are larger for positives, ties by half",
      SQLExample("select round(engram_auroc(column1, column2), 4) \(six)", "0.6111")
    ) { $0.areaUnderROC },
    score(
      "engram_aupr", "score, is_positive",
      "average precision of scores that are larger for positives, by steps, ties together",
      SQLExample("select round(engram_aupr(column1, column2), 4) \(six)", "0.7")
    ) { $0.averagePrecision },
    SQLFunction(
      name: "engram_fpr_at_tpr", parameters: "score, is_positive, tpr",
      summary: "lowest false-positive rate of a threshold that accepts the share tpr of positives",
      example: SQLExample(
        "select round(engram_fpr_at_tpr(column1, column2, 0.95), 4) \(six)", "0.6667"),
      call: .aggregate({ RateOfScores() }, empty: .null)),
    SQLFunction(
      name: "engram_separation", parameters: "score, is_positive, replicates, seed [, group]",
      summary:
        "JSON of auroc, fpr_at_95_tpr, aupr_in and aupr_out, each with its 95 % interval over resampled rows; means over groups of negatives",
      example: SQLExample(
        "select round(json_extract(engram_separation(column1, column2, 100, 0), '$.auroc'), 4) \(six)",
        "0.6111"),
      call: .aggregate({ SeparationOfScores() }, empty: .null)),
  ]

  private static func score(
    _ name: String, _ parameters: String, _ summary: String, _ example: SQLExample,
    _ result: @escaping @Sendable (ScoreCurve) -> Double?
  ) -> SQLFunction {
    SQLFunction(
      name: name, parameters: parameters, summary: summary, example: example,
      call: .aggregate({ MeasureOfScores(result) }, empty: .null))
  }
}

extension SQLArguments {
  /// Arguments 0 and 1.
  fileprivate func score() throws(SQLFunctionError) -> (score: Double, isPositive: Bool) {
    let score = try real(0)
    guard !score.isNaN else { throw SQLFunctionError(argument: 0, "is NaN") }
    let isPositive = try integer(1)
    guard isPositive == 0 || isPositive == 1 else {
      throw SQLFunctionError(argument: 1, "is \(isPositive), neither 0 nor 1")
    }
    return (score, isPositive == 1)
  }
}

extension ScoreCurve {
  fileprivate mutating func add(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let (score, isPositive) = try arguments.score()
    add(score, isPositive: isPositive)
  }
}

private final class MeasureOfScores: SQLAggregate {
  private var curve = ScoreCurve()
  private let result: (ScoreCurve) -> Double?

  init(_ result: @escaping (ScoreCurve) -> Double?) { self.result = result }

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    try curve.add(arguments)
  }

  override func answer() throws(SQLFunctionError) -> SQLResult { SQLResult(result(curve)) }
}

private final class RateOfScores: SQLAggregate {
  private var curve = ScoreCurve()
  private var tpr: Double?

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let tpr = try arguments.real(2)
    guard tpr >= 0, tpr <= 1 else {
      throw SQLFunctionError(argument: 2, "is \(tpr), not a rate from 0 to 1")
    }
    if let before = self.tpr, before != tpr {
      throw SQLFunctionError(argument: 2, "is \(tpr), before it was \(before)")
    }
    self.tpr = tpr
    try curve.add(arguments)
  }

  override func answer() throws(SQLFunctionError) -> SQLResult {
    SQLResult(tpr.flatMap { curve.falsePositiveRate(atTruePositiveRate: $0) })
  }
}

private final class SeparationOfScores: SQLAggregate {
  private var positives: [Double] = []
  /// By group, in the order they come.
  private var negatives: [[Double]] = []
  private var groups: [Int: Int] = [:]
  private var resampling: (replicates: Int, seed: Int)?

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let (replicates, seed) = (try arguments.integer(2), try arguments.integer(3))
    guard (0...100_000).contains(replicates) else {
      throw SQLFunctionError(argument: 2, "is \(replicates), not a number from 0 to 100000")
    }
    if let before = resampling, before != (replicates, seed) {
      throw SQLFunctionError(
        argument: before.replicates != replicates ? 2 : 3,
        "is \(before.replicates != replicates ? replicates : seed), before it was "
          + "\(before.replicates != replicates ? before.replicates : before.seed)")
    }
    resampling = (replicates, seed)
    let (score, isPositive) = try arguments.score()
    let group = arguments.count > 4 ? try arguments.integer(4) : 0
    guard !isPositive else { return positives.append(score) }
    let place = groups[group] ?? negatives.count
    if place == negatives.count {
      groups[group] = place
      negatives.append([])
    }
    negatives[place].append(score)
  }

  override func answer() throws(SQLFunctionError) -> SQLResult {
    guard let (replicates, seed) = resampling,
      let scores = ResampledScores(positives: positives, negatives: negatives)
    else {
      return .null
    }
    let intervals =
      replicates == 0
      ? nil
      : scores.intervals(replicates: replicates, seed: UInt64(bitPattern: Int64(seed)))
    let members = zip(RankedScores.names, scores.measures).enumerated().map { index, pair in
      let interval = intervals?[index]
      return """
        "\(pair.0)":\(pair.1),"\(pair.0)_low":\(interval.map { "\($0.low)" } ?? "null"),\
        "\(pair.0)_high":\(interval.map { "\($0.high)" } ?? "null")
        """
    }
    return .text("{" + members.joined(separator: ",") + "}")
  }
}
