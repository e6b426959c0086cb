// The generated data set `shapes` and its stylised counterpart, for trying everything without a
// download. What the images show is in ShapeScene, how they are drawn in ShapesRenderer.

/// Ten classes of 32 × 32 images. Sample i of a split is a function of seed, split and i alone, so
/// a smaller set is the beginning of a larger one, and the stylised sample i shows the same scene.
struct Shapes: Sendable {
  let style: ShapesRenderer.Style
  let split: ShapesRenderer.Split
  let count: Int
  let seed: UInt64

  /// Bounded by what memory takes: 3 GB.
  static let largestCount = 1_000_000

  init(style: ShapesRenderer.Style, split: ShapesRenderer.Split, count: Int?, seed: UInt64) {
    self.style = style
    self.split = split
    self.count = count ?? Self.usualCount(split)
    self.seed = seed
  }

  private static func usualCount(_ split: ShapesRenderer.Split) -> Int {
    switch split {
    case .train: 4000
    case .test: 1000
    }
  }

  /// `shapes:test`, with what differs from the usual behind it: `shapes:test:500@7`.
  private var name: String {
    "\(style.rawValue):\(split.rawValue)" + (count == Self.usualCount(split) ? "" : ":\(count)")
      + (seed == 0 ? "" : "@\(seed)")
  }

  func load() -> ImageDataSet {
    let renderer = ShapesRenderer(style: style)
    let stream: UInt64 = split == .train ? 1 : 2
    var labels: [Int] = []
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * 3 * ShapesRenderer.side * ShapesRenderer.side)
    for index in 0..<count {
      let scene = ShapeScene(seed: seed, split: stream, index: index)
      labels.append(scene.label)
      renderer.draw(scene, onto: &pixels)
    }
    return ImageDataSet(
      name: name,
      shape: ImageShape(channels: 3, height: ShapesRenderer.side, width: ShapesRenderer.side),
      classes: ShapeKind.allCases.map { ClassName(key: $0.rawValue, name: $0.rawValue) },
      labels: labels, keys: (0..<count).map { "\(split.rawValue)/\(paddedNumber($0))" },
      pixels: pixels)
  }
}
