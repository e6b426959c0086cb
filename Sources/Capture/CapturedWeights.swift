// A captured layer's weights as the warehouse keeps and finds them.

internal import Bits
internal import ContentHash
internal import Networks

extension FullyConnectedInfo {
  var weights: LayerWeights { LayerWeights(shape: shape, weight: weight, bias: bias) }

  /// SHA-256 over outputs, inputs, W and b.
  var weightsHash: String {
    var hasher = ContentHasher()
    hasher.update(UInt64(outputs))
    hasher.update(UInt64(inputs))
    // As FloatVector stores them: every supported machine has floats least significant byte first in memory.
    hasher.update(weight.span.bytes)
    if let bias { hasher.update(bias.span.bytes) }
    return hasher.finish()
  }
}
