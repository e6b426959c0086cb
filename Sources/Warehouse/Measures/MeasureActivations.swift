// The control in activation space: the classes of a layer as Gaussians over its pre-activations, their entropies,
// divergences and the likelihoods of samples under them. The formulas are GaussianProfiles'.

import Analytics
internal import Basics
import SQLiteKit

/// The running moments of one layer of a run, of all its samples and of the classes of some groupings.
struct ActivationMoments {
  let run: Stored<RunRecord>
  let layer: Stored<LayerRecord>
  let all: NeuronMoments
  /// By grouping; classes with samples, in the order of the data set.
  let classes: [[(label: CounterSource.Class, moments: NeuronMoments)]]

  /// Of the first grouping.
  var profiles: MeasuredProfiles {
    MeasuredProfiles(run: run, layer: layer, kind: .activation, classes: classes[0].map(\.label))
  }

  func gaussians(_ grouping: Int = 0, keeping isKept: [Bool]? = nil) -> GaussianProfiles {
    GaussianProfiles(
      all: all, classes: classes[grouping].map(\.moments), keeping: isKept ?? all.varying)
  }

  func restricted(to keys: Set<ByteText>) -> ActivationMoments {
    ActivationMoments(
      run: run, layer: layer, all: all,
      classes: classes.map { $0.filter { keys.contains(ByteText($0.label.key)) } })
  }

  var leftOutNote: String? {
    let neurons = all.varying.count { !$0 }
    guard neurons > 0 else { return nil }
    return
      "\(neurons) of \(layer.outputs) neurons of layer \(layer.name) are the same in every sample of run "
      + "\(run.name), or not finite: the measures of activations leave them out"
  }
}

