// Whether a network looks as if it had memorised: how far it separates, beside labels that mean nothing and beside samples
// that it was trained on.

extension Standout {
  static let memorisation = Standout(
    subject: "memorisation", remedy: "engram-ingest measure WAREHOUSE --run NAME"
  ) { evidence in
    guard let layer = evidence.lastMeasured, let separation = layer.interaction.separation,
      let relative = separation.relative, let floor = separation.floor, separation.entropy > 0
    else { return nil }
    let chance = floor / separation.entropy
    let interval = evidence.interval("relative_separation", of: layer, in: evidence.run, relative)
    return Sentence(
      text: """
        Memorised? The relative separation of \(layer.name) is \(NumberText.short(relative))\(Interval.text(interval)), \
        \(NumberText.short(relative / max(chance, 1e-12), digits: 2)) times what permuted labels give \
        (\(NumberText.short(chance)))\(training(evidence, layer, relative)).
        """, section: "training-time")
  }

  private static func training(
    _ evidence: StandoutEvidence, _ layer: LayerReport, _ relative: Double
  ) -> String {
    let own = evidence.run.info
    let isTraining = own.dataset.hasSuffix(":train")
    let twin = evidence.data.runs.last {
      $0.info.weightsHash == own.weightsHash && $0.info.perturbation == "none"
        && $0.info.id != own.id && $0.info.dataset.hasSuffix(":train") != isTraining
        && $0.info.family == own.family
    }
    guard let twin,
      let other = twin.layers.first(where: { $0.position == layer.position })?.interaction
        .separation?.relative
    else {
      return isTraining
        ? "; these are training samples: a run over others shows what of it lasts"
        : "; a run over training samples would show what does not generalise"
    }
    let (train, test) = isTraining ? (relative, other) : (other, relative)
    return "; on \(isTraining ? "other" : "training") samples ('\(twin.info.name)') it is "
      + "\(NumberText.short(other)): of what it separates in training, "
      + "\(NumberText.percent(test / train)) lasts"
  }
}
