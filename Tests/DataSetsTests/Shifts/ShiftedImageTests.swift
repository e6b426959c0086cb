// What shifts do to images, whichever: sizes, the box, randomness by seed and position, order of severities.

import DataSets
import TestSupport
import Testing

private let severityKinds = ShiftKind.allCases.filter { $0 != .signNoise }

struct ShiftedImageTests {
  private let shapes: ImageDataSet

  init() throws { shapes = try DataSource.load("shapes:test:12") }

  private func shifted(_ text: String, _ position: Int = 0) throws -> [Float] {
    try Shift(parsing: text).apply(
      try shapes.image(position), shape: shapes.shape, position: position)
  }

  private func distance(_ shifted: [Float], _ pixels: ArraySlice<UInt8>) -> Double {
    zip(shifted, pixels).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(pixels.count)
  }

  @Test(
    arguments: ShiftKind.allCases, [(3, 32, 32), (3, 70, 9), (1, 28, 28), (3, 1, 1), (1, 5, 67)])
  func shiftedImagesKeepSizeAndBox(kind: ShiftKind, sides: (Int, Int, Int)) throws {
    let shape = ImageShape(channels: sides.0, height: sides.1, width: sides.2)
    var generator = SeededGenerator(seed: 8)
    let pixels = (0..<shape.count).map { _ in UInt8(generator.below(256)) }
    for strength in kind == .signNoise ? ["eps=20/255"] : ["1", "3", "5"] {
      let shift = try Shift(parsing: "\(kind.rawValue):\(strength)")
      let result = shift.apply(pixels[...], shape: shape, position: 3)
      #expect(result.count == shape.count)
      #expect(result.allSatisfy { $0 >= 0 && $0 <= 255 && $0 == $0.rounded() })
    }
  }

  @Test(arguments: severityKinds)
  func severitiesMoveImagesFurtherAndFurther(kind: ShiftKind) throws {
    let distances = try (1...5).map { severity in
      try (0..<shapes.count).reduce(0) {
        try $0 + distance(shifted("\(kind.rawValue):\(severity)", $1), shapes.image($1))
      }
    }
    #expect(distances[0] > 0)
    #expect(zip(distances, distances.dropFirst()).allSatisfy { $0 < $1 }, "\(distances)")
  }

  @Test func signNoiseMovesEveryValueByEpsilon() throws {
    let pixels = Array(try shapes.image(0))
    for (text, step) in [("8/255", 8), ("0/255", 0), ("255/255", 255), ("0.01", 2.55)] {
      let result = try shifted("sign-noise:eps=\(text)")
      let step = Float(step)
      #expect(
        zip(result, pixels).allSatisfy { found, pixel in
          found == min(Float(pixel) + step, 255) || found == max(Float(pixel) - step, 0)
        })
    }
    let brighter = zip(try shifted("sign-noise:eps=8/255"), pixels).filter { $0 > Float($1) }.count
    #expect((1400...1670).contains(brighter))
  }

  @Test(arguments: ["gaussian-noise:2", "sign-noise:eps=4/255"])
  func noiseIsAFunctionOfSeedAndPosition(text: String) async throws {
    let shift = try Shift(parsing: text)
    let other = try Shift(parsing: text + ",seed=1")
    let grey = [UInt8](repeating: 128, count: shapes.shape.count)
    let results = await withTaskGroup(of: (Int, [Float]).self) { group in
      for position in (0..<40).reversed() {
        group.addTask {
          (position, shift.apply(grey[...], shape: shapes.shape, position: position))
        }
      }
      return await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
    }
    for position in 0..<40 {
      let again = shift.apply(grey[...], shape: shapes.shape, position: position)
      #expect(difference(again, results[position] ?? []) == nil)
      #expect(other.apply(grey[...], shape: shapes.shape, position: position) != again)
    }
    #expect(Set(results.values).count == 40)
    // No channel repeats another.
    let planes = results[0].map { noise in [0, 1024, 2048].map { Array(noise[$0..<$0 + 1024]) } }
    #expect(Set(try #require(planes)).count == 3)
  }

  @Test func noiseIsTheSameEverywhere() throws {
    let shape = ImageShape(channels: 1, height: 1, width: 9)
    let grey = [UInt8](repeating: 128, count: shape.count)
    let gaussian = try Shift(parsing: "gaussian-noise:1,seed=7")
    let noisy: [Float] = [119, 133, 161, 124, 128, 129, 144, 120, 141]
    #expect(gaussian.apply(grey[...], shape: shape, position: 5) == noisy)
    let signs = try Shift(parsing: "sign-noise:eps=1/255,seed=7")
    let signed: [Float] = [129, 127, 129, 129, 127, 129, 127, 129, 129]
    #expect(signs.apply(grey[...], shape: shape, position: 5) == signed)
  }

  /// Standard deviations as in make_cifar_c.py and, for images of more than 64 pixels a side, make_imagenet_c.py.
  @Test(arguments: [(64, [0.04, 0.06, 0.08, 0.09, 0.1]), (65, [0.08, 0.12, 0.18])])
  func gaussianNoiseHasItsMeanAndDeviation(side: Int, deviations: [Double]) throws {
    let shape = ImageShape(channels: 3, height: side, width: side)
    let grey = [UInt8](repeating: 128, count: shape.count)
    for (severity, deviation) in zip(1..., deviations) {
      let shift = try Shift(parsing: "gaussian-noise:\(severity)")
      let noise = (0..<10).flatMap { shift.apply(grey[...], shape: shape, position: $0) }
        .map { Double($0) - 128 }
      let count = Double(noise.count)
      let mean = noise.reduce(0, +) / count
      let variance = noise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
      let expected = 255 * deviation
      let found = variance.squareRoot()
      // Cutting off to whole numbers takes half a level from the mean and adds 1/12 to the variance.
      #expect(abs(mean + 0.5) < 4 * expected / count.squareRoot() + 0.15)
      #expect(abs(found - (expected * expected + 1 / 12).squareRoot()) < 0.01 * expected)
      let within = noise.filter { abs($0 + 0.5) < expected }.count
      #expect(abs(Double(within) / count - 0.6827) < 0.03)
    }
  }

  @Test func imagesWithoutColoursAreRefusedWhereTheyNeedThem() throws {
    let set = ImageDataSet(
      name: "pairs", shape: ImageShape(channels: 2, height: 8, width: 8),
      classes: [ClassName(key: "a", name: "a")], labels: [], keys: [], pixels: [])
    for kind in severityKinds where kind != .brightness && kind != .jpeg {
      try Shift(parsing: "\(kind.rawValue):1").check(set)
    }
    for text in ["brightness:2", "jpeg:1"] {
      do {
        try Shift(parsing: text).check(set)
        Issue.record("\(text) takes two channels.")
      } catch {
        #expect(
          error.description == "pairs: expected colour or grey images for \(text), found 2 channels"
        )
      }
    }
  }
}
