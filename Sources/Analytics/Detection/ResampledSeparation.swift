// How well many scores tell the same samples of two runs apart, with intervals of the area under the ROC curve: what
// engram_separation says of each, to the last bit, where the draws are made once for all of them. Leaves out several groups
// of negatives, and the intervals of the other measures (ResampledScores).

internal import Basics
internal import CKernels
internal import Synchronization

/// Scores of one run's samples, sorted once for every run that they are compared with.
package struct SortedScores: Sendable {
  /// In the samples' order.
  package let values: [Double]
  /// The samples' places, the largest score first.
  let order: [Int32]
  /// The scores in that order.
  let descending: [Double]

  /// - Parameter values: Without NaN.
  package init(_ values: [Double]) {
    precondition(values.count <= Int(Int32.max), "Samples are counted in 32 bits.")
    self.values = values
    order = values.descendingOrder()
    descending = order.map { values[Int($0)] }
  }

  /// The scores of both runs, the largest first.
  package static func descending(
    _ inside: SortedScores, _ outside: SortedScores
  ) -> [(score: Double, isInside: Bool)] {
    var scores: [(score: Double, isInside: Bool)] = []
    scores.reserveCapacity(inside.values.count + outside.values.count)
    var others = outside.descending[...]
    func take(above score: Double?) {
      while let other = others.first {
        if let score, other <= score { return }
        scores.append((other, false))
        others.removeFirst()
      }
    }
    for score in inside.descending {
      take(above: score)
      scores.append((score, true))
    }
    take(above: nil)
    return scores
  }
}

/// The measures of engram_separation that a report shows.
package struct ResampledSeparation: Sendable, Equatable {
  package let areaUnderROC: Double
  /// Its 2.5 % and 97.5 % points over the replicates.
  package let low: Double
  package let high: Double
  package let falsePositivesAt95: Double
  package let averagePrecisionInside: Double
}

/// Replicates by seed, their draws kept by how many samples there are on either side. Safe from several threads at once.
package final class SeparationResampler: Sendable {
  private let replicates: Int
  private let seed: UInt64
  private let kept = Mutex<[Sides: [UInt16]]>([:])
  /// Draws of one kind, and of all that are kept: 128 MB.
  private static let mostKept = 1 << 26

  private struct Sides: Hashable {
    let positives: Int
    let negatives: Int
  }

  /// - Precondition: `replicates` is positive.
  package init(replicates: Int, seed: Int) {
    precondition(replicates > 0, "An interval is of replicates.")
    (self.replicates, self.seed) = (replicates, UInt64(bitPattern: Int64(seed)))
  }

  /// nil where either side has no score.
  package func separation(
    of inside: SortedScores, from outside: SortedScores
  ) -> ResampledSeparation? {
    guard let scores = RankedScores(positives: inside, negatives: outside) else { return nil }
    let measures = scores.measures
    let areas = areas(scores)
    let (low, high) = ResampledScores.interval(areas)
    return ResampledSeparation(
      areaUnderROC: measures[0], low: low, high: high, falsePositivesAt95: measures[1],
      averagePrecisionInside: measures[2])
  }

  /// Of every replicate.
  private func areas(_ scores: RankedScores) -> [Double] {
    let sides = Sides(positives: scores.positives.count, negatives: scores.negatives.count)
    guard let draws = draws(sides) else {
      return (0..<replicates).map { replicate in
        var generator = ResampledScores.generator(seed: seed, replicate: replicate)
        let drawn = generator.next(sides.positives, below: sides.positives)
        return scores.measures(positives: drawn, &generator)[0]
      }
    }
    let (samples, begins) = scores.descending
    var halves = [UInt64](repeating: 0, count: lanes)
    unsafe engram_resampled_areas(
      samples, begins, samples.count, sides.positives, draws, lanes, &halves)
    return halves.prefix(replicates).map { scores.area(halves: Int($0)) }
  }

  /// The replicates, and as many empty ones behind them as fill the last register.
  private var lanes: Int { (replicates + 15) / 16 * 16 }

  /// How often each sample is drawn, positives before negatives, as the kernel has them. nil where they are too many to be
  /// kept.
  private func draws(_ sides: Sides) -> [UInt16]? {
    let samples = sides.positives + sides.negatives
    let count = samples * lanes
    guard count <= Self.mostKept else { return nil }
    return kept.withLock { kept in
      if let draws = kept[sides] { return draws }
      var draws = [UInt16](repeating: 0, count: count)
      for replicate in 0..<replicates {
        let width = replicate < lanes / 64 * 64 ? 64 : 16
        let first = replicate / width * width * samples + replicate % width
        var generator = ResampledScores.generator(seed: seed, replicate: replicate)
        for (own, count) in [(0, sides.positives), (sides.positives, sides.negatives)] {
          for index in generator.next(count, below: count) {
            draws[first + (own + Int(index)) * width] += 1
          }
        }
      }
      if kept.values.reduce(count, { $0 + $1.count }) > Self.mostKept { kept.removeAll() }
      kept[sides] = draws
      return draws
    }
  }
}
