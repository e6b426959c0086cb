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
}
