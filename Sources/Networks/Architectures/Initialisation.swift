// What untrained parameters are drawn from: the distributions of PyTorch and torchvision, not their
// numbers.

internal import Basics
internal import Glibc

/// Distributions by kind of layer. Batch normalisation begins as the identity: weight 1, bias 0,
/// running mean 0, running variance 1.
package struct Initialisation: Hashable, Sendable {
  /// Which side of a layer sets the width of a distribution.
  package enum Fan: Hashable, Sendable { case fanIn, fanOut }

  /// What the weights of a layer are drawn from.
  package enum Distribution: Hashable, Sendable {
    /// Weight and bias uniform within ±1 / √fan_in: PyTorch's default.
    case standard
    /// The same weights; bias 0.
    case standardWithoutBias
    /// Normal with √(2 / fan) (He et al. 2015).
    case kaimingNormal(Fan, biasIsZero: Bool = true)
    /// Uniform within ±√(6 / fan_in) (He et al. 2015); bias 0.
    case kaimingUniform
    /// Normal with this deviation; bias 0.
    case normal(Double)
    /// The same, of absolute value 2 at most.
    case truncatedNormal(Double, biasIsZero: Bool = true)
  }

  package let convolution: Distribution
  package let fullyConnected: Distribution
  /// Layers that differ from their kind, by name.
  package let exceptions: [String: Distribution]

  package init(
    convolution: Distribution = .standard, fullyConnected: Distribution = .standard,
    of exceptions: [String: Distribution] = [:]
  ) {
    self.convolution = convolution
    self.fullyConnected = fullyConnected
    self.exceptions = exceptions
  }

  package static let standard = Initialisation()

  func distribution(of node: Node) -> Distribution {
    if let own = exceptions[node.name] { return own }
    switch node.layer {
    case .convolution, .groupedConvolution: return convolution
    default: return fullyConnected
    }
  }
}

extension Initialisation.Distribution {
  /// - Parameters:
  ///   - fanIn: Inputs that feed one output.
  ///   - fanOut: Outputs that one input feeds.
  func weights(
    _ count: Int, fanIn: Int, fanOut: Int, generator: inout SplitMix64
  ) -> [Float] {
    switch self {
    case .standard, .standardWithoutBias:
      uniform(count, 1 / Double(fanIn).squareRoot(), &generator)
    case .kaimingUniform: uniform(count, (6 / Double(fanIn)).squareRoot(), &generator)
    case .kaimingNormal(let fan, _):
      generator.normals(count, deviation: (2 / Double(fan == .fanIn ? fanIn : fanOut)).squareRoot())
    case .normal(let deviation): generator.normals(count, deviation: deviation)
    case .truncatedNormal(let deviation, _):
      generator.normals(count, deviation: deviation, largest: 2)
    }
  }

  func biases(_ count: Int, fanIn: Int, generator: inout SplitMix64) -> [Float] {
    switch self {
    case .standard, .kaimingNormal(_, biasIsZero: false),
      .truncatedNormal(_, biasIsZero: false):
      uniform(count, 1 / Double(fanIn).squareRoot(), &generator)
    case .standardWithoutBias, .kaimingNormal, .kaimingUniform, .normal, .truncatedNormal:
      [Float](repeating: 0, count: count)
    }
  }

  private func uniform(
    _ count: Int, _ bound: Double, _ generator: inout SplitMix64
  ) -> [Float] {
    let bound = Float(bound)
    return (0..<count).map { _ in bound * generator.symmetric() }
  }
}

extension SplitMix64 {
  /// Normal numbers by Box and Muller: of two outputs, each its top 53 bits, u in (0, 1] and v in
  /// [0, 1), √(−2 ln u) times cos 2πv and then times sin 2πv. Those of absolute value above
  /// `largest` are left out.
  mutating func normals(
    _ count: Int, deviation: Double, largest: Double = .infinity
  ) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(count)
    while values.count < count {
      let radius = (-2 * log(Double((next() >> 11) + 1) * 0x1p-53)).squareRoot()
      let angle = 2 * Double.pi * Double(next() >> 11) * 0x1p-53
      for value in [radius * cos(angle), radius * sin(angle)] {
        let scaled = deviation * value
        if values.count < count, abs(scaled) <= largest { values.append(Float(scaled)) }
      }
    }
    return values
  }
}
