// The ten figures of the generated data set, as point sets. No drawing.

/// A class of the generated data set. Figures lie within the unit circle.
enum ShapeKind: String, CaseIterable, Sendable {
  case circle, square, triangle, cross, ring, star, crescent, arrow, stripes, checker

  func contains(_ u: Double, _ v: Double) -> Bool {
    switch self {
    case .circle: return u * u + v * v < 0.81
    case .ring: return u * u + v * v < 0.9025 && u * u + v * v > 0.3025
    case .crescent:
      return u * u + v * v < 0.9025 && (u - 0.45) * (u - 0.45) + v * v > 0.5625
    case .stripes, .checker:
      guard abs(u) < 0.8, abs(v) < 0.8 else { return false }
      if self == .stripes { return Int((u + 0.8) / 0.32) % 2 == 0 }
      return (Int((u + 0.8) / 0.4) + Int((v + 0.8) / 0.4)) % 2 == 0
    case .square: return abs(u) < 0.75 && abs(v) < 0.75
    case .cross:
      return (abs(u) < 0.95 && abs(v) < 0.28) || (abs(v) < 0.95 && abs(u) < 0.28)
    case .triangle: return Self.isInside(Self.triangleCorners, u, v)
    case .star: return Self.isInside(Self.starCorners, u, v)
    case .arrow: return Self.isInside(Self.arrowCorners, u, v)
    }
  }

  private static let triangleCorners = [(0, 0.95), (0.8227, -0.475), (-0.8227, -0.475)]
  private static let arrowCorners = [
    (0, 0.95), (0.7, 0.1), (0.25, 0.1), (0.25, -0.9), (-0.25, -0.9), (-0.25, 0.1), (-0.7, 0.1),
  ]
  /// Five points on the unit circle, five inner corners on a circle of 0.42.
  private static let starCorners = [
    (0, 1), (0.2469, 0.3398), (0.9511, 0.3090), (0.3994, -0.1298), (0.5878, -0.8090),
    (0, -0.42), (-0.5878, -0.8090), (-0.3994, -0.1298), (-0.9511, 0.3090), (-0.2469, 0.3398),
  ]

  /// Even–odd rule.
  private static func isInside(_ corners: [(Double, Double)], _ u: Double, _ v: Double) -> Bool {
    var inside = false
    var (px, py) = corners[corners.count - 1]
    for (x, y) in corners {
      if (y > v) != (py > v), u < (px - x) * (v - y) / (py - y) + x { inside.toggle() }
      (px, py) = (x, y)
    }
    return inside
  }
}
