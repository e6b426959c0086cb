// What a recording's content is told by: its weights, its samples and every number that was recorded of them.

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

extension RecordingSamples {
  /// Bytes to a read.
  private static let block = 4 << 20

  private final class ArrayHasher {
    var hasher: ContentHasher? = ContentHasher()
  }

  /// Adds the numbers of every array that the run is made of, in whatever form they are stored and however samples are
  /// dealt out among the parts. Padding is left out.
  func hash(into hasher: inout ContentHasher, isCancelled: () -> Bool) throws {
    let names = RecordingPart.numbers(layers).filter { parts[0].own.type($0) != nil }
    let hashers = names.map { _ in ArrayHasher() }
    for index in parts.indices {
      for (name, own) in zip(names, hashers) {
        try hash(name, of: index, into: own, isCancelled: isCancelled)
      }
    }
    for (name, own) in zip(names, hashers) {
      hasher.update(name)
      hasher.update(parts[0].own.type(name) ?? "")
      hasher.update(UInt64(parts[0].own.shape(name)?.count ?? 0))
      hasher.update(own.hasher.take()?.finish() ?? "")
    }
    for part in parts where part.own.tokens != nil {
      for length in part.own.lengths { hasher.update(UInt64(length)) }
    }
  }

  private func hash(
    _ name: String, of index: Int, into own: ArrayHasher, isCancelled: () -> Bool
  ) throws {
    let (part, file) = (parts[index].own, try file(index))
    guard let shape = part.shape(name) else { return }
    let row = shape.dropFirst().reduce(1, *)
    func add(_ elements: Range<Int>) throws {
      for first in stride(from: elements.lowerBound, to: elements.upperBound, by: Self.block / 8) {
        let end = min(first + Self.block / 8, elements.upperBound)
        own.hasher?.update(try file.bytes(name, elements: first..<end))
        if isCancelled() { throw CaptureCancelled(stored: nil) }
      }
    }
    guard shape.count == 3, part.lengths.contains(where: { $0 < shape[1] }) else {
      return try add(0..<shape[0] * row)
    }
    for (place, length) in part.lengths.enumerated() {
      try add(place * row..<place * row + length * shape[2])
    }
  }
}
