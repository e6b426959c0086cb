// The loss that training and attacks differentiate.

internal import Glibc

/// loss = ln Σ exp(logit) − logit[label], evaluated in Float64.
package enum SoftmaxCrossEntropy {
  /// −ln softmax(logits)[label], in nats and Float64.
  package static func loss(_ logits: Span<Float>, label: Int) -> Double {
    let (largest, sum) = normaliser(logits)
    return largest + log(sum) - Double(logits[label])
  }

  /// softmax(logits): non-negative, sums to 1.
  package static func probabilities(_ logits: Span<Float>) -> [Double] {
    let (largest, sum) = normaliser(logits)
    return logits.indices.map { exp(Double(logits[$0]) - largest) / sum }
  }

  /// gradient = scale · (softmax(logits) − one-hot(label)); the loss is returned unscaled.
  static func backward(
    _ logits: Span<Float>, label: Int, scale: Double, gradient: inout MutableSpan<Float>
  ) -> Double {
    let (largest, sum) = normaliser(logits)
    for i in logits.indices {
      let probability = exp(Double(logits[i]) - largest) / sum
      gradient[i] = Float(scale * (probability - (i == label ? 1 : 0)))
    }
    return largest + log(sum) - Double(logits[label])
  }

  /// The position of the first largest logit.
  package static func prediction(_ logits: Span<Float>) -> Int {
    var best = 0
    for i in logits.indices where logits[i] > logits[best] { best = i }
    return best
  }

  private static func normaliser(_ logits: Span<Float>) -> (largest: Double, sum: Double) {
    var largest = -Double.infinity
    for i in logits.indices { largest = max(largest, Double(logits[i])) }
    var sum = 0.0
    for i in logits.indices { sum += exp(Double(logits[i]) - largest) }
    return (largest, sum)
  }
}
