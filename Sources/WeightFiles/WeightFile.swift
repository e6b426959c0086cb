// Weight files: safetensors, read and written, and PyTorch's, read (WeightFile+Torch). Numbers
// become Float32.

internal import ContentHash

/// Named tensors and textual metadata, as one safetensors file holds them. PyTorch's files have no
/// metadata.
package struct WeightFile: Hashable, Sendable {
  package var tensors: [String: Tensor]
  package var metadata: [String: String]

  package init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The format is told by the content, not by the file's name. Where a file holds several
  /// dictionaries, this is the one that training scripts keep weights in (`state_dict`, `model`), by
  /// names without DataParallel's `module.`; `found(at:for:)` takes what fits a network.
  ///
  /// - Throws: `WeightFileError` with the path, what was expected and what was found.
  package static func read(_ path: String) throws -> WeightFile {
    try WeightFile(reading: ByteSource(opening: path))
  }

  /// `path` is for messages only.
  package init(decoding bytes: [UInt8], path: String) throws {
    try self.init(reading: ByteSource(bytes, path: path))
  }

  private init(reading source: ByteSource) throws {
    let weights = try StoredWeights(source)
    self = try weights.read(weights.usual())
  }

  /// Replaces the file at once: readers see the old content or the new, whatever happens in
  /// between.
  package func write(_ path: String) throws {
    try FileBytes.replace(path, with: encoded())
  }

  /// The file's bytes; equal content gives equal bytes.
  package func encoded() -> [UInt8] {
    var header = SafetensorsHeader(entries: [], metadata: metadata)
    var data: [UInt8] = []
    data.reserveCapacity(tensors.values.reduce(0) { $0 + 4 * $1.values.count })
    for (name, tensor) in sorted {
      let begin = data.count
      data.append(floats: tensor.values)
      header.entries.append(
        .init(name: name, shape: tensor.shape, begin: begin, end: data.count))
    }
    let text = header.encoded()
    let length = UInt64(text.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + text + data
  }

  /// Identifies the weights: SHA-256 over the tensors, names sorted, each as name, number of
  /// dimensions, dimensions, then Float32 values. The metadata is no part of it.
  package var sha256: String {
    var hasher = ContentHasher()
    for (name, tensor) in sorted {
      hasher.update(name)
      hasher.update(UInt64(tensor.shape.count))
      for size in tensor.shape { hasher.update(UInt64(size)) }
      var bytes: [UInt8] = []
      bytes.append(floats: tensor.values)
      hasher.update(bytes)
    }
    return hasher.finish()
  }

  private var sorted: [(key: String, value: Tensor)] {
    tensors.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }
}

extension [UInt8] {
  /// Little-endian, as every supported machine has them in memory.
  fileprivate mutating func append(floats: [Float]) {
    unsafe floats.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}
