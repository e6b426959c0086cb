// The deterministic shifts against the Python reference; the fixture's making is in tools/goldens.

import DataSets
import Foundation
import Testing

private let kinds: [ShiftKind] = [.blur, .contrast, .brightness, .pixelate, .jpeg]
private let images = [
  (shape: ImageShape(channels: 3, height: 32, width: 32), step: 1),
  (shape: ImageShape(channels: 3, height: 66, width: 65), step: 7),
  (shape: ImageShape(channels: 1, height: 20, width: 24), step: 1),
]

/// Ever finer triangle waves, and four even areas: white, black, grey and a colour.
private func pattern(_ shape: ImageShape) -> [UInt8] {
  (0..<shape.count).map { index in
    let (y, x) = (index / shape.width % shape.height, index % shape.width)
    let channel = index / (shape.width * shape.height)
    let areas = [(4, 4, 255), (4, 14, 0), (12, 4, 119), (12, 14, 60 + 70 * channel)]
    if let area = areas.first(where: { top, left, _ in
      (top..<top + 7).contains(y) && (left..<left + 7).contains(x)
    }) {
      return UInt8(area.2)
    }
    let phase = 3 * x + 5 * y + 40 * channel
    let wave = phase * phase / 16 % 510
    return UInt8(wave < 256 ? wave : 510 - wave)
  }
}

@Test func deterministicShiftsAgreeWithTheReference() throws {
  let url = try #require(
    Bundle.module.url(forResource: "shifts", withExtension: "bin", subdirectory: "Fixtures"))
  var golden = [UInt8](try Data(contentsOf: url))[...]
  for image in images {
    let pixels = pattern(image.shape)
    for kind in kinds {
      for severity in [1, 3, 5] {
        let shift = try Shift(parsing: "\(kind.rawValue):\(severity)")
        let result = shift.apply(pixels[...], shape: image.shape, position: 0)
        let found = stride(from: 0, to: result.count, by: image.step).map { result[$0] }
        let expected = golden.prefix(found.count).map(Float.init)
        golden = golden.dropFirst(found.count)
        try #require(expected.count == found.count)
        let differences = zip(found, expected).map { abs($0 - $1) }.filter { $0 > 0 }
        // Pixelation is arithmetic on integers. Elsewhere another exponential or another release of
        // libjpeg-turbo may put a value on the other side of a whole number.
        let most = kind == .pixelate ? 0 : found.count / 100
        #expect(differences.allSatisfy { $0 <= 1 }, "\(shift), \(image.shape)")
        #expect(differences.count <= most, "\(shift), \(image.shape)")
      }
    }
  }
  #expect(golden.isEmpty)
}
