// The class counts of one layer under one assignment of labels.

package import Bits
package import Networks

/// Interaction and neuron counts per class. Any thread may add to it.
package final class LayerProfile: Sendable {
  package let interactions: ClassCounts
  package let neurons: NeuronCounts

  package init(shape: LayerShape, classes: Int) {
    interactions = ClassCounts(shape: shape, classes: classes)
    neurons = NeuronCounts(outputs: shape.outputs, classes: classes)
  }

  /// - Parameters:
  ///   - bits: One stored form per sample.
  ///   - z: samples × outputs, row-major.
  ///   - classes: The class position of every sample; one without is not counted.
  package func add(bits: [[UInt8]], z: [Float], classes: [Int?]) throws(BitsError) {
    let known = classes.compactMap(\.self)
    guard known.count < classes.count else {
      try interactions.add(bits, classes: known)
      neurons.add(z: z.span, classes: known)
      return
    }
    let labelled = classes.indices.filter { classes[$0] != nil }
    let outputs = z.count / max(1, classes.count)
    try interactions.add(labelled.map { bits[$0] }, classes: known)
    let own = labelled.flatMap { z[$0 * outputs..<($0 + 1) * outputs] }
    neurons.add(z: own.span, classes: known)
  }
}

extension FullyConnectedInfo {
  package var shape: LayerShape { LayerShape(outputs: outputs, inputs: inputs, hasBias: hasBias) }
}
