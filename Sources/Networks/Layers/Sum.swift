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

  func forward(_ call: LayerCall) {
    if call.isFused { return }
    if call.isRectified {
      unsafe engram_add_relu(call.x, call.value(1), call.count, call.y)
    } else {
      unsafe engram_add(call.x, call.value(1), call.count, call.y)
    }
  }

  func backward(_ call: LayerCall) {
    let root = call.program.graph.root
    for (which, input) in call.inputs.enumerated() where root[input] != root[call.node] {
      unsafe call.contribute(which) { unsafe $0.update(from: call.dy, count: call.count) }
    }
  }
}
