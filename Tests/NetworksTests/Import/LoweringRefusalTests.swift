// What a file may not ask for: said in a line, never guessed and never a trap.

import ModelFiles
import Networks
import Testing
import WeightFiles

extension LoweringTests {
  private func whole(_ name: String, _ shape: [Int], _ values: [Int]) -> ModelConstant {
    ModelConstant(name: name, type: .int64, shape: shape) {
      values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    }
  }

  private func reason(
    _ operations: [Operation], _ constants: [ModelConstant] = []
  ) -> String {
    let error = #expect(throws: NetworkError.self) {
      try ImportedModel(graph(operations, constants), path: "net.onnx")
    }
    return error?.description ?? ""
  }

  /// Of an operation on the image alone.
  private func refusal(_ kind: OperationKind, _ arguments: [String: Argument]) -> String {
    reason([
      Operation(
        kind, origin: "Op", arguments.merging(["input": .value("x")]) { own, _ in own },
        outputs: ["y"])
    ])
  }

  @Test func samplesAreNeitherCutNorMixed() {
    let cut = refusal(
      .slice, ["starts": .ints([0]), "ends": .ints([-1]), "axes": .ints([0])])
    #expect(cut.contains("take all samples of the batch"))
    #expect(refusal(.expand, ["shape": .ints([5, 3, 4, 4])]).contains("to be stretched"))
    // 4 × N × 3 × 4 and N × 3 × 4 × 4: the batch is of different axes.
    let turned = Operation(
      .transpose, origin: "Transpose", ["input": .value("x"), "order": .ints([2, 0, 1, 3])],
      outputs: ["t"])
    let apart = [
      (OperationKind.matrixProduct, "expected matrices that fit"), (.add, "on one axis"),
    ]
    for (kind, text) in apart {
      let both = Operation(
        kind, origin: "Op", ["a": .value("t"), "b": .value("x")], outputs: ["y"])
      #expect(reason([turned, both]).contains(text))
    }
    // Five numbers for the batch's axis.
    let rows = Operation(
      .add, origin: "Add", ["a": .value("x"), "b": .value("c")], outputs: ["y"])
    let five = constant("c", [5, 1, 1, 1], [1, 2, 3, 4, 5])
    #expect(reason([rows], [five]).contains("the batch on one axis"))
  }

  @Test func numbersBeyondSizesAreRefused() {
    let many = [Int](repeating: 1 << 53, count: 1025)
    #expect(
      refusal(.split, ["axis": .int(1), "sizes": .ints(many)]).contains("expected parts of 3"))
    let wide = Operation(
      .convolution, origin: "Conv",
      ["input": .value("x"), "weight": .value("w"), "groups": .int(1 << 53)], outputs: ["y"])
    let weight = constant("w", [1, 2048, 1, 1], [Float](repeating: 0, count: 2048))
    #expect(reason([wide], [weight]).contains("weights for 3 channels"))
    let short = Operation(
      .convolution, origin: "Conv",
      ["input": .value("x"), "weight": .value("v"), "bias": .value("b")], outputs: ["y"])
    let parts = [constant("v", [2, 3, 1, 1], [1, 2, 3, 4, 5, 6]), constant("b", [1], [1])]
    #expect(reason([short], parts).contains("expected a bias of 2 numbers, found [1]"))
  }

  /// Operations on constants: the text of each refusal.
  @Test(arguments: [
    (
      OperationKind.stack, ["inputs": Argument.list([.value("m"), .value("v")]), "axis": .int(2)],
      "constants of one shape"
    ),
    (.gatherPoints, ["input": .value("m"), "indices": .value("none")], "expected positions in"),
    (.squeeze, ["input": .value("m"), "axes": .ints([0])], "expected axes of one element"),
    (.unsqueeze, ["input": .value("m"), "axes": .ints([0, 0])], "every new axis once"),
    (.cast, ["input": .value("m"), "type": .text("uint8")], "numbers that uint8 holds, found 300"),
    (
      .replacePoints,
      ["input": .value("m"), "indices": .value("m"), "updates": .value("m")], "found"
    ),
  ])
  func constantsAreChecked(kind: OperationKind, arguments: [String: Argument], text: String) {
    let constants = [
      whole("m", [2, 2], [0, 1, 1, 300]), whole("v", [2], [1, 2]), whole("none", [3, 0], []),
    ]
    let said = reason([Operation(kind, origin: "Op", arguments, outputs: ["y"])], constants)
    #expect(said.contains(text), "\(kind)")
  }

  @Test func masksAreNoPositions() {
    let operations = [
      Operation(
        .greater, origin: "gt", ["a": .value("m"), "b": .float(0)], outputs: ["mask"]),
      Operation(
        .index, origin: "index",
        ["input": .value("x"), "indices": .list([.list([]), .value("mask")])], outputs: ["y"]),
    ]
    #expect(
      reason(operations, [whole("m", [3], [0, 1, 2])])
        .contains("expected positions as indices, found truth values"))
  }

  /// A softmax over an axis from the front is attention's where that is the last one.
  @Test func scoresOfOtherAxesAreRefused() {
    func operations(_ axis: Int) -> [Operation] {
      [
        Operation(
          .matrixProduct, origin: "MatMul", ["a": .value("x"), "b": .value("x")], outputs: ["s"]),
        Operation(
          .softmax, origin: "Softmax", ["input": .value("s"), "axis": .int(axis)], outputs: ["p"]),
        Operation(
          .matrixProduct, origin: "MatMul", ["a": .value("p"), "b": .value("x")], outputs: ["r"]),
        Operation(
          .flatten, origin: "flatten", ["input": .value("r"), "start": .int(1)], outputs: ["y"]),
      ]
    }
    #expect(throws: Never.self) {
      try ImportedModel(graph(operations(3)), path: "net.onnx")
    }
    #expect(reason(operations(2)).contains("a softmax over the last axis"))
  }

  /// An operation that a reader did not take says why.
  @Test func readersSayWhatTheyDoNotTake() {
    let said = refusal(.unknown, ["reason": .text("expected it without fancy")])
    #expect(said.contains("found 1 that it does not: Op: expected it without fancy, 1 ×"))
  }
}
