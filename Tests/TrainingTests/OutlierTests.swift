// Outlier exposure where it is not PyTorch's to say: which outliers stand beside which samples, and in which block.

import Glibc
import NetworkTestSupport
import Networks
import Synchronization
import TestSupport
import Testing
import Training
import WeightFiles

@Suite struct OutlierTests {
  private let samples = uniform(200 * 72, seed: 21)
  private let labels = (0..<200).map { $0 * 13 % 4 }

  private func trainer(
    _ batch: Int, momentum: Double = 0.9, threads: Int = 2, seed: UInt64 = 1
  ) -> Trainer {
    var settings = TrainingSettings()
    (settings.batchSize, settings.learningRate, settings.momentum) = (batch, 0.1, momentum)
    return Trainer(Network(.small, seed: seed), settings: settings, seed: 2, threads: threads)
  }

  /// An epoch over the first `count` samples, those from 100 being outliers.
  private func run(
    _ trainer: Trainer, count: Int, weight: Double?, epoch: Int = 0
  ) -> TrainingRecord {
    let source: SampleSource = { position, sample in
      for i in 0..<72 { sample[i] = samples[position * 72 + i] }
    }
    let order = Outliers.order(epoch: epoch, samples: count, outliers: 30, seed: 7).map { 100 + $0 }
    return trainer.runEpoch(
      order: Array(0..<count), labels: labels, source: source,
      outliers: weight.map { Outliers(weight: $0, order: order, source: source) },
      onStep: { _ in })
  }

  @Test func `One permutation goes on from epoch to epoch, and begins again where it ends`() {
    let epochs = (0..<6).map { Outliers.order(epoch: $0, samples: 20, outliers: 30, seed: 3) }
    let all = epochs.flatMap { $0 }
    #expect(Set(all.prefix(30)) == Set(0..<30) && all.prefix(30) != Array(0..<30)[...])
    for i in 30..<120 { #expect(all[i] == all[i - 30]) }
    // Fewer than a single epoch's samples.
    let few = Outliers.order(epoch: 0, samples: 20, outliers: 3, seed: 3)
    #expect(Set(few.prefix(3)) == [0, 1, 2] && few[3...].elementsEqual(few[..<17]))
    #expect(Outliers.order(epoch: 0, samples: 20, outliers: 30, seed: 4) != epochs[0])
    let last = Outliers.order(epoch: 999_999, samples: 1_000_000, outliers: 30, seed: 3)
    #expect(last[0] == all[999_999 * 1_000_000 % 30])
  }

  /// Batch normalisation takes its statistics block by block: none may be of samples or of outliers alone.
  @Test func `Every block of 32 has as many outliers as samples`() {
    let seen = Mutex<[(isOutlier: Bool, position: Int)]>([])
    func source(_ isOutlier: Bool) -> SampleSource {
      { position, sample in
        seen.withLock { $0.append((isOutlier, position)) }
        for i in 0..<72 { sample[i] = samples[position * 72 + i] }
      }
    }
    let order = (0..<50).map { 199 - $0 }
    _ = trainer(40, threads: 1).runEpoch(
      order: Array(0..<50), labels: labels, source: source(false),
      outliers: Outliers(weight: 1, order: order, source: source(true)), onStep: { _ in })
    let calls = seen.withLock { $0 }
    // Batches of 40 and 10 samples, of 80 and 20 positions.
    #expect(calls.count == 100)
    var next = 0
    for size in [32, 32, 16, 20] {
      let block = calls[next..<next + size]
      next += size
      let (own, outliers) = (block.filter { !$0.isOutlier }, block.filter(\.isOutlier))
      #expect(own.count == size / 2)
      // Each beside its own sample.
      #expect(own.map { 199 - $0.position } == outliers.map(\.position))
    }
  }

  @Test func `Bits do not depend on threads`() {
    let results = [1, 2, 3].map { threads in
      let trainer = trainer(48, threads: threads)
      return ((0..<2).map { run(trainer, count: 90, weight: 0.5, epoch: $0) }, trainer.checkpoint())
    }
    for other in results.dropFirst() {
      #expect(difference(other.0, results[0].0) == nil)
      #expect(difference(other.1, results[0].1) == nil)
    }
  }

  /// Without batch normalisation an outlier of no weight changes no gradient, and one of weight w changes it by w times
  /// what it does alone: the velocity of a first step.
  @Test func `The outliers' gradient is added by its weight`() throws {
    func gradient(_ weight: Double?) throws -> [String: [Double]] {
      let trainer = trainer(40)
      let record = run(trainer, count: 40, weight: weight)
      #expect((record.outlierLoss != nil) == (weight != nil) && record.samples == 40)
      return trainer.checkpoint().tensors.filter { $0.key.hasPrefix("momentum.") }
        .mapValues { $0.values.map(Double.init) }
    }
    let (plain, none) = (try gradient(nil), try gradient(0))
    let (one, three) = (try gradient(1), try gradient(3))
    for (name, expected) in plain {
      let scale = expected.map(abs).reduce(0, max)
      func near(_ a: [Double], _ b: [Double]) -> Bool {
        zip(a, b).allSatisfy { abs($0 - $1) < 2e-5 * scale }
      }
      let found = try #require(none[name])
      #expect(near(found, expected), "\(name)")
      let once = zip(try #require(one[name]), expected).map { $0 - $1 }
      let thrice = zip(try #require(three[name]), expected).map { ($0 - $1) / 3 }
      #expect(near(once, thrice) && once.contains { abs($0) > 0.01 * scale }, "\(name)")
    }
  }

  /// What it is for: outliers that were seen are less certain, samples are learnt all the same.
  @Test func `Exposure lowers what outliers are certain of`() throws {
    let (exposed, plain) = (trainer(40), trainer(40))
    let records = (0..<80).map { run(exposed, count: 60, weight: 1, epoch: $0) }
    for _ in 0..<80 { _ = run(plain, count: 60, weight: nil) }
    #expect(records[79].correct > 50 && records[79].loss < records[0].loss / 2)
    // ln 4 is the least.
    #expect(try #require(records[79].outlierLoss) < 1.45)
    func confidence(_ trainer: Trainer) -> Double {
      let logits = trainer.network.forward(Array(samples[(100 * 72)..<(130 * 72)]), count: 30)
        .logits
      return (0..<30).reduce(0) { sum, row in
        let own = logits[row * 4..<row * 4 + 4].map(Double.init)
        let total = own.reduce(0) { $0 + exp($1) }
        return sum + exp(own.reduce(-.infinity, max)) / total / 30
      }
    }
    #expect(confidence(exposed) < 0.4 && confidence(plain) > 0.5)
  }
}
