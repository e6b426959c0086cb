// The classes of the highest and of the lowest entropy, and the layer that separates classes best.

extension Standout {
  static let classEntropy = Standout(
    subject: "the classes' entropies", remedy: "engram-ingest measure WAREHOUSE --run NAME"
  ) { evidence in
    guard let layer = evidence.lastMeasured, let matrix = layer.matrix,
      let separation = layer.interaction.separation
    else { return nil }
    let classes = (0..<matrix.count).compactMap { index in
      matrix[index, index].map { (name: matrix.names[index], entropy: $0) }
    }
    guard let high = classes.max(by: { $0.entropy < $1.entropy }),
      let low = classes.min(by: { $0.entropy < $1.entropy }), classes.count > 1
    else { return nil }
    let interval = evidence.interval(
      "mean_entropy", of: layer, in: evidence.run, separation.entropy)
    return Sentence(
      text: """
        Least orderly class in \(layer.name): <b>\(high.name)</b> with \(NumberText.short(high.entropy)) nats an interaction; most \
        orderly: <b>\(low.name)</b> with \(NumberText.short(low.entropy)). The mean is \
        \(NumberText.short(separation.entropy))\(Interval.text(interval)).
        """, section: "divergence")
  }

  static let bestLayer = Standout(
    subject: "the layer that separates best", remedy: "engram-ingest measure WAREHOUSE --run NAME"
  ) { evidence in
    let layers = evidence.run.layers.compactMap { layer in
      layer.interaction.separation?.relative.map { (layer: layer, relative: $0) }
    }
    guard let best = layers.max(by: { $0.relative < $1.relative }) else { return nil }
    func told(_ one: (layer: LayerReport, relative: Double)) -> String {
      NumberText.short(one.relative)
        + Interval.text(
          evidence.interval("relative_separation", of: one.layer, in: evidence.run, one.relative))
    }
    let others = layers.filter { $0.layer.position != best.layer.position }.map {
      "\($0.layer.name) \(told($0))"
    }
    return Sentence(
      text: """
        <b>\(best.layer.name)</b> separates the classes best: its divergence is \(told(best)) of its \
        entropy\(others.isEmpty ? "" : "; " + others.joined(separator: ", ")).
        """, section: "divergence")
  }
}
