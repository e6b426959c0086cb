// What an attack is: projected gradient descent (Madry et al. 2018), its one-step case, the fast
// gradient sign method (Goodfellow et al. 2015), and the same step towards what the network predicts,
// ODIN's (Liang et al. 2018). Its text stands in Attack+Text, running it in Network+Attack.

/// The settings of an attack on images. Distances are those of pixels in [0, 1].
package struct Attack: Hashable, Sendable {
  /// What distance from the image is bounded.
  package enum Norm: String, CaseIterable, Sendable {
    /// The largest change of a pixel.
    case linf
    /// The root of the sum of squared changes.
    case l2
  }

  /// Where the first step begins.
  package enum Start: String, CaseIterable, Sendable {
    /// Uniform in the ball.
    case random
    /// The image itself.
    case zero
  }

  package let norm: Norm
  /// The ball's radius.
  package let epsilon: Fraction
  /// How far one step goes.
  package let step: Fraction
  package let steps: Int
  /// Starts, of which each sample keeps its worst case.
  package let restarts: Int
  package let start: Start
  /// The class position that samples are driven to; nil where they are driven off their own.
  package let target: Int?
  /// Of the random starts.
  package let seed: UInt64
  /// Where samples are driven to what the network takes them for: what logits are divided by in that
  /// loss.
  package let temperature: Double?

  package static let stepCounts = 1...10_000
  package static let restartCounts = 1...1_000
  package static let temperatures = 1e-3...1e9

  /// Without `epsilon` and `step`: 8/255 and 2/255, for L2 0.5 and 0.1.
  ///
  /// - Throws: `NetworkError` for settings no attack can have.
  package init(
    norm: Norm = .linf, epsilon: Fraction? = nil, step: Fraction? = nil, steps: Int = 20,
    restarts: Int = 1, start: Start = .random, target: Int? = nil, seed: UInt64 = 0
  ) throws {
    try self.init(
      norm: norm, epsilon: epsilon, step: step, steps: steps, restarts: restarts, start: start,
      target: target, seed: seed, temperature: nil)
  }

  private init(
    norm: Norm, epsilon: Fraction?, step: Fraction?, steps: Int, restarts: Int, start: Start,
    target: Int?, seed: UInt64, temperature: Double?
  ) throws {
    self.norm = norm
    self.epsilon = epsilon ?? norm.defaultEpsilon
    self.step = step ?? norm.defaultStep
    self.steps = steps
    self.restarts = restarts
    self.start = start
    self.target = target
    self.seed = seed
    self.temperature = temperature
    try check()
  }

  /// One step of size `epsilon` from the image itself.
  package static func fastGradientSign(
    norm: Norm = .linf, epsilon: Fraction? = nil, target: Int? = nil
  ) throws -> Attack {
    let epsilon = epsilon ?? norm.defaultEpsilon
    return try Attack(
      norm: norm, epsilon: epsilon, step: epsilon, steps: 1, start: .zero, target: target)
  }

  /// ODIN's step: every pixel by `epsilon` from the image itself, against the sign of the gradient of
  /// the cross-entropy of the network's own prediction, its logits divided by `temperature`. As its
  /// authors have it the moved image is not cut off at the ends of [0, 1]. Without `epsilon`: 0.0014.
  package static func odin(epsilon: Fraction? = nil, temperature: Double = 1000) throws -> Attack {
    let epsilon = epsilon ?? Fraction(0.0014)
    return try Attack(
      norm: .linf, epsilon: epsilon, step: epsilon, steps: 1, restarts: 1, start: .zero,
      target: nil, seed: 0, temperature: temperature)
  }

  /// Whether moved pixels stay in [0, 1].
  package var isBoxed: Bool { temperature == nil }

  /// Whether each step goes against the gradient of the loss.
  var descends: Bool { target != nil || temperature != nil }

  var isFastGradientSign: Bool {
    temperature == nil && steps == 1 && restarts == 1 && start == .zero && step == epsilon
      && seed == 0
  }

  private func check() throws {
    for (name, distance) in [("eps", epsilon), ("step", step)] {
      guard (0...norm.largest).contains(distance.value) else {
        throw Self.unusable(
          name, expected: "from 0 to \(Fraction(norm.largest)) (pixels are in [0, 1]: 8/255)",
          found: "\(distance)")
      }
    }
    for (name, count, known) in [
      ("steps", steps, Self.stepCounts), ("restarts", restarts, Self.restartCounts),
    ] where !known.contains(count) {
      throw Self.unusable(
        name, expected: "from \(known.lowerBound) to \(known.upperBound)", found: "\(count)")
    }
    guard start == .random || restarts == 1 else {
      throw Self.unusable(
        "restarts", expected: "to be 1 with start=zero, where all would be the same",
        found: "\(restarts)")
    }
    if let temperature, !Self.temperatures.contains(temperature) {
      throw Self.unusable(
        "T",
        expected: "from \(Fraction(Self.temperatures.lowerBound)) to "
          + "\(Fraction(Self.temperatures.upperBound))", found: "\(Fraction(temperature))")
    }
    if let target, target < 0 {
      throw Self.unusable("target", expected: "to be a class position from 0", found: "\(target)")
    }
  }

  static func unusable(_ name: String, expected: String, found: String) -> NetworkError {
    NetworkError("attack: expected \(name) \(expected), found \(found).")
  }
}

extension Attack.Norm {
  var defaultEpsilon: Fraction { self == .linf ? Fraction(8, over: 255) : Fraction(0.5) }
  var defaultStep: Fraction { self == .linf ? Fraction(2, over: 255) : Fraction(0.1) }
  /// Beyond it every image is in the ball, or nearly every one.
  var largest: Double { self == .linf ? 1 : 1000 }
}
