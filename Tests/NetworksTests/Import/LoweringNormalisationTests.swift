// Normalisations of channels and groups over positions that are no rows and columns, as exporters write those of maps.

import ModelFiles
import Networks
import Testing

struct LoweringNormalisationTests {
  private let tests = LoweringTests()
  private let epsilon = 0.01

  /// Of each of `groups` parts: what is left of its mean, in units of its deviation.
  private func normalised(_ values: [Float], groups: Int) -> [Double] {
    let size = values.count / groups
    return (0..<groups).flatMap { group -> [Double] in
      let own = values[group * size..<(group + 1) * size].map(Double.init)
      let mean = own.reduce(0, +) / Double(size)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
      return own.map { ($0 - mean) / (variance + epsilon).squareRoot() }
    }
  }

  private func shaped(_ sizes: [Int], _ name: String, from value: String) -> Operation {
    Operation(
      .reshape, origin: "",
      ["input": .value(value), "shape": .list(sizes.map { .int($0) })], outputs: [name])
  }

  /// The image's 3 × 4 × 4 in other sizes, a normalisation of these, and all in one row.
  private func found(
    _ sizes: [Int], _ kind: OperationKind, _ arguments: [String: Argument],
    _ constants: [ModelConstant] = []
  ) throws -> [Double] {
    try tests.run(
      tests.graph(
        [
          shaped([-1] + sizes, "r", from: "x"),
          Operation(
            kind, origin: "",
            arguments.merging(["input": .value("r"), "epsilon": .float(epsilon)]) { $1 },
            outputs: ["n"]),
          shaped([-1, 48], "y", from: "n"),
        ], constants), tests.image
    ).map(Double.init)
  }

  private func expect(_ found: [Double], _ expected: [Double]) {
    #expect(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test(arguments: [[3, 16], [6, 8], [6, 2, 2, 2], [3, 4, 4]])
  func channelsByThemselves(sizes: [Int]) throws {
    let channels = sizes[0]
    let (weight, bias) = (
      (0..<channels).map { Float($0) - 0.5 }, (0..<channels).map { 2 - Float($0) }
    )
    let expected = normalised(tests.image, groups: channels).enumerated().map { index, value in
      let channel = index * channels / 48
      return value * Double(weight[channel]) + Double(bias[channel])
    }
    expect(
      try found(
        sizes, .instanceNormalisation, ["weight": .value("w"), "bias": .value("b")],
        [tests.constant("w", [channels], weight), tests.constant("b", [channels], bias)]), expected)
  }

  /// Two groups of a map of six channels, whose factors are none.
  @Test func groupsOfAMapAreChannelsOfOne() throws {
    let (ones, zeros) = (tests.constant("w", [2], [1, 1]), tests.constant("b", [2], [0, 0]))
    expect(
      try found(
        [2, 24], .instanceNormalisation, ["weight": .value("w"), "bias": .value("b")],
        [ones, zeros]), normalised(tests.image, groups: 2))
  }

  @Test(arguments: [[6, 8], [6, 2, 2, 2]])
  func groupsOfChannels(sizes: [Int]) throws {
    let weight = (0..<6).map { Float($0) / 2 - 1 }
    let expected = normalised(tests.image, groups: 2).enumerated().map { index, value in
      value * Double(weight[index / 8])
    }
    expect(
      try found(
        sizes, .groupNormalisation, ["groups": .int(2), "weight": .value("w")],
        [tests.constant("w", [6], weight)]), expected)
  }

  /// Weights by their own means and variances, as networks that standardise them have them, or by given ones.
  @Test(arguments: [false, true])
  func weightsAreStandardised(isGiven: Bool) throws {
    let weight = (0..<24).map { Float(($0 * 7) % 11) / 3 - 1 }
    let (means, variances): ([Float], [Float]) = ([0.5, -0.25], [2, 0.5])
    var arguments: [String: Argument] = [
      "input": .value("w"), "weight": .value("gain"), "epsilon": .float(epsilon),
    ]
    if isGiven {
      arguments.merge(["mean": .value("m"), "variance": .value("v")]) { $1 }
    }
    let gain: [Float] = [1.5, -2]
    let found = try tests.run(
      tests.graph(
        [
          Operation(.batchNormalisation, origin: "", arguments, outputs: ["s"]),
          shaped([2, 3, 2, 2], "k", from: "s"),
          Operation(
            .convolution, origin: "",
            [
              "input": .value("x"), "weight": .value("k"), "stride": .list([.int(2), .int(2)]),
            ], outputs: ["c"]),
          shaped([-1, 8], "y", from: "c"),
        ],
        [
          tests.constant("w", [1, 2, 12], weight), tests.constant("gain", [2], gain),
          tests.constant("m", [2], means), tests.constant("v", [2], variances),
        ]), tests.image
    ).map(Double.init)
    let standard = (0..<2).flatMap { output -> [Double] in
      let own = weight[output * 12..<output * 12 + 12].map(Double.init)
      let mean = isGiven ? Double(means[output]) : own.reduce(0, +) / 12
      let variance =
        isGiven
        ? Double(variances[output]) : own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 12
      return own.map { ($0 - mean) / (variance + epsilon).squareRoot() * Double(gain[output]) }
    }
    let expected = (0..<8).map { place -> Double in
      let (output, row, column) = (place / 4, place / 2 % 2 * 2, place % 2 * 2)
      return (0..<12).reduce(0) { sum, k in
        let at = k / 4 * 16 + (row + k / 2 % 2) * 4 + column + k % 2
        return sum + standard[output * 12 + k] * Double(tests.image[at])
      }
    }
    expect(found, expected)
  }

  /// By the batch's means a sample's outputs would hang on the others.
  @Test func mapsAreNotNormalisedByTheBatch() {
    let error = #expect(throws: NetworkError.self) {
      try tests.run(
        tests.graph([
          Operation(.batchNormalisation, origin: "BN", ["input": .value("x")], outputs: ["y"])
        ]), tests.image)
    }
    #expect(error.map { "\($0)".contains("normalised by the batch's own") } ?? false)
  }
}
