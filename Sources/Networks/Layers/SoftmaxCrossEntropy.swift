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

  /// Of the logits divided by the temperature: gradient = scale · (softmax(logits / T) − one-hot(label)) / T;
  /// the loss is returned unscaled.
  static func backward(
    _ logits: Span<Float>, label: Int, temperature: Double = 1, scale: Double,
    gradient: inout MutableSpan<Float>
  ) -> Double {
    let (largest, sum) = normaliser(logits, temperature: temperature)
    let factor = scale / temperature
    for i in logits.indices {
      let probability = exp(Double(logits[i]) / temperature - largest) / sum
      gradient[i] = Float(factor * (probability - (i == label ? 1 : 0)))
    }
    return largest + log(sum) - Double(logits[label]) / temperature
  }

  /// The cross-entropy to the uniform distribution over the classes, what outlier exposure (Hendrycks et al. 2019) adds
  /// for an outlier: loss = ln Σ exp(logit) − mean(logits), returned unscaled; gradient = scale · (softmax(logits) − 1 / n).
  static func backwardToUniform(
    _ logits: Span<Float>, scale: Double, gradient: inout MutableSpan<Float>
  ) -> Double {
    let (largest, sum) = normaliser(logits)
    let share = 1 / Double(logits.count)
    var mean = 0.0
    for i in logits.indices {
      mean += share * Double(logits[i])
      gradient[i] = Float(scale * (exp(Double(logits[i]) - largest) / sum - share))
    }
    return largest + log(sum) - mean
  }

  /// The position of the first largest logit.
  package static func prediction(_ logits: Span<Float>) -> Int {
    var best = 0
    for i in logits.indices where logits[i] > logits[best] { best = i }
    return best
  }

  private static func normaliser(
    _ logits: Span<Float>, temperature: Double = 1
  ) -> (largest: Double, sum: Double) {
    var largest = -Double.infinity
    for i in logits.indices { largest = max(largest, Double(logits[i]) / temperature) }
    var sum = 0.0
    for i in logits.indices { sum += exp(Double(logits[i]) / temperature - largest) }
    return (largest, sum)
  }
}
