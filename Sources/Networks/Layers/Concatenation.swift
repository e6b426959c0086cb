// The channels of several maps of one height and width, one after the other.

internal import CKernels

/// In inference a convolution that is read by it alone writes there itself: ProgramGraph decides.
struct Concatenation: LayerKind {
  var name: String { "concatenation" }
  var inputCounts: ClosedRange<Int> { 2...64 }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(
      inputs.allSatisfy { ($0.height, $0.width) == (inputs[0].height, inputs[0].width) },
      "Concatenated maps have one height and width.")
    return MapShape(
      channels: inputs.reduce(0) { $0 + $1.channels }, height: inputs[0].height,
      width: inputs[0].width)
  }

  func sampleParts(input: MapShape, output: MapShape) -> Int {
    min(output.positions, elementParts(output.count))
  }

  func forward(_ call: LayerCall) {
    let output = call.output
    let range = evenPart(call.part, of: call.parts, total: output.positions)
    var offset = 0
    for (which, input) in call.inputs.enumerated() {
      let channels = call.inputShape(which).channels
      defer { offset += channels }
      // What lies there already was written by a convolution.
      if call.workspace.plan.values[input].rowStride == output.channels { continue }
      unsafe engram_copy_rows(
        call.value(which) + range.lowerBound * channels, range.count, channels, channels,
        output.channels, call.y + range.lowerBound * output.channels + offset)
    }
  }

  func backward(_ call: LayerCall) {
    let output = call.output
    var offset = 0
    for which in call.inputs.indices {
      let channels = call.inputShape(which).channels
      unsafe call.contribute(which) {
        unsafe engram_copy_rows(
          call.dy + offset, output.positions, channels, output.channels, channels, $0)
      }
      offset += channels
    }
  }
}
