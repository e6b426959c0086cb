// ITP, instance-aware test pruning: the energy of logits whose weights are pruned twice. W_cj contributes W_cj x_j to logit
// c. Over the reference samples of class c that contribution has the mean μ_cj = W_cj mean(x_j) and the deviation
// σ_cj = |W_cj| deviation(x_j), divided by N.
//   1. Coarse: weights whose μ_cj does not lie above a percentile of all μ are dropped, as DICE does.
//   2. Fine, for every sample anew: of those left, weights whose contribution fails the right-tailed z-test,
//      (W_cj x_j − μ_cj) / σ_cj > λ, are dropped: they are surer of this sample than of any of the class.
// Chosen where the paper could not be read in full: the fine test is made for every logit against its own class (not for
// the predicted class alone); σ is the population's; percentile 30 and λ 1.5 are what a reproduction gives as the authors'
// values for ImageNet. Where σ_cj = 0 what exceeds μ_cj is dropped. A class without labelled samples keeps its weights, and
// is left out of the percentile.

extension Detector {
  static let testPruning = Detector(
    "itp",
    formula: "lse(Σ_j W_cj x_j + b_c), μ_cj above its percentile and W_cj x_j ≤ μ_cj + λ σ_cj",
    source: "Xu & Yang 2025, ITP: Instance-Aware Test Pruning for Out-of-Distribution Detection, "
      + "arXiv 2412.12566",
    needs: [.inputs, .weights], lesson: .labels,
    parameters: [
      .real("percentile", 30, in: 0...100, "of all μ_cj, that a weight's has to lie above"),
      .real(
        "lambda", 1.5, in: 0...1000, "λ, deviations that a contribution may lie above its mean"),
    ]
  ) { settings, layer, _ in
    TestPruningTeacher(
      layer: layer, percentile: settings["percentile"], lambda: settings["lambda"])
  }
}

private struct TestPruningTeacher: DetectorTeacher {
  let layer: LastLayer
  let percentile: Double
  let lambda: Double
  /// By class. Sums are of differences to the class's first sample, so that nothing large cancels.
  private var sums: [Int: Sums] = [:]

  private struct Sums {
    var count = 0
    let first: [Double]
    var differences: [Double]
    var squares: [Double]
  }

  init(layer: LastLayer, percentile: Double, lambda: Double) {
    (self.layer, self.percentile, self.lambda) = (layer, percentile, lambda)
  }

  var passes: Int { 1 }

  mutating func add(_ block: SampleBlock) {
    for row in 0..<block.count {
      guard let label = block.labels[row], (0..<layer.outputs).contains(label) else { continue }
      let x = block.x(row)
      let zeros = [Double](repeating: 0, count: x.count)
      var sum =
        sums.removeValue(forKey: label) ?? Sums(first: x, differences: zeros, squares: zeros)
      sum.count += 1
      for column in x.indices {
        let difference = x[column] - sum.first[column]
        sum.differences[column] += difference
        sum.squares[column] += difference * difference
      }
      sums[label] = sum
    }
  }

  func endPass() throws {
    guard !sums.isEmpty else {
      throw AnalyticsError("no sample of the reference has a label that is one of the outputs")
    }
  }

  func scorer() -> DetectorScorer {
    let (c, d) = (layer.outputs, layer.inputs)
    // Of x: the sign of W tells which tail of x is the right one of W x.
    var means = [Double](repeating: 0, count: c * d)
    var deviations = [Double](repeating: .infinity, count: c * d)
    for (label, sum) in sums {
      let n = Double(sum.count)
      for column in 0..<d {
        let mean = sum.differences[column] / n
        means[label * d + column] = sum.first[column] + mean
        deviations[label * d + column] = max(0, sum.squares[column] / n - mean * mean).squareRoot()
      }
    }
    let contributions = zip(layer.weights, means).map { $0 * $1 }
    let taught = sums.keys.sorted()
    let least = Analytics.percentile(
      percentile, of: taught.flatMap { contributions[$0 * d..<($0 + 1) * d] })
    let sums = sums
    let layer = layer
    let kept = layer.masked { sums[$0 / d] == nil || contributions[$0] > least }
    let (centres, bounds) = (means, deviations.map { $0 * lambda })
    let missing = c - taught.count
    return DetectorScorer(
      notes: missing == 0
        ? []
        : [
          "\(missing) of \(c) outputs have no sample of the reference: their weights are not pruned"
        ],
      scores: { block in
        (0..<block.count).map { row in
          let x = block.x(row)
          let z = (0..<c).map { output in
            var sum = layer.bias[output]
            for column in 0..<d {
              let index = output * d + column
              let (weight, difference) = (kept.weights[index], x[column] - centres[index])
              if (weight > 0 ? difference : -difference) <= bounds[index] {
                sum += weight * x[column]
              }
            }
            return sum
          }
          return Softmax(z).logSum
        }
      })
  }
}
