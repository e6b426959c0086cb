// A linear layer over tokens as PyTorch decomposes it: one matrix, repeated for every token.

import ModelFiles
import Networks
import Testing

struct RepeatedMatrixTests {
  private let tests = LoweringTests()

  /// Rows outside of the batch, each times the same matrix: one linear layer over them.
  @Test func aMatrixThatIsRepeatedIsOne() throws {
    let weight = (0..<80).map { Float(($0 * 29) % 17) / 8 - 1 }
    func shaped(_ sizes: [Int], _ name: String, from value: String) -> Operation {
      Operation(
        .reshape, origin: "", ["input": .value(value), "shape": .list(sizes.map { .int($0) })],
        outputs: [name])
    }
    func turned(_ order: [Int], _ name: String, from value: String) -> Operation {
      Operation(
        .transpose, origin: "", ["input": .value(value), "order": .list(order.map { .int($0) })],
        outputs: [name])
    }
    let model = try ImportedModel(
      tests.graph(
        [
          shaped([-1, 3, 16], "r", from: "x"), turned([1, 0, 2], "a", from: "r"),
          turned([1, 0], "t", from: "w"),
          Operation(
            .expand, origin: "",
            ["input": .value("t"), "shape": .list([.int(3), .int(16), .int(5)])], outputs: ["e"]),
          shaped([3, 16, 5], "b", from: "e"),
          Operation(
            .matrixProduct, origin: "aten.bmm.default", ["a": .value("a"), "b": .value("b")],
            outputs: ["p"]),
          turned([1, 0, 2], "q", from: "p"), shaped([-1, 15], "y", from: "q"),
        ], [tests.constant("w", [5, 16], weight)]), path: "net.pt2")
    #expect(model.layers(withTokens: true) == 1)
    let found = try Network(model).forward(tests.image, count: 1).logits
    for (at, value) in found.enumerated() {
      let expected = (0..<16).reduce(Float(0)) {
        $0 + tests.image[at / 5 * 16 + $1] * weight[at % 5 * 16 + $1]
      }
      #expect(abs(value - expected) < 1e-4)
    }
    #expect(found.count == 15)
  }
}
