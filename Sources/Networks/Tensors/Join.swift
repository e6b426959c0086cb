// Values one behind the other along any axis in memory.

internal import CKernels

/// Of `outer` rows each of several values' part: concatenation along an axis before which `outer` elements lie.
package struct Join: Hashable, Sendable {
  /// Rows, of which every value has a part: the product of the axes before the one that is joined.
  package let outer: Int
  package let output: MapShape

  package init(outer: Int, output: MapShape) {
    precondition(outer > 0 && output.count % outer == 0, "A join's output is cut into its rows.")
    (self.outer, self.output) = (outer, output)
  }
}

extension Join: LayerKind {
  var name: String { "join" }
  var inputCounts: ClosedRange<Int> { 1...1024 }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(
      inputs.allSatisfy { $0.count % outer == 0 }
        && inputs.reduce(0) { $0 + $1.count } == output.count,
      "Joined values are whole rows and fill the output.")
    return output
  }

  /// For each input: its floats of a row, and where they stand there.
  private func parts(_ call: LayerCall) -> [(size: Int, offset: Int)] {
    var offset = 0
    return call.inputs.indices.map { which in
      let size = call.inputShape(which).count / outer
      defer { offset += size }
      return (size, offset)
    }
  }

  func forward(_ call: LayerCall) {
    for (which, part) in parts(call).enumerated() {
      unsafe engram_copy_rows(
        call.value(which), outer, part.size, part.size, output.count / outer, call.y + part.offset)
    }
  }

  func backward(_ call: LayerCall) {
    for (which, part) in parts(call).enumerated() {
      unsafe call.contribute(which) {
        unsafe engram_copy_rows(
          call.dy + part.offset, outer, part.size, output.count / outer, part.size, $0)
      }
    }
  }
}
