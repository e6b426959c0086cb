// The measures of many resampled runs in activation space from one set of moments: every replicate merges the moments of
// the blocks it drew. Leaves out which blocks those are (Resampling) and where moments come from.

internal import Basics

/// Sums over the neurons of a layer, some neurons at a time, for every replicate.
package struct ResampledMoments: Sendable {
  /// Of one replicate.
  package struct Measures: Sendable, Equatable {
    /// Mean over the classes, per neuron.
    package let meanEntropy: Double
    /// Mean off-diagonal KL per neuron; nil for a single class.
    package let separation: Double?
  }

  private let draws: [[[UInt32]]]
  private var sums: [Sums]

  private struct Sums: Sendable {
    var entropy = 0.0
    var divergence = 0.0
    var neurons = 0
  }

  /// - Parameter draws: by replicate, class and block, how often each block was drawn.
  package init(draws: [[[UInt32]]]) {
    self.draws = draws
    sums = draws.map { _ in Sums() }
  }

  /// Adds some neurons of the layer: of every class the moments of its blocks.
  package mutating func add(_ blocks: [[NeuronMoments]]) {
    let neurons = blocks.first?.first?.means.count ?? 0
    let added = Parallel.map(draws.count) { [draws] range in
      let draws = draws[range.lowerBound]
      precondition(draws.map(\.count) == blocks.map(\.count), "a weight for every block")
      let classes = zip(blocks, draws).map { blocks, draws in
        var moments = NeuronMoments(neurons: neurons)
        for (block, weight) in zip(blocks, draws) { moments.add(block, times: Int(weight)) }
        return moments
      }
      var all = NeuronMoments(neurons: neurons)
      for moments in classes { all.add(moments) }
      let profiles = GaussianProfiles(all: all, classes: classes, keeping: all.varying)
      var sums = Sums()
      sums.neurons = profiles.kept
      for label in classes.indices {
        sums.entropy += profiles.entropy(label)
        for other in classes.indices where other != label {
          sums.divergence += profiles.divergence(label, from: profiles, other)
        }
      }
      return sums
    }
    for (index, more) in added.enumerated() {
      sums[index].entropy += more.entropy
      sums[index].divergence += more.divergence
      sums[index].neurons += more.neurons
    }
  }

  /// Of every replicate; nil where one has no neuron that varies.
  package var measures: [Measures]? {
    guard sums.allSatisfy({ $0.neurons > 0 }) else { return nil }
    return zip(sums, draws).map { sums, draws in
      let (neurons, classes) = (Double(sums.neurons), draws.count)
      let pairs = classes * (classes - 1)
      return Measures(
        meanEntropy: sums.entropy / neurons / Double(max(classes, 1)),
        separation: pairs > 0 ? sums.divergence / neurons / Double(pairs) : nil)
    }
  }
}
