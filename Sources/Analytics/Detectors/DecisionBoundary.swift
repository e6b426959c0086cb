// fDBD: the distances of x to the decision boundaries between its predicted class and every other, summed, over its
// distance to the reference's mean, which counts as 1e-8 at least. Two classes with the same weights have no boundary.

extension Detector {
  static let decisionBoundary = Detector(
    "fdbd", formula: "Σ over c of (z_ẑ − z_c) / ‖W_ẑ − W_c‖, over ‖x − mean(X)‖",
    source: "Liu & Qin 2024, Fast Decision Boundary based Out-of-Distribution Detector, "
      + "arXiv 2312.11536",
    needs: [.logits, .inputs, .weights], lesson: .samples
  ) { _, layer, _ in
    let distances = try weightDistances(layer)
    return MeanTeacher(layer) { mean in
      .ofRows { block, row in
        let (z, own) = (block.z(row), block.predicted[row])
        var sum = 0.0
        for output in z.indices {
          let distance = distances[own * layer.outputs + output]
          if distance > 0 { sum += (z[own] - z[output]) / distance }
        }
        let length = zip(block.x(row), mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return sum / max(length.squareRoot(), 1e-8)
      }
    }
  }
}

/// ‖W_a − W_b‖ of every pair of outputs: C × C.
private func weightDistances(_ layer: LastLayer) throws(AnalyticsError) -> [Double] {
  let (c, d, w) = (layer.outputs, layer.inputs, layer.weights)
  guard c <= 16_384 else {
    throw AnalyticsError("\(c) outputs have more boundaries than it holds: those of 16384")
  }
  var distances = [Double](repeating: 0, count: c * c)
  for a in 0..<c {
    for b in 0..<a {
      var square = 0.0
      for column in 0..<d {
        let difference = w[a * d + column] - w[b * d + column]
        square += difference * difference
      }
      distances[a * c + b] = square.squareRoot()
      distances[b * c + a] = distances[a * c + b]
    }
  }
  return distances
}
