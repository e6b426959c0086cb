// The pair of classes that the network takes for each other most often, and how near they are in divergence.

extension Standout {
  static let confusion = Standout(
    subject: "the most confused pair", remedy: "samples with labels that are outputs of the network"
  ) { evidence in
    guard let pair = evidence.focus.confused.first, pair.samples > 0 else { return nil }
    let share = NumberText.percent(Double(pair.mistaken) / Double(pair.samples))
    return Sentence(
      text: """
        Most confused: <b>\(pair.aName)</b> and <b>\(pair.bName)</b>, \
        \(NumberText.count(pair.mistaken, "sample", "samples")) of \(pair.samples) taken for the other \
        (\(share)\(Interval.percent(pair.mistaken, of: pair.samples)))\(nearness(pair, evidence)).
        """, section: "divergence")
  }

  /// By the sum of both divergences, in every layer.
  private static func nearness(_ pair: ConfusedPair, _ evidence: StandoutEvidence) -> String {
    guard pair.isOfData else { return "; the latter is no class of this data" }
    let places = evidence.run.layers.compactMap { layer -> (layer: String, place: Int, of: Int)? in
      guard let matrix = layer.matrix else { return nil }
      var sums: [(pair: (Int, Int), kl: Double)] = []
      for i in 0..<matrix.count {
        for j in (i + 1)..<max(i + 1, matrix.count) {
          if let there = matrix[i, j], let back = matrix[j, i] {
            sums.append(((matrix.positions[i], matrix.positions[j]), there + back))
          }
        }
      }
      sums.sort { $0.kl < $1.kl }
      let place = sums.firstIndex { $0.pair == (pair.a, pair.b) }
      return place.map { (layer.name, $0 + 1, sums.count) }
    }
    guard let last = places.last else { return "" }
    let nearest = places.filter { $0.place == 1 }.map(\.layer)
    if nearest.count == places.count {
      return places.count == 1
        ? ", and the nearest pair in KL, too" : ", and the nearest pair in KL in every layer"
    }
    return (nearest.isEmpty ? "" : ", the nearest pair in KL in \(nearest.joined(separator: ", "))")
      + (last.place == 1 ? "" : ", number \(last.place) of \(last.of) by KL in \(last.layer)")
  }
}
