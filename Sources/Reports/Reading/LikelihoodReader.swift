// Likelihoods of runs under another run's class profiles, beside that run's own: what shifts do to classes, and attacks.

internal import Basics
internal import SQLiteKit
internal import Warehouse

extension ReportReader {
  /// Comparisons among `runs`, in the order of clean runs, other runs, layers, kinds; and of attacked ones with the clean runs
  /// whose profiles scored both, in the order of attacked runs, clean runs, kinds, layers, classes: every sample's clean twin
  /// was left out of these profiles.
  static func likelihoods(
    _ connection: borrowing Connection, _ runs: [RunInfo], _ measured: MeasuredRows
  ) throws -> (comparisons: [LikelihoodComparison], attacks: [AttackEffect]) {
    let rows = try LikelihoodRows(connection, measured)
    let known = Dictionary(runs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    let pairs = try rows.pairs(connection).filter {
      known[$0.clean] != nil && known[$0.other] != nil
    }
    var units: [Int: [LikelihoodUnit]] = [:]
    for clean in Set(pairs.map(\.clean)) {
      units[clean] = try LikelihoodUnit.all(connection, of: clean)
    }
    guard !pairs.isEmpty else { return ([], []) }
    let pairing = LikelihoodPairing(rows: rows, classes: try SampleClasses(connection))
    var (comparisons, attacks) = ([LikelihoodComparison](), [AttackEffect]())
    for pair in pairs {
      for unit in units[pair.clean] ?? [] {
        let comparison = pairing.comparison(pair.clean, with: pair.other, unit)
        if !comparison.classes.isEmpty { comparisons.append(comparison) }
      }
      guard let clean = known[pair.clean], let other = known[pair.other],
        clean.perturbation == "none", other.isAttacked
      else { continue }
      attacks += pairing.attacks(pair.clean, with: pair.other, units[pair.clean] ?? [])
    }
    return (comparisons, attacks.sorted { ($0.attacked, $0.clean) < ($1.attacked, $1.clean) })
  }
}

extension RunInfo {
  fileprivate var isAttacked: Bool {
    ["pgd:", "fgsm:"].contains { perturbation.lowercased().hasPrefix($0) }
  }
}

/// Compares runs class by class.
private struct LikelihoodPairing {
  let rows: LikelihoodRows
  let classes: SampleClasses

  /// Of a clean run and another one, under the clean run's profiles.
  private func sides(
    _ clean: Int, _ other: Int, _ unit: LikelihoodUnit
  ) -> (clean: SampleValues, other: SampleValues)? {
    func likelihoods(_ run: Int) -> SampleValues? {
      rows.likelihoods[
        LikelihoodRows.Place(run: run, profiles: clean, layer: unit.layer, kind: unit.kind)]
    }
    guard let own = likelihoods(clean), let others = likelihoods(other) else { return nil }
    return (own, others)
  }

  /// Classes of two data sets pair by their key. Samples of both runs pair with themselves.
  func comparison(
    _ clean: Int, with other: Int, _ unit: LikelihoodUnit
  ) -> LikelihoodComparison {
    var comparison = LikelihoodComparison(
      clean: clean, other: other, layerPosition: unit.position, layer: unit.name,
      kind: unit.kind.rawValue)
    guard let (own, others) = sides(clean, other, unit) else { return comparison }
    let (ownMeans, otherMeans) = (means(own), means(others))
    let scored = Dictionary(
      otherMeans.map { (ByteText($0.key.key), $0.value) }, uniquingKeysWith: { first, _ in first })
    let fell = fell(from: own, to: others)
    for (found, mean) in ownMeans.sorted(by: { $0.key < $1.key }) {
      guard let matched = scored[ByteText(found.key)] else { continue }
      comparison.classes.append(
        ClassLikelihood(
          position: found.position, name: found.name, samples: matched.samples,
          clean: mean.own / unit.size, other: matched.own / unit.size,
          fell: fell[ByteText(found.key)]))
    }
    return comparison
  }

  /// One for each kind of which both have samples.
  func attacks(_ clean: Int, with attacked: Int, _ units: [LikelihoodUnit]) -> [AttackEffect] {
    let kinds = Set(units.map(\.kind)).sorted { $0.rawValue < $1.rawValue }
    return kinds.compactMap { kind in
      var effect = AttackEffect(attacked: attacked, clean: clean, kind: kind)
      for unit in units where unit.kind == kind {
        guard let (before, after) = sides(clean, attacked, unit) else { continue }
        for one in attackedClasses(before, after, unit) {
          effect.add(one, layer: unit.position, name: unit.name)
        }
      }
      return effect.layers.isEmpty ? nil : effect
    }
  }

  private func attackedClasses(
    _ before: SampleValues, _ after: SampleValues, _ unit: LikelihoodUnit
  ) -> [AttackedClass] {
    var sums = [
      (samples: Int, fell: Int, attacked: Double, clean: Double, difference: Double, square: Double)
    ](
      repeating: (0, 0, 0, 0, 0, 0), count: classes.classes.count)
    classes.eachPair(before, after) { place, clean, attacked in
      sums[place].samples += 1
      if attacked < clean { sums[place].fell += 1 }
      sums[place].attacked += attacked
      sums[place].clean += clean
      let difference = attacked - clean
      sums[place].difference += difference
      sums[place].square += difference * difference
    }
    return zip(classes.classes, sums).filter { $0.1.samples > 0 }.sorted { $0.0 < $1.0 }.map {
      own, sum in
      func mean(_ total: Double) -> Double { total / Double(sum.samples) / unit.size }
      return AttackedClass(
        name: own.name, samples: sum.samples, fell: sum.fell, attacked: mean(sum.attacked),
        clean: mean(sum.clean), difference: mean(sum.difference),
        square: mean(sum.square) / unit.size)
    }
  }

  /// How many samples of each class have a likelihood, and the mean of theirs.
  private func means(_ scores: SampleValues) -> [LabelledClass: (samples: Int, own: Double)] {
    let none = classes.classes.map { _ in 0 }
    var (counts, sums) = (none, none.map(Double.init))
    classes.each(scores) { _, place, own in
      counts[place] += 1
      sums[place] += own
    }
    var means: [LabelledClass: (samples: Int, own: Double)] = [:]
    for (place, count) in counts.enumerated() where count > 0 {
      means[classes.classes[place]] = (count, sums[place] / Double(count))
    }
    return means
  }

  /// By class, the share of samples that have both and whose likelihood is lower in `after`.
  private func fell(
    from before: SampleValues, to after: SampleValues
  ) -> [ByteText: Double] {
    let none = classes.classes.map { _ in 0 }
    var (counts, lower) = (none, none)
    classes.eachPair(before, after) { place, clean, own in
      counts[place] += 1
      if own < clean { lower[place] += 1 }
    }
    var shares: [ByteText: Double] = [:]
    for (place, count) in counts.enumerated() where count > 0 {
      shares[ByteText(classes.classes[place].key)] = Double(lower[place]) / Double(count)
    }
    return shares
  }
}
