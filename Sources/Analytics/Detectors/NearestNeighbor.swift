// The squared distance of x̂ to the k-th nearest x̂ of the reference, negated. The nearest are found by products; the
// distance is then that of the differences, so that nothing cancels and a sample of the reference is at 0 of itself.

extension Detector {
  static let nearestNeighbor = Detector(
    "knn", formula: "−‖x̂ − k-th nearest x̂ of the reference‖²",
    source: "Sun et al. 2022, Out-of-Distribution Detection with Deep Nearest Neighbors, "
      + "arXiv 2204.06507",
    needs: [.inputs], lesson: .samples,
    parameters: [.whole("k", 50, in: 1...1_000_000, "which of the nearest")]
  ) { settings, layer, samples in
    try NearestNeighborTeacher(layer, k: Int(settings["k"]), samples: samples)
  }
}

private struct NearestNeighborTeacher: DetectorTeacher {
  let k: Int
  private var vectors: UnitVectors

  init(_ layer: LastLayer, k: Int, samples: Int) throws {
    try checkNeighbors(k, of: samples)
    self.k = k
    vectors = try UnitVectors(inputs: layer.inputs, samples: samples)
  }

  var passes: Int { 1 }

  mutating func add(_ block: SampleBlock) { vectors.add(block) }

  func endPass() throws { try checkNeighbors(k, of: vectors.count) }

  func scorer() -> DetectorScorer {
    let (k, vectors) = (k, vectors)
    return DetectorScorer { block in
      let rows = block.shaped(unit)
      let nearest = vectors.largestProducts(k, with: rows, count: block.count)
      return nearest.enumerated().map { row, nearest in
        let own = rows[row * vectors.inputs..<(row + 1) * vectors.inputs]
        let distances = nearest.kept.map { one in
          zip(own, vectors.vector(one.index)).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
        return -(distances.max() ?? .nan)
      }
    }
  }
}
