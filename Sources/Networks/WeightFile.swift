// Weight files: safetensors with Float32 tensors. Other element types are refused.

internal import ContentHash

/// Named tensors and textual metadata, as one safetensors file holds them.
///
/// Layout: the header's length (8 bytes, little-endian), the header (JSON), then the tensors' bytes without
/// gaps. https://huggingface.co/docs/safetensors
package struct WeightFile: Hashable, Sendable {
  package var tensors: [String: Tensor]
  package var metadata: [String: String]

  package init(tensors: [String: Tensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// - Throws: `NetworkError` with the path, what was expected and what was found.
  package static func read(_ path: String) throws -> WeightFile {
    try WeightFile(decoding: FileBytes.read(path), path: path)
  }

  /// `path` is for messages only.
  package init(decoding bytes: [UInt8], path: String) throws {
    func fail(_ expected: String, _ found: String) -> NetworkError {
      NetworkError("\(path): expected \(expected), found \(found); is it a safetensors file?")
    }
    guard bytes.count >= 8 else {
      throw fail("at least 8 bytes", "\(bytes.count)")
    }
    let stated = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    let limit = min(bytes.count - 8, 100_000_000)
    guard stated <= UInt64(limit) else {
      throw fail("a header of at most \(limit) bytes", "a stated length of \(stated)")
    }
    let dataStart = 8 + Int(stated)
    let header = try SafetensorsHeader(parsing: bytes[8..<dataStart], path: path)
    let dataCount = bytes.count - dataStart
    var end = 0
    var tensors: [String: Tensor] = [:]
    for entry in header.entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.begin == end else {
        throw fail(
          "tensor \(entry.name) to begin at byte \(end) of the data", "\(entry.begin)")
      }
      guard entry.end <= dataCount else {
        throw fail("\(entry.end) bytes of data (\(entry.name))", "\(dataCount), cut short")
      }
      let values = bytes[(dataStart + entry.begin)..<(dataStart + entry.end)].floats
      tensors[entry.name] = Tensor(shape: entry.shape, values: values)
      end = entry.end
    }
    guard end == dataCount else {
      throw fail("\(end) bytes of data", "\(dataCount)")
    }
    self.init(tensors: tensors, metadata: header.metadata)
  }

  /// Replaces the file at once: readers see the old content or the new, whatever happens in between.
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

  /// Identifies the weights: SHA-256 over the tensors, names sorted, each as name, number of dimensions,
  /// dimensions, then Float32 values. The metadata is no part of it.
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

extension ArraySlice<UInt8> {
  /// Little-endian Float32; the count is a multiple of four.
  fileprivate var floats: [Float] {
    unsafe withUnsafeBytes { source in
      unsafe [Float](unsafeUninitializedCapacity: count / 4) { target, initialized in
        unsafe UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
        initialized = count / 4
      }
    }
  }
}
