// Where an attacked image may be, and how it moves there: starts, steps and projections of one
// image.

internal import Basics
internal import Glibc

/// One image's memory in an attack, `count` pixels in each place.
@safe
struct AttackedImage {
  let count: Int
  /// The image as it was.
  let source: Floats
  let current: Floats
  /// The largest Float32 interval around each source pixel that lies in [0, 255], where the attack stays
  /// there, and within the radius.
  let lower: Floats
  let upper: Floats
}

/// The ball around an image, cut by the box [0, 255] of pixels where the attack stays in it. Lengths are in
/// these units.
///
/// What `start` and `step` leave in memory is inside both as Float32 numbers, not only but for
/// rounding.
struct PixelBall: Sendable {
  let norm: Attack.Norm
  let radius: Double
  let step: Double
  private let box: ClosedRange<Double>

  init(_ attack: Attack) {
    norm = attack.norm
    radius = attack.epsilon.times(255)
    step = attack.step.times(255)
    box = attack.isBoxed ? 0...255 : -Double.infinity...Double.infinity
  }

  func setBounds(_ image: AttackedImage) {
    for i in 0..<image.count {
      let source = unsafe Double(image.source[i])
      unsafe image.lower[i] = -Self.roundedDown(-max(box.lowerBound, source - radius))
      unsafe image.upper[i] = Self.roundedDown(min(box.upperBound, source + radius))
    }
  }

  /// Uniform in the ball, then cut by the box. L∞: pixel i moves by radius · symmetric() in
  /// Float32, one draw a pixel, in order. L2: normal numbers, scaled to the length radius ·
  /// u^(1/count).
  func start(_ image: AttackedImage, generator: inout SplitMix64) {
    switch norm {
    case .linf:
      for i in 0..<image.count {
        unsafe image.current[i] = image.source[i] + Float(radius) * generator.symmetric()
      }
    case .l2:
      var direction: [Double] = []
      direction.reserveCapacity(image.count + 1)
      while direction.count < image.count {
        // Box and Muller 1958.
        let length = (-2 * log(Self.unit(&generator))).squareRoot()
        let angle = 2 * Double.pi * Self.unit(&generator)
        direction += [length * cos(angle), length * sin(angle)]
      }
      direction.removeLast(direction.count - image.count)
      let length = radius * pow(Self.unit(&generator), 1 / Double(image.count))
      let squares = direction.reduce(0) { $0 + $1 * $1 }
      let scale = squares > 0 ? length / squares.squareRoot() : 0
      for i in 0..<image.count {
        unsafe image.current[i] = Float(Double(image.source[i]) + scale * direction[i])
      }
    }
    project(image)
  }

  /// One step along the gradient (`sign` 1) or against it (−1): along its signs for L∞, along its
  /// direction for L2. A gradient that is zero, or no number, moves nothing.
  func step(_ image: AttackedImage, along gradient: Floats, sign: Double) {
    switch norm {
    case .linf:
      let length = Float(sign * step)
      for i in 0..<image.count {
        let slope = unsafe gradient[i]
        unsafe image.current[i] += slope > 0 ? length : slope < 0 ? -length : 0
      }
    case .l2:
      var squares = 0.0
      for i in 0..<image.count { unsafe squares += Double(gradient[i]) * Double(gradient[i]) }
      guard squares > 0, squares.isFinite else { return }
      let scale = sign * step / squares.squareRoot()
      for i in 0..<image.count {
        unsafe image.current[i] = Float(Double(image.current[i]) + scale * Double(gradient[i]))
      }
    }
    project(image)
  }

  /// Into the ball, then into the box. For L2 the bounds are the box: the ball lies within its
  /// cube.
  private func project(_ image: AttackedImage) {
    if norm == .l2 { scaleIntoBall(image) }
    for i in 0..<image.count {
      unsafe image.current[i] = min(max(image.current[i], image.lower[i]), image.upper[i])
    }
  }

  private func scaleIntoBall(_ image: AttackedImage) {
    var squares = 0.0
    for i in 0..<image.count {
      let change = unsafe Double(image.current[i]) - Double(image.source[i])
      squares += change * change
    }
    // The margin covers the rounding of sums over up to millions of pixels.
    let limit = radius * (1 - 1e-9)
    guard squares.squareRoot() > limit else { return }
    let scale = limit / squares.squareRoot()
    for i in 0..<image.count {
      let source = unsafe Double(image.source[i])
      let change = unsafe scale * (Double(image.current[i]) - source)
      // Rounded towards the source: no change becomes longer.
      unsafe image.current[i] =
        change > 0 ? Self.roundedDown(source + change) : -Self.roundedDown(-(source + change))
    }
  }

  private static func roundedDown(_ value: Double) -> Float {
    let nearest = Float(value)
    return Double(nearest) > value ? nearest.nextDown : nearest
  }

  /// Uniform in (0, 1], a multiple of 2⁻⁵³.
  private static func unit(_ generator: inout SplitMix64) -> Double {
    Double((generator.next() >> 11) + 1) * 0x1p-53
  }
}
