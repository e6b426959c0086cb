// SQL functions over logits z, a layer's outputs before the softmax, in Float64 and in log space.
//
// engram_max(vector) → real
//   Z1  The largest element.
// engram_logsumexp(vector [, temperature]) → real
//   Z2  ln Σ exp(v / T), T = 1 unless given; a temperature that is not a finite number above 0 is an error.
// engram_log_softmax(vector [, i]) → real
//   Z3  v_i − ln Σ exp v of element i, from 0, or of the largest without i; what is left to 0 keeps its digits, so that the
//       softmaxes of very sure predictions stay apart.
//   Z4  A vector without elements is an error. Where the vector holds NaN or +∞, or nothing above −∞, the answer is NULL, as
//       is a result that is not finite.

extension SQLFunction {
  static let logitFunctions: [SQLFunction] = [
    .scalar(
      "engram_max", "vector", "the largest element",
      SQLExample("select engram_max(engram_vector('[1, 3, 2]'))", "3.0")
    ) { arguments throws(SQLFunctionError) in
      SQLResult(try arguments.logits()?.max())
    },
    .scalar(
      "engram_logsumexp", "vector [, temperature]",
      "ln Σ exp(v / T), the energy of logits, with T = 1 unless given",
      SQLExample("select round(engram_logsumexp(engram_vector('[0, 0]')), 6)", "0.693147")
    ) { arguments throws(SQLFunctionError) in
      var temperature = 1.0
      if arguments.count > 1 {
        temperature = try arguments.real(1)
        guard temperature > 0, temperature.isFinite else {
          throw SQLFunctionError(argument: 1, "is \(temperature), not a temperature above 0")
        }
      }
      guard let z = try arguments.logits() else { return .null }
      return SQLResult(Softmax(z.map { $0 / temperature }).logSum)
    },
    .scalar(
      "engram_log_softmax", "vector [, i]",
      "ln softmax of element i, from 0, or of the largest: `exp` of it is the confidence",
      SQLExample("select round(exp(engram_log_softmax(engram_vector('[1, 1, 1, 1]'))), 6)", "0.25")
    ) { arguments throws(SQLFunctionError) in
      guard arguments.count > 1 else {
        return SQLResult(try arguments.logits().flatMap { Softmax($0).logs.max() })
      }
      let count = try arguments.wideVector(0).count
      let index = try arguments.index(1, below: count, "an element of the vector")
      return SQLResult(try arguments.logits().map { Softmax($0).logs[index] })
    },
  ]
}

extension SQLArguments {
  /// Argument 0; nil where it has no softmax.
  fileprivate func logits() throws(SQLFunctionError) -> [Double]? {
    let z = try wideVector(0)
    guard !z.isEmpty else { throw SQLFunctionError(argument: 0, "has no elements") }
    return z.contains { $0.isNaN || $0 == .infinity } || z.allSatisfy { $0 == -.infinity } ? nil : z
  }
}
