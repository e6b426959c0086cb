// How well every sample's pattern fits the profiles of the classes: of its own run, or of another run of the network.
// Patterns are read by SamplePatterns, rows written by LikelihoodRows.

import Analytics
internal import Basics
import Bits
import SQLiteKit

extension Warehouse {
  /// Interactions × samples × classes that a measure scores unasked: about half a minute on two cores.
  package static var mostUnaskedScores: Double { 3e12 }

  /// Writes a likelihood row per sample under the true labels' profiles of `profiles`, in place of what was there.
  /// A sample that is one of those the profiles were learned from is left out of its own class's.
  /// - Parameter isAsked: otherwise layers that would take minutes are left out, with a note.
  func measureLikelihoods(
    run: Stored<RunRecord>, under profiles: CounterSource, isAsked: Bool,
    _ summary: inout MeasureSummary
  ) throws {
    let source = profiles
    let classes = source.classes[0]
    guard !classes.isEmpty else { return }
    let samples = try samples(run: run.id)
    let units = source.rows * source.columns
    guard
      try clear(
        source.profiles, of: run, samples: samples.count, units: units, isAsked: isAsked, &summary)
    else { return }
    let scores = try scores(samples, of: run, under: source)
    try write(scores, of: run, under: source.profiles, &summary)
  }

  /// Whether a run's samples are scored under its own profiles in one pass with its measures by class: their bits follow from
  /// what the file keeps, and what every thread adds up for them fits 256 MiB.
  func isScoredWithClasses(_ source: CounterSource) throws -> Bool {
    let samples = try predictions(run: source.run.id)
    let lanes = TileLikelihoods.lanes(classes: source.classes[0].count)
    let sums = samples * lanes * Parallel.processors
    return try !source.classes[0].isEmpty && sums <= 1 << 25
      && isDerivable(source.run, source.layer)
  }

  /// `measureClasses`, and `measureLikelihoods` under the run's own profiles.
  func measureClassesAndLikelihoods(
    _ source: CounterSource, _ summary: inout MeasureSummary
  ) throws {
    let samples = try predictions(run: source.run.id)
    let isScored = try clear(
      source.profiles, of: source.run, samples: samples, units: source.rows * source.columns,
      isAsked: false, &summary)
    let scores = try measureClasses(source, isScored: isScored, &summary)
    if isScored { try write(scores, of: source.run, under: source.profiles, &summary) }
  }

  /// Takes out the likelihoods of a run under profiles.
  /// - Returns: whether they are to be computed anew: unasked only where that takes no minutes, or a note says so.
  func clear(
    _ profiles: MeasuredProfiles, of run: Stored<RunRecord>, samples: Int, units: Int,
    isAsked: Bool, _ summary: inout MeasureSummary
  ) throws -> Bool {
    try connection.takeOut(
      from: .likelihood, run: run.id, against: profiles.run.id,
      where: [
        "layer_id": .integer(profiles.layer.id), "kind": .text(profiles.kind.rawValue),
        "grouping": .text(ProfileGrouping.true.name),
      ])
    let work = Double(units) * Double(samples) * Double(profiles.classes.count)
    guard work > Self.mostUnaskedScores, !isAsked else { return true }
    summary.notes.append(
      "no likelihoods of the \(profiles.kind.rawValue)s of layer \(profiles.layer.name): \(samples) samples under "
        + "\(profiles.classes.count) classes take minutes; engram-ingest measure --run \(run.name) "
        + "--under \(profiles.run.name) computes them")
    return false
  }

  /// The class of every sample among some profiles', by its place there; nil where it is none of them.
  func labels(
    _ samples: [SampleRow], of run: Stored<RunRecord>, among classes: [CounterSource.Class]
  ) throws -> [Int?] {
    let keys = Dictionary(
      uniqueKeysWithValues: try self.classes(dataSet: run.dataSetID).map {
        ($0.id, ByteText($0.key))
      })
    let positions = Dictionary(
      uniqueKeysWithValues: classes.enumerated().map { (ByteText($1.key), $0) })
    return samples.map { $0.classID.flatMap { keys[$0] }.flatMap { positions[$0] } }
  }

  private func scores(
    _ samples: [SampleRow], of run: Stored<RunRecord>, under source: CounterSource
  ) throws -> [LikelihoodScore] {
    let classes = source.classes[0]
    let width = classes.count + 1
    let labels = try labels(samples, of: run, among: classes)
    // Samples of one data set have one id in every run.
    let learned: Set<Int> =
      source.run.id == run.id
      ? Set(samples.map(\.id)) : Set(try self.samples(run: source.run.id).map(\.id))
    let own = zip(samples, labels).map { learned.contains($0.id) ? $1 : nil }
    var sums = [Double](repeating: 0, count: samples.count * width)
    var (all, leftOut) = (
      [Double](repeating: 0, count: classes.count), [Double](repeating: 0, count: classes.count)
    )
    var patterns = PatternBatch()
    try forEachMatrix(of: source, scoring: samples.count) { matrix in
      let constants = matrix.constants
      for label in classes.indices {
        all[label] += constants.all[label]
        leftOut[label] += constants.leftOut[label]
      }
      for start in stride(from: 0, to: samples.count, by: Self.samplesPerPass) {
        let pass = start..<min(start + Self.samplesPerPass, samples.count)
        try self.patterns(samples[pass], of: run, source, matrix, into: &patterns)
        let out: LikelihoodMatrix.LeftOut =
          source.run.id == run.id
          ? .itself : .twins(try twins(samples[pass], learned, patterns, source, matrix))
        let parts = Parallel.map(matrix.groups) { [own, patterns] group in
          matrix.partialSums(
            group: group.lowerBound, patterns: patterns, leaving: out, own: Array(own[pass]))
        }
        for part in parts {
          for (index, value) in part.enumerated() { sums[start * width + index] += value }
        }
      }
    }
    return samples.indices.map { index in
      let row = sums[index * width..<(index + 1) * width]
      var values = zip(row, all).map { $0 + $1 }
      if let label = own[index] { values[label] = row[row.endIndex - 1] + leftOut[label] }
      return LikelihoodScore(
        sample: samples[index], label: labels[index], isLeftOut: own[index] != nil, values: values)
    }
  }
}
