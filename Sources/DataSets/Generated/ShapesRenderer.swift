// Draws a generated scene, plain or stylised. Only + − × ÷ on Double, which IEEE 754 rounds alike
// everywhere: the bytes are the same on every machine.

/// Turns scenes into bytes.
struct ShapesRenderer: Sendable {
  enum Style: String, CaseIterable, Sendable {
    case plain = "shapes"
    case stylised = "shapes-stylised"
  }

  enum Split: String, CaseIterable, Sendable { case train, test }

  static let side = 32

  let style: Style

  /// Appends the planes R, G, B of a scene.
  func draw(_ scene: ShapeScene, onto pixels: inout [UInt8]) {
    var image: [Colour]
    switch style {
    case .plain: image = plain(scene)
    case .stylised: image = stylised(scene)
    }
    for i in image.indices {
      image[i] = image[i].clamped(
        lowerBound: Colour(repeating: 0), upperBound: Colour(repeating: 1))
    }
    for channel in 0..<3 {
      for colour in image { pixels.append(UInt8(colour[channel] * 255 + 0.5)) }
    }
  }

  /// Soft shading, texture and pixel noise.
  private func plain(_ scene: ShapeScene) -> [Colour] {
    var generator = scene.texture
    let ground = Texture(using: &generator)
    let skin = Texture(using: &generator)
    let layers = scene.distractors + [scene.figure] + (scene.occluder.map { [$0] } ?? [])
    return Self.positions.map { column, row in
      var colour = Self.ground(scene, column, row) + 0.3 * ground.value(column, row)
      for layer in layers {
        let share = layer.coverage(column, row)
        guard share > 0 else { continue }
        colour += share * (layer.colour + 0.3 * skin.value(column, row) - colour)
      }
      let noise = Colour(generator.unit(), generator.unit(), generator.unit()) - 0.5
      return colour + 0.16 * noise
    }
  }

  /// A posterised sketch: three levels of each primary, dark outlines, the figures hatched.
  private func stylised(_ scene: ShapeScene) -> [Colour] {
    var generator = scene.texture
    let ground = Texture(using: &generator)
    var image = Self.positions.map { column, row in
      Self.posterise(Self.ground(scene, column, row) + 0.3 * ground.value(column, row))
    }
    let ink = Colour(repeating: 0.08)
    for layer in scene.distractors + [scene.figure] + (scene.occluder.map { [$0] } ?? []) {
      let mask = Self.positions.map { layer.coverage($0, $1) }
      let fill = Self.posterise(layer.colour)
      for (i, (column, row)) in Self.positions.enumerated() where mask[i] > 0 {
        let hatched = (column + 2 * row) % 5 == 0
        image[i] += mask[i] * ((hatched ? 0.5 * (fill + ink) : fill) - image[i])
        let isEdge = [(-1, 0), (1, 0), (0, -1), (0, 1)].contains { dx, dy in
          let (x, y) = (column + dx, row + dy)
          guard (0..<Self.side).contains(x), (0..<Self.side).contains(y) else { return false }
          return mask[y * Self.side + x] < 0.5
        }
        if isEdge, mask[i] >= 0.5 { image[i] = ink }
      }
    }
    return image
  }

  private static let positions: [(Int, Int)] = (0..<side * side).map { ($0 % side, $0 / side) }

  /// A gradient between the two background colours.
  private static func ground(_ scene: ShapeScene, _ column: Int, _ row: Int) -> Colour {
    let (cosine, sine) = scene.backgroundTurn
    let along = (cosine * Double(column - 16) + sine * Double(row - 16)) / 45 + 0.5
    return scene.background.0 + along * (scene.background.1 - scene.background.0)
  }

  private static func posterise(_ colour: Colour) -> Colour {
    let levels = (colour * 3).rounded(.down)
    return levels.clamped(lowerBound: Colour(repeating: 0), upperBound: Colour(repeating: 2)) * 0.5
  }
}

/// Smooth random brightness: a lattice of draws, interpolated linearly.
private struct Texture {
  private static let cells = 8
  private let lattice: [Double]

  init(using generator: inout SeededGenerator) {
    var lattice: [Double] = []
    for _ in 0..<(Self.cells + 1) * (Self.cells + 1) { lattice.append(generator.unit() - 0.5) }
    self.lattice = lattice
  }

  /// Between −½ and ½.
  func value(_ column: Int, _ row: Int) -> Double {
    let step = ShapesRenderer.side / Self.cells
    let corner = row / step * (Self.cells + 1) + column / step
    let (fx, fy) = (
      Double(column % step) / Double(step), Double(row % step) / Double(step)
    )
    let below = corner + Self.cells + 1
    let top = lattice[corner] + fx * (lattice[corner + 1] - lattice[corner])
    let bottom = lattice[below] + fx * (lattice[below + 1] - lattice[below])
    return top + fy * (bottom - top)
  }
}
