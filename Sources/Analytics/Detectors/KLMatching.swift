// The divergence of a sample's softmax from the nearest of the mean softmaxes that the reference has for each predicted
// class. A class that no reference sample is predicted as has none. Where a mean is 0 its logarithm is that of the smallest
// positive number.

import Glibc

extension Detector {
  static let klMatching = Detector(
    "kl-matching", formula: "−min over c of KL(p ‖ mean p of the reference predicted c)",
    source: "Hendrycks et al. 2022, Scaling Out-of-Distribution Detection for Real-World Settings, "
      + "arXiv 1911.11132",
    needs: [.logits], lesson: .samples
  ) { _, layer, _ in KLMatchingTeacher(outputs: layer.outputs) }
}

private struct KLMatchingTeacher: DetectorTeacher {
  let outputs: Int
  /// By predicted class, Σ p and the number of samples.
  private var sums: [Int: (sum: [Double], count: Int)] = [:]
  private var taught = 0

  init(outputs: Int) { self.outputs = outputs }

  var passes: Int { 1 }

  mutating func add(_ block: SampleBlock) {
    taught += block.count
    for row in 0..<block.count {
      let none = (sum: [Double](repeating: 0, count: outputs), count: 0)
      var (sum, count) = sums.removeValue(forKey: block.predicted[row]) ?? none
      for (output, p) in block.softmax(row).probabilities.enumerated() { sum[output] += p }
      count += 1
      sums[block.predicted[row]] = (sum, count)
    }
  }

  func endPass() throws { try checkTaught(taught) }

  func scorer() -> DetectorScorer {
    let outputs = outputs
    let classes = sums.count
    // Classes × outputs, ln of the mean p.
    let logs = sums.sorted { $0.key < $1.key }.flatMap { _, one in
      one.sum.map { log(max($0 / Double(one.count), .leastNonzeroMagnitude)) }
    }
    return DetectorScorer { block in
      let softmaxes = (0..<block.count).map(block.softmax)
      let products = LinearAlgebra.rowProducts(
        softmaxes.flatMap(\.probabilities), count: block.count, with: logs, n: classes, k: outputs)
      return softmaxes.enumerated().map { row, softmax in
        // Of Σ p ln p − Σ p ln mean the first is every class's; the nearest is then taken term by term.
        let own = products[row * classes..<(row + 1) * classes]
        var nearest = own.startIndex
        for index in own.indices where own[index] > own[nearest] { nearest = index }
        let mean = logs[
          (nearest - own.startIndex) * outputs..<(nearest - own.startIndex + 1) * outputs]
        return -zip(softmax.logs, mean).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
      }
    }
  }
}
