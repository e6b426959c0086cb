// A value that is computed of parameters alone, or of nothing: once when they change, never for a sample.

/// It has no gradient; NodeParameters computes it and keeps it.
package struct Derived: Hashable, Sendable {
  /// What is computed. What each of them reads stands in WindowAttention.swift.
  package enum Operation: Hashable, Sendable {
    /// Of a table, for every head, query and key of a window the entry of their distance.
    case relativePositions(window: Int, heads: Int)
    /// The same of a small network over the distances' logarithms: two weights and, between them, a bias.
    case continuousPositions(window: Int, heads: Int)
    /// Of nothing, which pairs of a shifted window's tokens do not see each other.
    case shiftedWindows(ShiftedWindows)
    /// Of logarithms, a factor for every head's queries, and 1 for its keys and values.
    case headScales(heads: Int)
    /// The biases of queries, keys and values without those of keys.
    case biasWithoutKeys
  }

  package let operation: Operation
  package let output: MapShape

  package init(_ operation: Operation, output: MapShape) {
    (self.operation, self.output) = (operation, output)
  }

  /// - Parameter inputs: The constants that it reads, in order; what it has its place by where it reads none.
  func value(of inputs: [[Float]]) -> [Float] {
    let value =
      switch operation {
      case .relativePositions(let window, let heads):
        RelativePositions(window: window, heads: heads).picked(inputs[0])
      case .continuousPositions(let window, let heads):
        RelativePositions(window: window, heads: heads).continuous(
          first: inputs[0], bias: inputs[1], second: inputs[2])
      case .shiftedWindows(let windows): windows.mask
      case .headScales(let heads):
        inputs[0].map { CosineScale.factor($0) } + [Float](repeating: 1, count: 2 * heads)
      case .biasWithoutKeys:
        inputs[0].enumerated().map { place, bias in
          3 * place / inputs[0].count == 1 ? 0 : bias
        }
      }
    precondition(value.count == output.count, "A derived value is as large as its shape.")
    return value
  }
}

extension Derived: LayerKind {
  var name: String { "constant of parameters" }
  var inputCounts: ClosedRange<Int> { 1...3 }

  func outputShape(for inputs: [MapShape]) -> MapShape { output }

  func forward(_ call: LayerCall) {}
  func backward(_ call: LayerCall) {}
}
