// What the attack and the shift that hurt most do to the network.

extension Standout {
  static let perturbations = Standout(
    subject: "attacks and shifts",
    remedy: "engram-ingest … --attack pgd:eps=8/255 (or --shift blur:3)"
  ) { evidence in
    let own = evidence.run.info
    guard own.accuracy != nil else { return nil }
    let others = evidence.data.runs.map(\.info).filter {
      $0.weightsHash == own.weightsHash && $0.id != own.id && $0.accuracy != nil
        && ($0.perturbation != "none" || $0.datasetID != own.datasetID)
        && $0.dataset.hasSuffix(":train") == own.dataset.hasSuffix(":train")
    }
    let isAttack: (RunInfo) -> Bool = {
      $0.perturbation.hasPrefix("pgd:") || $0.perturbation.hasPrefix("fgsm:")
    }
    let worst = [others.filter(isAttack), others.filter { !isAttack($0) }].compactMap {
      $0.min { ($0.accuracy ?? 1, $0.id) < ($1.accuracy ?? 1, $1.id) }
    }
    guard !worst.isEmpty else { return nil }
    let told = worst.map { info -> Markup in
      let what = info.perturbation == "none" ? info.dataset : info.perturbation
      return "<b>\(what)</b> \(accuracy(info))"
    }
    let list: Markup = told.count == 2 ? "\(told[0]), \(told[1])" : told[0]
    return Sentence(
      text: """
        Accuracy is \(accuracy(own)) here; of \(NumberText.count(others.count, "other run", "other runs")) of this network on \
        attacked, shifted or other data, the worst: \(list).
        """, section: "likelihood")
  }

  /// "64.9 % [63.9, 65.8]".
  static func accuracy(_ info: RunInfo) -> String {
    guard let accuracy = info.accuracy else { return "–" }
    let answered = info.samples - info.foreign - info.unlabelled
    let correct = Int((accuracy * Double(answered)).rounded())
    return NumberText.percent(accuracy) + Interval.percent(correct, of: answered)
  }
}
