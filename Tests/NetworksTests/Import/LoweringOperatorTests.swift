// Operations that become several nodes, or one of another form: against formulas in Float64.

import Glibc
import ModelFiles
import Networks
import Testing
import WeightFiles

extension LoweringTests {
  /// An operation on the image and its result as a vector.
  func applied(
    _ kind: OperationKind, _ arguments: [String: Argument], origin: String = "Op",
    sizes: [ModelInput.Size] = [.open("n"), .fixed(3), .fixed(4), .fixed(4)],
    _ constants: [ModelConstant] = []
  ) -> ModelGraph {
    graph(
      [
        Operation(
          kind, origin: origin, arguments.merging(["input": .value("x")]) { $1 }, outputs: ["r"]),
        Operation(
          .flatten, origin: "flatten", ["input": .value("r"), "start": .int(1)], outputs: ["y"]),
      ], constants, sizes: sizes)
  }

  /// Three channels of 16 positions as a sequence: a convolution of two taps, two apart, and a pooling of three.
  @Test func sequencesAreConvolvedAndPooled() throws {
    let weight = (0..<12).map { Float(($0 * 5) % 7) / 4 - 0.5 }
    let sequence = Operation(
      .flatten, origin: "flatten", ["input": .value("x"), "start": .int(2)], outputs: ["s"])
    func result(_ kind: OperationKind, _ arguments: [String: Argument]) throws -> [Float] {
      try run(
        graph(
          [
            sequence,
            Operation(
              kind, origin: "Op", arguments.merging(["input": .value("s")]) { $1 }, outputs: ["r"]),
            Operation(
              .flatten, origin: "flatten", ["input": .value("r"), "start": .int(1)],
              outputs: ["y"]),
          ], [constant("w", [2, 3, 2], weight)]), image)
    }
    let convolved = try result(
      .convolution,
      ["weight": .value("w"), "padding": .ints([1, 0]), "dilation": .ints([2])])
    #expect(convolved.count == 30)
    for (at, found) in convolved.enumerated() {
      var sum = 0.0
      for channel in 0..<3 {
        for tap in 0..<2 {
          let place = at % 15 + 2 * tap - 1
          guard place >= 0 else { continue }
          sum +=
            Double(weight[(at / 15 * 3 + channel) * 2 + tap]) * Double(image[channel * 16 + place])
        }
      }
      #expect(abs(Double(found) - sum) < 1e-5)
    }
    let pooled = try result(
      .maxPool, ["kernel": .ints([3]), "stride": .ints([2]), "padding": .ints([1])])
    #expect(pooled.count == 24)
    for (at, found) in pooled.enumerated() {
      let own = image[at / 8 * 16..<at / 8 * 16 + 16]
      let places = (at % 8 * 2 - 1...at % 8 * 2 + 1).filter { (0..<16).contains($0) }
      #expect(found == places.map { own[own.startIndex + $0] }.max())
    }
  }

  /// x > 0.5 and not x > 1 ? x : −x², infinities and all, and the gradient of the side that is chosen.
  @Test func valuesAreChosenByConditions() throws {
    let flat: [String: Argument] = ["input": .value("x"), "start": .int(1)]
    let model = try ImportedModel(
      graph([
        Operation(.flatten, origin: "flatten", flat, outputs: ["f"]),
        Operation(
          .greater, origin: "Greater", ["a": .value("f"), "b": .float(0.5)], outputs: ["above"]),
        Operation(
          .lessOrEqual, origin: "LessOrEqual", ["a": .value("f"), "b": .float(1)],
          outputs: ["below"]),
        Operation(
          .and, origin: "And", ["a": .value("above"), "b": .value("below")], outputs: ["c"]),
        Operation(
          .multiply, origin: "Mul", ["a": .value("f"), "b": .value("f")], outputs: ["s"]),
        Operation(.negation, origin: "Neg", ["input": .value("s")], outputs: ["m"]),
        Operation(
          .choose, origin: "Where",
          ["condition": .value("c"), "a": .value("f"), "b": .value("m")], outputs: ["y"]),
      ]), path: "net.onnx")
    var inputs = image
    (inputs[0], inputs[1]) = (.infinity, 0.75)
    let found = try Network(model).pullback(
      inputs, count: 1, cotangent: [Float](repeating: 1, count: 48), parameters: false)
    let isChosen = inputs.map { $0 > 0.5 && $0 <= 1 }
    let values = zip(inputs, isChosen).map { (x: Float, chosen: Bool) -> Float in
      chosen ? x : -x * x
    }
    let slopes = zip(inputs, isChosen).map { (x: Float, chosen: Bool) -> Float in
      chosen ? 1 : -2 * x
    }
    #expect(found.output == values)
    #expect(Array(found.inputs.dropFirst()) == Array(slopes.dropFirst()))
  }

