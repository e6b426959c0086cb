// What is on one generated image: figures, colours, background. Drawn by ShapesRenderer.

/// Red, green, blue, each 0 to 1.
typealias Colour = SIMD3<Double>

/// A figure put somewhere.
struct PlacedShape: Sendable {
  let kind: ShapeKind
  let x: Double
  let y: Double
  /// Half width and half height in pixels: unequal ones stretch the figure.
  let radii: (Double, Double)
  /// Cosine and sine of its turn.
  let turn: (Double, Double)
  let colour: Colour

  /// Share of pixel (column, row) that the figure covers, in quarters.
  func coverage(_ column: Int, _ row: Int) -> Double {
    var hits = 0
    for sample in 0..<4 {
      let dx = Double(column) + 0.25 + 0.5 * Double(sample & 1) - x
      let dy = Double(row) + 0.25 + 0.5 * Double(sample >> 1) - y
      let u = (turn.0 * dx + turn.1 * dy) / radii.0
      let v = (turn.0 * dy - turn.1 * dx) / radii.1
      if u * u + v * v < 1.7, kind.contains(u, v) { hits += 1 }
    }
    return Double(hits) / 4
  }
}

/// One image's content, a function of seed, split and index. The class is index mod 10.
struct ShapeScene: Sendable {
  let label: Int
  let figure: PlacedShape
  let distractors: [PlacedShape]
  /// Something that lies over the figure.
  let occluder: PlacedShape?
  let background: (Colour, Colour)
  let backgroundTurn: (Double, Double)
  /// Feeds texture and noise.
  let texture: SeededGenerator

  init(seed: UInt64, split: UInt64, index: Int) {
    var generator = SeededGenerator(seed: seed, split, UInt64(index))
    label = index % ShapeKind.allCases.count
    let ground = 0.5 * generator.colour()
    background = (ground, 0.5 * generator.colour())
    backgroundTurn = generator.turn(upTo: 1)
    let radius = generator.between(8.5, 11.5)
    let stretch = generator.between(0.9, 1.1)
    figure = PlacedShape(
      kind: ShapeKind.allCases[label], x: 16 + generator.between(-3, 3),
      y: 16 + generator.between(-3, 3), radii: (radius * stretch, radius / stretch),
      turn: generator.turn(upTo: 0.2), colour: generator.brightColour())
    distractors = (0..<generator.below(3)).map { _ in
      let size = generator.between(2, 4)
      return PlacedShape(
        kind: ShapeKind.allCases[generator.below(ShapeKind.allCases.count)],
        x: generator.between(1, 31), y: generator.between(1, 31), radii: (size, size),
        turn: generator.turn(upTo: 1), colour: generator.colour())
    }
    // A few figures are all but hidden, whatever their class: no network reaches 100 %.
    let isHidden = generator.unit() < 0.05
    if isHidden || generator.unit() < 0.25 {
      occluder = PlacedShape(
        kind: .square, x: figure.x + generator.between(-radius, radius) / 2,
        y: figure.y + generator.between(-radius, radius) / 2,
        radii: isHidden ? (1.3 * radius, radius) : (24, generator.between(1.5, 3)),
        turn: generator.turn(upTo: 1), colour: generator.colour())
    } else {
      occluder = nil
    }
    texture = generator
  }
}

extension SeededGenerator {
  /// Cosine and sine of a turn, rational in a number drawn: (1 − t²) / (1 + t²) and 2t / (1 + t²).
  ///
  /// Not uniform in the angle, but exact on every machine, as a library's cosine is not.
  fileprivate mutating func turn(upTo limit: Double) -> (Double, Double) {
    let t = between(-limit, limit)
    return ((1 - t * t) / (1 + t * t), 2 * t / (1 + t * t))
  }

  fileprivate mutating func colour() -> Colour {
    Colour(unit(), unit(), unit())
  }

  /// Brighter than any background, which is at most half as bright as white.
  fileprivate mutating func brightColour() -> Colour {
    0.4 + 0.6 * colour()
  }
}
