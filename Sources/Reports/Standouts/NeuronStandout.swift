// Neurons that no sample activates, and those that every sample does.

extension Standout {
  static let idleNeurons = Standout(
    subject: "dead and always-on neurons", remedy: "engram-ingest measure WAREHOUSE --run NAME"
  ) { evidence in
    let layers = evidence.run.layers.compactMap { layer -> (String, Int, Int, Int)? in
      guard let sparsity = layer.neuron.sparsity else { return nil }
      let outputs = Double(layer.outputs)
      return (
        layer.name, Int((sparsity.never * outputs).rounded()),
        Int((sparsity.always * outputs).rounded()), layer.outputs
      )
    }
    guard !layers.isEmpty else { return nil }
    let samples = evidence.run.info.samples
    guard layers.contains(where: { $0.1 + $0.2 > 0 }) else {
      return Sentence(
        text: """
          Neurons: none dead and none always on over \(samples) samples in \(layers.map(\.0).joined(separator: ", ")).
          """, section: "sparsity")
    }
    let told = layers.map { name, never, always, outputs in
      "\(name) \(never) dead, \(always) always on, of \(outputs)"
    }
    let bound = NumberText.short(100 * Interval.share(0, of: samples).high)
    return Sentence(
      text: """
        Neurons: \(told.joined(separator: "; ")) (dead: active in none of \(samples) samples, so in fewer than \
        \(bound) % of such samples, with 95 % confidence).
        """, section: "sparsity")
  }
}
