// Softmax over the last axis, or its logarithm.

internal import CKernels

/// y = exp(x) / Σ exp(x) of each row, or x − ln Σ exp(x). A row of −∞ alone gives NaN, as PyTorch has it.
package struct Softmax: Hashable, Sendable {
  package let rows: Int
  /// Of the last axis.
  package let columns: Int
  /// Whether ln y is given.
  package let isLogarithm: Bool
  package let output: MapShape

  package init(rows: Int, columns: Int, isLogarithm: Bool = false, output: MapShape) {
    precondition(rows * columns == output.count, "Rows of columns are all of the output.")
    (self.rows, self.columns, self.isLogarithm) = (rows, columns, isLogarithm)
    self.output = output
  }
}

extension Softmax: LayerKind {
  var name: String { isLogarithm ? "logarithm of softmax" : "softmax" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs[0].count == output.count, "A softmax keeps the number of elements.")
    return output
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(rows, Parts.count(work: 2 * output.count))
  }

  func forward(_ call: LayerCall) {
    let parts = sampleParts(input: call.input, output: output)
    let range = Parts.range(call.part, of: parts, count: rows)
    let offset = range.lowerBound * columns
    unsafe engram_softmax(
      call.x + offset, range.count, columns, isLogarithm ? 1 : 0, call.y + offset)
  }

  func backward(_ call: LayerCall) {
    unsafe call.contribute {
      unsafe engram_softmax_backward(call.y, call.dy, rows, columns, isLogarithm ? 1 : 0, $0)
    }
  }
}
