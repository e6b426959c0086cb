// Outlier exposure: which outliers stand beside an epoch's samples. The loss is MomentumOptimiser's.

internal import Basics
package import Networks

/// Outliers beside an epoch's samples: images of which the network is to be certain of nothing (Hendrycks et al. 2019).
package struct Outliers {
  /// Times their mean cross-entropy to the uniform distribution, which is added to the samples' own mean loss.
  package let weight: Double
  /// As many as the epoch's samples: the one that stands beside each.
  package let order: [Int]
  /// Takes the positions that stand in `order`; called on several threads at once.
  package let source: SampleSource

  package init(weight: Double, order: [Int], source: @escaping SampleSource) {
    self.weight = weight
    self.order = order
    self.source = source
  }

  /// The outliers of an epoch, counted from 0, of so many samples: one permutation of all outliers, drawn from the seed,
  /// goes on from epoch to epoch, and begins again where it ends.
  package static func order(
    epoch: Int, samples: Int, outliers: Int, seed: UInt64
  ) -> [Int] {
    var generator = SplitMix64(seed: SplitMix64.mixed(SplitMix64.mixed(seed) ^ 0x0D1E))
    let permutation = generator.permutation(outliers)
    let first = epoch * samples % outliers
    return (0..<samples).map { permutation[(first + $0) % outliers] }
  }
}
