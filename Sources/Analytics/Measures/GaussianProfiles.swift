// The control in activation space: the pre-activations z of a class as independent Gaussians, one per neuron, and what
// their entropies, divergences and likelihoods come to. Leaves out where z comes from, and resampling (ResampledMoments).

internal import CKernels
internal import Glibc

/// Running mean and sum of squared deviations of every neuron of a layer over the samples added so far (Welford 1962).
package struct NeuronMoments: Sendable {
  package private(set) var samples = 0
  package private(set) var means: [Double]
  /// Σ (z − mean)².
  package private(set) var squares: [Double]

  package init(neurons: Int) {
    means = [Double](repeating: 0, count: neurons)
    squares = means
  }

  /// - Parameter z: of one sample, a number per neuron.
  package mutating func add(_ z: Span<Float>) {
    precondition(z.count == means.count, "pre-activations of another layer")
    samples += 1
    unsafe z.withUnsafeBufferPointer { z in
      guard let base = z.baseAddress else { return }
      unsafe engram_add_moments(base, z.count, Double(samples), &means, &squares)
    }
  }

  /// Neurons whose values are finite and differ between samples.
  package var varying: [Bool] { squares.map { $0 > 0 && $0.isFinite } }

  /// The samples of others as well, each `weight` times (Chan, Golub & LeVeque 1979).
  package mutating func add(_ other: NeuronMoments, times weight: Int = 1) {
    let added = other.samples * weight
    guard added > 0 else { return }
    let all = samples + added
    let (share, cross) = (
      Double(added) / Double(all), Double(samples) * Double(added) / Double(all)
    )
    for neuron in means.indices {
      let shift = other.means[neuron] - means[neuron]
      means[neuron] += shift * share
      squares[neuron] += Double(weight) * other.squares[neuron] + shift * shift * cross
    }
    samples = all
  }
}

/// Every class of one layer as independent Gaussians, a mean m and a variance v (divided by N) per neuron.
///
/// A variance is at least `GaussianProfiles.floor` of the neuron's variance over all samples of the run. Neurons that
/// never vary in it, or are not finite, are left out of every sum.
package struct GaussianProfiles: Sendable {
  /// The least share of a neuron's variance over the whole run that its variance in a class is taken for.
  package static let floor = 1e-6

  package let neurons: Int
  /// Neurons that no sum holds.
  package let leftOut: Int
  private let isKept: [Bool]
  /// By neuron, at least which its variance is taken for.
  private let floors: [Double]
  private let classes: [Profile]

  private struct Profile: Sendable {
    let moments: NeuronMoments
    /// 0 for neurons that are left out, as all of these are.
    var means: [Double]
    var variances: [Double]
    var inverses: [Double]
    /// Σ ln v over the kept neurons.
    var logs = 0.0
  }

  /// - Parameters:
  ///   - all: of all samples of the run.
  ///   - classes: of every class, each with samples.
  ///   - isKept: Neurons that the sums are over, `all.varying` or fewer.
  package init(all: NeuronMoments, classes: [NeuronMoments], keeping isKept: [Bool]) {
    neurons = all.means.count
    let floors = all.squares.map { Self.floor * $0 / Double(max(all.samples, 1)) }
    self.isKept = isKept
    leftOut = isKept.count { !$0 }
    self.floors = floors
    self.classes = classes.map { moments in
      precondition(moments.samples > 0, "a class of the profile has samples")
      let zeros = [Double](repeating: 0, count: isKept.count)
      var profile = Profile(moments: moments, means: zeros, variances: zeros, inverses: zeros)
      for neuron in isKept.indices where isKept[neuron] {
        profile.means[neuron] = moments.means[neuron]
        let variance = max(moments.squares[neuron] / Double(moments.samples), floors[neuron])
        profile.variances[neuron] = variance
        profile.inverses[neuron] = 1 / variance
        profile.logs += log(variance)
      }
      return profile
    }
  }

  package var count: Int { classes.count }
  /// Neurons that every sum is over.
  package var kept: Int { neurons - leftOut }

  /// ½ Σ ln(2πe v) of a class, in nats; negative where variances are small.
  package func entropy(_ label: Int) -> Double {
    0.5 * (Double(kept) * log(2 * Double.pi * M_E) + classes[label].logs)
  }

  /// KL(P‖Q) = ½ Σ [ln(v_Q / v_P) + (v_P + (m_P − m_Q)²) / v_Q − 1] in nats, P a class of these and Q one of others, which
  /// leave out the same neurons.
  package func divergence(_ label: Int, from others: GaussianProfiles, _ other: Int) -> Double {
    precondition(isKept == others.isKept, "profiles of the same neurons")
    let (p, q) = (classes[label], others.classes[other])
    let cross = unsafe engram_gaussian_cross(
      p.means, p.variances, q.means, q.inverses, neurons)
    return max(0, 0.5 * (q.logs - p.logs + cross - Double(kept)))
  }

  /// ln L(z | c) = −½ Σ [ln(2π v) + (z − m)² / v] in nats of one sample under every class.
  ///
  /// - Parameters:
  ///   - own: The class that `twin` was counted in, where the sample is one of those that it was learned from.
  ///   - twin: The pre-activations that it gave to its class, which are left out of it.
  /// - Returns: nil for its own class where no sample is left in it.
  package func logLikelihoods(
    _ z: [Float], leaving twin: [Float], outOf own: Int?
  ) -> [Double?] {
    precondition(z.count == neurons && twin.count == neurons, "pre-activations of this layer")
    let constant = Double(kept) * log(2 * Double.pi)
    let z = leftOut == 0 ? z : zip(z, isKept).map { $1 ? $0 : 0 }
    return classes.indices.map { label in
      let profile = classes[label]
      if label == own { return leftOut(z, twin, profile).map { -0.5 * (constant + $0) } }
      let distance = unsafe engram_gaussian_distance(
        z, profile.means, profile.inverses, neurons)
      return -0.5 * (constant + profile.logs + distance)
    }
  }

  /// Σ [ln v + (z − m)² / v] with mean and variance of a class without one of its samples.
  private func leftOut(_ z: [Float], _ twin: [Float], _ profile: Profile) -> Double? {
    let count = Double(profile.moments.samples)
    guard count > 1 else { return nil }
    var sum = 0.0
    for neuron in 0..<neurons where isKept[neuron] {
      let mean = profile.means[neuron]
      let gap = Double(twin[neuron]) - mean
      let square = profile.moments.squares[neuron] - gap * gap * count / (count - 1)
      let variance = max(square / (count - 1), floors[neuron])
      let distance = Double(z[neuron]) - (mean - gap / (count - 1))
      sum += log(variance) + distance * distance / variance
    }
    return sum
  }
}