  /// alpha · x Wᵀ + beta · c and alpha · W xᵀ + beta · c, transposed back.
  @Test(arguments: [false, true])
  func productsAreScaledAndTurned(isTurned: Bool) throws {
    let weight = (0..<96).map { Float(($0 * 29) % 17) / 8 - 1 }
    let flat: [String: Argument] = ["input": .value("x"), "start": .int(1)]
    let sides: [String: Argument] =
      isTurned
      ? ["a": .value("w"), "b": .value("f"), "transposeB": .bool(true)]
      : ["a": .value("f"), "b": .value("w"), "transposeB": .bool(true)]
    let others: [String: Argument] = ["c": .value("c"), "alpha": .float(0.5), "beta": .float(-2)]
    let product = Operation(
      .gemm, origin: "Gemm", sides.merging(others) { $1 }, outputs: [isTurned ? "g" : "y"])
    let turned = Operation(
      .transpose, origin: "Transpose", ["input": .value("g"), "order": .ints([1, 0])],
      outputs: ["y"])
    let y = try run(
      graph(
        [Operation(.flatten, origin: "flatten", flat, outputs: ["f"]), product]
          + (isTurned ? [turned] : []),
        [
          constant("w", [2, 48], weight),
          constant("c", isTurned ? [2, 1] : [1, 2], [0.25, -3]),
        ]), image)
    for row in 0..<2 {
      let sum = (0..<48).reduce(0.0) { $0 + Double(image[$1]) * Double(weight[row * 48 + $1]) }
      let added = row == 0 ? -0.5 : 6
      #expect(abs(Double(y[row]) - (0.5 * sum + added)) < 1e-5)
    }
  }

  /// A number for each of the groups, as ONNX had it before 21.
  @Test func groupsHaveOneWeightEach() throws {
    let group: [String: Argument] = [
      "input": .value("x"), "groups": .int(3), "weight": .value("w"), "bias": .value("b"),
      "perGroup": .bool(true),
    ]
    let sizes: [ModelInput.Size] = [.open("n"), .fixed(6), .fixed(2), .fixed(4)]
    let parts = [constant("w", [3], [1, 2, -1]), constant("b", [3], [0, 1, 5])]
    let norm = Operation(.groupNormalisation, origin: "GroupNormalization", group, outputs: ["g"])
    let flat = Operation(
      .flatten, origin: "flatten", ["input": .value("g"), "start": .int(1)], outputs: ["y"])
    let y = try run(graph([norm, flat], parts, sizes: sizes), image)
    let (weights, biases): ([Double], [Double]) = ([1, 2, -1], [0, 1, 5])
    for which in 0..<3 {
      let own = image[which * 16..<(which + 1) * 16].map(Double.init)
      let mean = own.reduce(0, +) / 16
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 16
      for (place, x) in own.enumerated() {
        let unit = (x - mean) / (variance + 1e-5).squareRoot()
        let expected = weights[which] * unit + biases[which]
        #expect(abs(Double(y[which * 16 + place]) - expected) < 1e-5)
      }
    }
    let wrong = graph([norm, flat], [constant("w", [2], [1, 2]), parts[1]], sizes: sizes)
    let error = #expect(throws: NetworkError.self) { try run(wrong, image) }
    #expect(error?.description.contains("expected 3 numbers as weight, found 2") == true)
  }

  /// x / (k + alpha / size · Σ x²)^beta over two channels.
  @Test func responsesAreNormalisedByAnyExponent() throws {
    let y = try run(
      graph([
        Operation(
          .localResponseNormalisation, origin: "LRN",
          [
            "input": .value("x"), "size": .int(2), "alpha": .float(0.5), "beta": .float(0.6),
            "k": .float(2),
          ], outputs: ["l"]),
        Operation(
          .flatten, origin: "flatten", ["input": .value("l"), "start": .int(1)], outputs: ["y"]),
      ]), image)
    for (place, x) in image.enumerated() {
      let next = place + 16 < 48 ? Double(image[place + 16]) : 0
      let sum = 2 + 0.25 * (Double(x) * Double(x) + next * next)
      #expect(abs(Double(y[place]) - Double(x) / pow(sum, 0.6)) < 1e-6)
    }
  }
}

extension Argument {
  static func ints(_ integers: [Int]) -> Argument {
    .list(integers.map { .int($0) })
  }
}
