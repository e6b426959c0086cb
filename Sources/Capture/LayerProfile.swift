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
  ///   - classes: The class position of every sample.
  package func add(bits: [[UInt8]], z: [Float], classes: [Int]) throws(BitsError) {
    try interactions.add(bits, classes: classes)
    neurons.add(z: z.span, classes: classes)
  }
}

extension FullyConnectedInfo {
  package var shape: LayerShape { LayerShape(outputs: outputs, inputs: inputs, hasBias: hasBias) }
}
