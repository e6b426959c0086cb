// What a recording's content is told by: its weights, and its samples.

internal import Bits
internal import ContentHash
internal import DataSets

extension RecordingJob {
  /// SHA-256 over the recorded layers.
  static func weightsHash(_ layers: [Recording.Layer]) -> String {
    var hasher = ContentHasher()
    hasher.update("recorded layers")
    for layer in layers {
      hasher.update(layer.name)
      for size in [layer.weights.shape.outputs, layer.weights.shape.inputs] {
        hasher.update(UInt64(size))
      }
      hasher.update(FloatVector.encode(layer.weights.weight.span))
      let bias = layer.weights.bias ?? []
      hasher.update(FloatVector.encode(bias.span))
    }
    return hasher.finish()
  }

  /// SHA-256 over name, classes, keys and labels: samples are known by these alone.
  static func fingerprint(_ recording: Recording, _ samples: RecordingSamples) -> String {
    var hasher = ContentHasher()
    hasher.update("recorded data set")
    hasher.update(recording.dataSetName)
    for size in [recording.classes.count, samples.count] { hasher.update(UInt64(size)) }
    for item in recording.classes { hasher.update(item.key) }
    for (key, label) in zip(samples.keys, samples.labels) {
      hasher.update(key)
      hasher.update(label.map(UInt64.init) ?? .max)
    }
    return hasher.finish()
  }
}
