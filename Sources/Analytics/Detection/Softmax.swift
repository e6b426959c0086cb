// Softmax in log space, in Float64: probabilities close to 1 keep what is left to 1, so that scores of very sure
// predictions stay apart.

import Glibc

/// p = exp z / Σ exp z of one sample.
struct Softmax {
  /// ln p.
  let logs: [Double]
  /// ln Σ exp z.
  let logSum: Double
  /// The largest z.
  let largest: Double

  init(_ z: some Collection<Double>) {
    precondition(!z.isEmpty, "a layer has outputs")
    let largest = z.max() ?? 0
    var others = 0.0
    var isFirst = true
    for value in z {
      if isFirst, value == largest {
        // Its own term is 1, and added last: log1p keeps what the others are beside it.
        isFirst = false
      } else {
        others += exp(value - largest)
      }
    }
    let rest = log1p(others)
    self.largest = largest
    logSum = largest + rest
    logs = z.map { ($0 - largest) - rest }
  }

  var probabilities: [Double] { logs.map { exp($0) } }
  /// The largest p.
  var confidence: Double { exp(logs.max() ?? 0) }
  /// Σ p ln p.
  var negativeEntropy: Double { logs.reduce(0) { $0 + exp($1) * $1 } }
}
