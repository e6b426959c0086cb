// How often each neuron of a layer was active, z > 0, per class.

/// The counters of a layer of shape n_out × 1 without bias, in the same blocks as `ClassCounts`.
/// Any thread may call it; give every worker its own and merge at the end.
package final class NeuronCounts: Sendable {
  /// The shape whose blocks hold the counters.
  package let shape: LayerShape
  private let counts: ClassCounts

  package init(outputs: Int, classes: Int) {
    shape = LayerShape(outputs: outputs, inputs: 1, hasBias: false)
    counts = ClassCounts(shape: shape, classes: classes)
  }

  package var classes: Int { counts.classes }
  package var samples: [Int] { counts.samples }

  /// z: one row of pre-activations for each of `classes`, row-major. NaN is not active.
  package func add(z: Span<Float>, classes: [Int]) {
    precondition(z.count == classes.count * shape.outputs, "z must hold one row for every class")
    let blobs = Self.patterns(z: z, outputs: shape.outputs, count: classes.count)
    counts.add(valid: blobs, classes: classes)
  }

  /// Which neurons are active, as stored forms of a layer of one input without bias.
  package static func patterns(z: Span<Float>, outputs: Int, count: Int) -> [[UInt8]] {
    let shape = LayerShape(outputs: outputs, inputs: 1, hasBias: false)
    let header = Significance.Header(shape: shape, activeCount: 1)
    return (0..<count).map { sample in
      var blob = header.bytes() + [1]
      blob.append(contentsOf: repeatElement(0, count: header.rowBytes))
      for output in 0..<outputs where z[sample * outputs + output] > 0 {
        blob[header.rowsOffset + output / 8] |= 1 << UInt8(output % 8)
      }
      return blob
    }
  }

  /// Moves a class's counters out, to position `offset` of `target`.
  package func take(_ label: Int, into target: inout [UInt32], at offset: Int) {
    counts.take(label, into: &target, at: offset)
  }

  package func merge(_ other: NeuronCounts) { counts.merge(other.counts) }

  /// Blocks that one class's counters are stored in.
  package var blockCount: Int { ClassCounts.blockCount(shape) }

  /// The stored form of one block; see `CountsBlock`.
  package func block(_ block: Int, of label: Int) -> [UInt8] { counts.block(block, of: label) }
}
