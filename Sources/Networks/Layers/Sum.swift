// The elementwise sum of two maps of one shape.

internal import CKernels

/// A convolution may add the other term (inference), and the sum do a rectifier's work: ProgramGraph decides.
struct Sum: LayerKind {
  var name: String { "sum" }
  var inputCounts: ClosedRange<Int> { 2...2 }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs.allSatisfy { $0 == inputs[0] }, "A sum's terms have one shape.")
    return inputs[0]
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int { elementParts(output.count) }

  func forward(_ call: LayerCall) {
    if call.isFused { return }
    let range = evenPart(call.part, of: call.parts, total: call.count)
    let first = range.lowerBound
    let (a, b, y) = unsafe (call.x + first, call.value(1) + first, call.y + first)
    if call.isRectified {
      unsafe engram_add_relu(a, b, range.count, y)
    } else {
      unsafe engram_add(a, b, range.count, y)
    }
  }

  func backward(_ call: LayerCall) {
    let root = call.program.graph.root
    for (which, input) in call.inputs.enumerated() where root[input] != root[call.node] {
      unsafe call.contribute(which) { unsafe $0.update(from: call.dy, count: call.count) }
    }
  }
}
