// The control in activation space against SciPy's densities and entropies: tools/goldens/gaussians.py.

import Analytics
import Foundation
import TestSupport
import Testing

private struct Golden: Decodable {
  struct Replicate: Decodable { let entropy, separation: Double }

  let z: [[Float]]
  let labels: [Int]
  let leftOut: Int
  let entropies: [Double]
  let divergences: [[Double]]
  let likelihoods: [[Double?]]
  let blocks: [[[Int]]]
  let draws: [[[UInt32]]]
  let replicates: [Replicate]

  static func read() throws -> Golden {
    let url = try #require(
      Bundle.module.url(
        forResource: "gaussians", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }

  func moments(_ samples: some Sequence<Int>) -> NeuronMoments {
    var moments = NeuronMoments(neurons: z[0].count)
    for sample in samples {
      let row = z[sample]
      moments.add(row.span)
    }
    return moments
  }

  var profiles: GaussianProfiles {
    let all = moments(labels.indices)
    return GaussianProfiles(
      all: all,
      classes: entropies.indices.map { label in
        moments(labels.indices.filter { labels[$0] == label })
      }, keeping: all.varying)
  }
}

@Suite struct GaussianProfilesTests {
  private let golden: Golden

  init() throws { golden = try Golden.read() }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * max(1, abs(b)) }

  @Test func `Entropies and divergences are those of normal distributions`() {
    let profiles = golden.profiles
    #expect(profiles.leftOut == golden.leftOut)
    #expect(profiles.kept == golden.z[0].count - golden.leftOut)
    for (label, row) in golden.divergences.enumerated() {
      #expect(isClose(profiles.entropy(label), golden.entropies[label]))
      for (other, expected) in row.enumerated() {
        #expect(isClose(profiles.divergence(label, from: profiles, other), expected))
      }
    }
    // A class of one sample has variances at their floor, and a differential entropy below zero.
    #expect(golden.entropies[3] < 0)
  }

  @Test func `A sample scores every class, and its own without itself`() {
    let profiles = golden.profiles
    for (sample, expected) in golden.likelihoods.enumerated() {
      let z = golden.z[sample]
      let found = profiles.logLikelihoods(z, leaving: z, outOf: golden.labels[sample])
      for (a, b) in zip(found, expected) {
        if let a, let b { #expect(isClose(a, b)) } else { #expect((a == nil) == (b == nil)) }
      }
    }
  }

  @Test func `A neuron that is not finite somewhere is in no sum`() {
    var z = golden.z
    let constant = z[0].indices.first { neuron in z.allSatisfy { $0[neuron] == z[0][neuron] } } ?? 0
    z[0][constant] = .nan
    var all = NeuronMoments(neurons: z[0].count)
    for row in z { all.add(row.span) }
    let classes = golden.entropies.indices.map { label in
      golden.moments(golden.labels.indices.filter { golden.labels[$0] == label })
    }
    let profiles = GaussianProfiles(all: all, classes: classes, keeping: all.varying)
    let found = profiles.logLikelihoods(z[0], leaving: z[0], outOf: golden.labels[0])
    #expect(zip(found, golden.likelihoods[0]).allSatisfy { isClose($0 ?? 0, $1 ?? 0) })
  }

  @Test func `Replicates merge the moments of the blocks they drew`() throws {
    var sums = ResampledMoments(draws: golden.draws)
    sums.add(golden.blocks.map { $0.map { golden.moments($0) } })
    let found = try #require(sums.measures)
    #expect(found.count == golden.replicates.count)
    for (a, b) in zip(found, golden.replicates) {
      #expect(isClose(a.meanEntropy, b.entropy) && isClose(a.separation ?? 0, b.separation))
    }
  }
}
