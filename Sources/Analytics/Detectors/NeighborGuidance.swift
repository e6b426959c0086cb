// NNGuide: the energy, guided by the mean of the k largest products of x̂ with the reference's x̂, each times its energy.

extension Detector {
  static let neighborGuidance = Detector(
    "nnguide", formula: "lse(z) × mean over the k largest of x̂ · (X̂ lse(Z))",
    source: "Park, Jung & Teoh 2023, Nearest Neighbor Guidance for Out-of-Distribution Detection, "
      + "arXiv 2309.14888",
    needs: [.logits, .inputs], lesson: .samples,
    parameters: [.whole("k", 100, in: 1...1_000_000, "how many of the nearest")]
  ) { settings, layer, samples in
    try NeighborGuidanceTeacher(layer, k: Int(settings["k"]), samples: samples)
  }
}

private struct NeighborGuidanceTeacher: DetectorTeacher {
  let k: Int
  private var vectors: UnitVectors
  private var energies: [Double] = []

  init(_ layer: LastLayer, k: Int, samples: Int) throws {
    try checkNeighbors(k, of: samples)
    self.k = k
    vectors = try UnitVectors(inputs: layer.inputs, samples: samples)
  }

  var passes: Int { 1 }

  mutating func add(_ block: SampleBlock) {
    vectors.add(block)
    for row in 0..<block.count { energies.append(block.softmax(row).logSum) }
  }

  func endPass() throws { try checkNeighbors(k, of: vectors.count) }

  func scorer() -> DetectorScorer {
    let (k, vectors, energies) = (k, vectors, energies)
    return DetectorScorer { block in
      let largest = vectors.largestProducts(
        k, with: block.shaped(unit), count: block.count, scales: energies)
      return largest.enumerated().map { row, largest in
        // In the order of their size, whatever the heap's.
        let sum = largest.kept.map(\.value).sorted().reduce(0, +)
        return block.softmax(row).logSum * (sum / Double(k))
      }
    }
  }
}
