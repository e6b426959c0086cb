// A parameter as a value: class tokens, embeddings of positions, tables of relative positions.

/// It has no gradient, and its value lies where its parameter does: ProgramGraph and NodeParameters see to it.
package struct Constant: Hashable, Sendable {
  /// As in files.
  package let shape: [Int]
  /// What the graph is told of it.
  package let output: MapShape

  /// - Parameter shape: The tensor's sizes; its elements lie in this order.
  package init(shape: [Int], output: MapShape) {
    precondition(
      shape.reduce(1, *) == output.count, "A constant's value is as large as its parameter.")
    (self.shape, self.output) = (shape, output)
  }
}

extension Constant: LayerKind {
  var name: String { "constant" }

  func outputShape(for inputs: [MapShape]) -> MapShape { output }

  func parameters(of input: MapShape) -> [LayerParameter] {
    [LayerParameter(name: "value", role: .weight, shape: shape)]
  }

  func forward(_ call: LayerCall) {}
  func backward(_ call: LayerCall) {}
}
