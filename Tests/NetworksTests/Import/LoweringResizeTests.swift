// Resizing, against its formulas in Float64.

import ModelFiles
import Networks
import Testing
import WeightFiles

extension LoweringTests {
  /// The formula of PyTorch's bicubic interpolation, coordinate by coordinate, and its gradient: the transposed matrix.
  @Test(arguments: [(7, 5, false), (2, 9, false), (6, 3, true)])
  func mapsAreResizedByCubics(rows: Int, columns: Int, aligned: Bool) throws {
    func kernel(_ distance: Double) -> Double {
      let x = abs(distance)
      if x <= 1 { return 1.25 * x * x * x - 2.25 * x * x + 1 }
      return x < 2 ? -0.75 * (x * x * x - 5 * x * x + 8 * x - 4) : 0
    }
    /// Weights of 4 elements for one of `count`.
    func weights(_ index: Int, _ count: Int) -> [Double] {
      let place =
        aligned
        ? Double(index) * 3 / Double(count - 1) : (Double(index) + 0.5) * 4 / Double(count) - 0.5
      var result = [0.0, 0, 0, 0]
      for tap in Int(place.rounded(.down)) - 1...Int(place.rounded(.down)) + 2 {
        result[min(max(tap, 0), 3)] += kernel(Double(tap) - place)
      }
      return result
    }
    let model = try ImportedModel(
      applied(
        .resize,
        [
          "sizes": .ints([rows, columns]), "mode": .text("cubic"), "alignCorners": .bool(aligned),
        ]), path: "net.onnx")
    let count = 3 * rows * columns
    let cotangent = (0..<count).map { Float(($0 * 7) % 11) / 5 - 1 }
    let found = try Network(model).pullback(
      image, count: 1, cotangent: cotangent, parameters: false)
    var gradient = [Double](repeating: 0, count: 48)
    for channel in 0..<3 {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0.0
          let at = (channel * rows + row) * columns + column
          for (i, a) in weights(row, rows).enumerated() {
            for (j, b) in weights(column, columns).enumerated() {
              sum += a * b * Double(image[channel * 16 + i * 4 + j])
              gradient[channel * 16 + i * 4 + j] += a * b * Double(cotangent[at])
            }
          }
          #expect(abs(Double(found.output[at]) - sum) < 1e-5)
        }
      }
    }
    for (slope, expected) in zip(found.inputs, gradient) {
      #expect(abs(Double(slope) - expected) < 1e-5)
    }
  }

  /// Of 4 elements 8: which one each is, by coordinates and rounding.
  @Test(arguments: [
    ("halfPixel", "roundHalfDown", [0, 0, 1, 1, 2, 2, 3, 3]),
    ("halfPixel", "ceil", [0, 1, 1, 2, 2, 3, 3, 3]),
    ("asymmetric", "roundHalfUp", [0, 1, 1, 2, 2, 3, 3, 3]),
    ("asymmetric", "roundHalfDown", [0, 0, 1, 1, 2, 2, 3, 3]),
    ("alignCorners", "floor", [0, 0, 0, 1, 1, 2, 2, 3]),
  ])
  func theNearestIsTaken(coordinates: String, rounding: String, places: [Int]) throws {
    let y = try run(
      applied(
        .resize,
        [
          "sizes": .ints([4, 8]), "mode": .text("nearest"), "coordinates": .text(coordinates),
          "rounding": .text(rounding),
        ]), image)
    let expected = (0..<96).map { (at: Int) -> Float in image[at / 8 * 4 + places[at % 8]] }
    #expect(y == expected)
    let error = #expect(throws: NetworkError.self) {
      try run(applied(.resize, ["sizes": .ints([4, 8]), "mode": .text("best")]), image)
    }
    #expect(error?.description.contains("expected nearest, linear or cubic, found best") == true)
  }
}
