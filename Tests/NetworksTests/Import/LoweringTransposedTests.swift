// Transposed convolutions, and convolutions of several maps of a sample, against sums in Float64.

import ModelFiles
import Networks
import Testing

extension LoweringTests {
  private func pattern(_ count: Int) -> [Float] {
    (0..<count).map { (place: Int) -> Float in Float(place * 5 % 11) / 4 - 1.25 }
  }

  /// Two groups of two and one channels, stride 2 and 1, a dilation, padding and rows beyond; the gradient is the convolution.
  @Test func convolutionsAreTransposed() throws {
    let sizes: [ModelInput.Size] = [.open("n"), .fixed(4), .fixed(3), .fixed(4)]
    let weight = pattern(72)
    let bias: [Float] = [0.5, -1, 2, 0, 0.25, 1]
    let model = try ImportedModel(
      applied(
        .transposedConvolution,
        [
          "weight": .value("w"), "bias": .value("b"), "stride": .ints([2, 1]),
          "padding": .ints([1, 0]), "outputPadding": .ints([1, 0]), "dilation": .ints([1, 2]),
          "groups": .int(2),
        ], sizes: sizes, [constant("w", [4, 3, 2, 3], weight), constant("b", [6], bias)]),
      path: "net.onnx")
    // (3 − 1) · 2 − 2 + 2 + 1 rows and 3 + 4 + 1 columns.
    let (rows, columns) = (5, 8)
    let cotangent = pattern(6 * rows * columns)
    let found = try Network(model).pullback(
      image, count: 1, cotangent: cotangent, parameters: false)
    var expected = (0..<6 * rows * columns).map { (place: Int) -> Double in
      Double(bias[place / (rows * columns)])
    }
    var slopes = [Double](repeating: 0, count: 48)
    for (place, x) in image.enumerated() {
      let (channel, row, column) = (place / 12, place / 4 % 3, place % 4)
      for tap in 0..<3 * 2 * 3 {
        let (output, down, right) = (channel / 2 * 3 + tap / 6, tap / 3 % 2, tap % 3)
        let (y, x1) = (row * 2 + down - 1, column + 2 * right)
        guard (0..<rows).contains(y), (0..<columns).contains(x1) else { continue }
        let to = (output * rows + y) * columns + x1
        expected[to] += Double(x) * Double(weight[channel * 18 + tap])
        slopes[place] += Double(cotangent[to]) * Double(weight[channel * 18 + tap])
      }
    }
    #expect(found.output.count == expected.count)
    #expect(zip(found.output, expected).allSatisfy { abs(Double($0) - $1) < 1e-4 })
    #expect(zip(found.inputs, slopes).allSatisfy { abs(Double($0) - $1) < 1e-4 })
  }

  /// The image in windows of 2 × 2, which a convolution and a pooling see as maps of their own.
  @Test func windowsAreMapsOfTheirOwn() throws {
    let weight = pattern(24)
    let cut = [
      Operation(
        .reshape, origin: "Reshape",
        ["input": .value("x"), "shape": .ints([-1, 3, 2, 2, 2, 2])], outputs: ["six"]),
      Operation(
        .transpose, origin: "Transpose",
        ["input": .value("six"), "order": .ints([0, 2, 4, 1, 3, 5])], outputs: ["turned"]),
      Operation(
        .reshape, origin: "Reshape", ["input": .value("turned"), "shape": .ints([-1, 3, 2, 2])],
        outputs: ["maps"]),
    ]
    func result(_ kind: OperationKind, _ arguments: [String: Argument]) throws -> [Float] {
      try run(
        graph(
          cut + [
            Operation(
              kind, origin: "Op", arguments.merging(["input": .value("maps")]) { $1 },
              outputs: ["r"]),
            Operation(
              .reshape, origin: "Reshape",
              ["input": .value("r"), "shape": .ints([-1, kind == .convolution ? 8 : 12])],
              outputs: ["y"]),
          ], [constant("w", [2, 3, 2, 2], weight), constant("b", [2], [1, -2])]), image)
    }
    func pixel(_ window: Int, _ channel: Int, _ tap: Int) -> Float {
      let (row, column) = (window / 2 * 2 + tap / 2, window % 2 * 2 + tap % 2)
      return image[channel * 16 + row * 4 + column]
    }
    let convolved = try result(.convolution, ["weight": .value("w"), "bias": .value("b")])
    for (place, found) in convolved.enumerated() {
      var sum = place % 2 == 0 ? 1.0 : -2
      for at in 0..<12 {
        sum += Double(weight[place % 2 * 12 + at]) * Double(pixel(place / 2, at / 4, at % 4))
      }
      #expect(abs(Double(found) - sum) < 1e-5)
    }
    let pooled = try result(.maxPool, ["kernel": .ints([2, 2])])
    let largest = (0..<12).map { (place: Int) -> Float in
      (0..<4).map { pixel(place / 3, place % 3, $0) }.max() ?? 0
    }
    #expect(pooled == largest)
  }
}