extension Warehouse {
  func activationMoments(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ groupings: [ProfileGrouping]
  ) throws -> ActivationMoments {
    let classes = try classes(of: run, under: groupings)
    let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1.id, $0) })
    var all = NeuronMoments(neurons: layer.outputs)
    var found = groupings.map { _ in [NeuronMoments?](repeating: nil, count: classes.count) }
    try forEachPreactivation(run: run.id, layer: layer) { sample, z in
      all.add(z.span)
      for (index, grouping) in groupings.enumerated() {
        // Samples without such a label are in none of its classes.
        guard let place = sample.classID(under: grouping).flatMap({ places[$0] }) else { continue }
        if found[index][place] == nil {
          found[index][place] = NeuronMoments(neurons: layer.outputs)
        }
        found[index][place]?.add(z.span)
      }
    }
    return ActivationMoments(
      run: run, layer: layer, all: all,
      classes: found.map { found in
        zip(classes, found).compactMap { label, moments in
          moments.map {
            (.init(id: label.id, key: label.key, samples: $0.samples), $0)
          }
        }
      })
  }

  /// Writes an entropy row per class, and its divergences.
  /// - Returns: What they follow from.
  @discardableResult
  func measureActivations(
    of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>, _ groupings: [ProfileGrouping],
    _ summary: inout MeasureSummary
  ) throws -> ActivationMoments {
    let moments = try activationMoments(of: run, layer, groupings)
    guard moments.classes.contains(where: { !$0.isEmpty }) else { return moments }
    if let note = moments.leftOutNote { summary.notes.append(note) }
    var rows = try MeasureRows(run, layer, .activation, in: connection)
    for (index, grouping) in groupings.enumerated() {
      let gaussians = moments.gaussians(index)
      let labels = moments.classes[index].map(\.label)
      for (place, label) in labels.enumerated() {
        try rows.write(entropy: gaussians, place, of: label, grouping)
        summary.count("entropy")
      }
      try rows.write(
        gaussians, from: labels, gaussians, to: (run.id, labels), grouping, &summary)
    }
    return moments
  }

  /// Writes KL(P‖Q) between the classes of two runs that have a key in common, and back, in place of what was there.
  func measureActivations(
    between first: Stored<RunRecord>, and second: Stored<RunRecord>, _ layer: Stored<LayerRecord>,
    _ summary: inout MeasureSummary
  ) throws {
    var a = try activationMoments(of: first, layer, [.true])
    var b = try activationMoments(of: second, layer, [.true])
    let keys = Set(a.profiles.classes.map { ByteText($0.key) })
      .intersection(b.profiles.classes.map { ByteText($0.key) })
    guard !keys.isEmpty else { return }
    (a, b) = (a.restricted(to: keys), b.restricted(to: keys))
    let isKept = zip(a.all.varying, b.all.varying).map { $0 && $1 }
    let (p, q) = (a.gaussians(keeping: isKept), b.gaussians(keeping: isKept))
    for (from, gaussians, to, others) in [(a, p, b, q), (b, q, a, p)] {
      try connection.takeOut(
        from: .divergence, run: from.run.id, against: to.run.id,
        where: [
          "layer_id": .integer(layer.id), "kind": .text(MeasuredKind.activation.rawValue),
          "grouping": .text(ProfileGrouping.true.name),
        ])
      var rows = try MeasureRows(from.run, layer, .activation, in: connection)
      try rows.write(
        gaussians, from: from.profiles.classes, others, to: (to.run.id, to.profiles.classes), .true,
        &summary)
    }
  }

  /// Writes a likelihood row per sample under the true labels' classes of `other`, in place of what was there. A sample
  /// that is one of those the classes were learned from is left out of its own.
  /// - Parameter moments: of `other`, its true labels first; nil: not at hand.
  func measureActivationLikelihoods(
    of run: Stored<RunRecord>, under other: Stored<RunRecord>, _ layer: Stored<LayerRecord>,
    _ moments: ActivationMoments?, isAsked: Bool, _ summary: inout MeasureSummary
  ) throws {
    let moments = try moments ?? activationMoments(of: other, layer, [.true])
    let profiles = moments.profiles
    guard !profiles.classes.isEmpty else { return }
    let samples = try samples(run: run.id)
    guard
      try clear(
        profiles, of: run, samples: samples.count, units: layer.outputs, isAsked: isAsked, &summary)
    else { return }
    let gaussians = moments.gaussians()
    let labels = try labels(samples, of: run, among: profiles.classes)
    // Samples of one data set have one id in every run.
    let learned =
      other.id == run.id
      ? Set(samples.map(\.id)) : Set(try self.samples(run: other.id).map(\.id))
    var scores: [LikelihoodScore] = []
    for start in stride(from: 0, to: samples.count, by: Self.samplesPerPass) {
      let pass = start..<min(start + Self.samplesPerPass, samples.count)
      let z = try preactivations(samples[pass], of: run, layer)
      let shared = samples[pass].filter { learned.contains($0.id) }
      let twins = try other.id == run.id ? z : preactivations(shared[...], of: other, layer)
      let values = Parallel.map(pass.count) { [labels] range in
        let index = pass.lowerBound + range.lowerBound
        guard let own = z[samples[index].id] else { return [Double?]() }
        let twin = twins[samples[index].id]
        return gaussians.logLikelihoods(
          own, leaving: twin ?? own, outOf: twin == nil ? nil : labels[index])
      }
      for (index, values) in zip(pass, values) {
        let sample = samples[index]
        guard values.allSatisfy({ $0?.isFinite ?? true }) else {
          summary.notes.append(
            "no likelihoods of the activations of layer \(layer.name): pre-activations of sample \(sample.position) "
              + "are not finite")
          return
        }
        scores.append(
          LikelihoodScore(
            sample: sample, label: labels[index],
            isLeftOut: labels[index] != nil && learned.contains(sample.id), values: values))
      }
    }
    try write(scores, of: run, under: profiles, &summary)
  }

  /// By the samples' ids.
  private func preactivations(
    _ samples: ArraySlice<SampleRow>, of run: Stored<RunRecord>, _ layer: Stored<LayerRecord>
  ) throws -> [Int: [Float]] {
    guard let first = samples.first, let last = samples.last else { return [:] }
    let wanted = Set(samples.map(\.id))
    var found: [Int: [Float]] = [:]
    func isWanted(_ sample: SampleRow) -> Bool { wanted.contains(sample.id) }
    try forEachPreactivation(
      run: run.id, layer: layer, in: first.position...last.position, where: isWanted
    ) { found[$0.id] = $1 }
    guard found.count == samples.count else { throw try disagreement(run: run.id, layer: layer.id) }
    return found
  }
}
