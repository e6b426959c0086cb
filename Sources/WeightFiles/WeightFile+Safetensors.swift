// Reading safetensors.

internal import Basics

extension StoredWeights {
  /// Layout: the header's length (8 bytes, little-endian), the header (JSON), then the tensors'
  /// bytes without gaps. https://huggingface.co/docs/safetensors
  init(safetensors source: ByteSource) throws {
    func fail(_ expected: String, _ found: String) -> WeightFileError {
      WeightFileError(
        "\(source.path): expected \(expected), found \(found); is it a safetensors file?")
    }
    guard let stated = LittleEndian(try source.bytes(0..<min(8, source.count))).number(8, at: 0)
    else { throw fail("at least 8 bytes", "\(source.count)") }
    let limit = min(source.count - 8, SafetensorsHeader.longest)
    guard stated <= limit else {
      throw fail("a header of at most \(limit) bytes", "a stated length of \(stated)")
    }
    let dataStart = 8 + stated
    let header = try SafetensorsHeader(
      parsing: try source.bytes(8..<dataStart)[...], path: source.path)
    let dataCount = source.count - dataStart
    let entries = header.entries.sorted { ($0.begin, $0.end) < ($1.begin, $1.end) }
    var end = 0
    for entry in entries {
      guard entry.begin == end else {
        throw fail(
          "tensor \(entry.name.shown()) to begin at byte \(end) of the data", "\(entry.begin)")
      }
      guard entry.end <= dataCount else {
        throw fail("\(entry.end) bytes of data (\(entry.name.shown()))", "\(dataCount), cut short")
      }
      end = entry.end
    }
    guard end == dataCount else {
      throw fail("\(end) bytes of data", "\(dataCount)")
    }
    let stored = entries.map { entry -> (name: String, entry: StoredEntry) in
      let count = (entry.end - entry.begin) / entry.type.size
      return (
        entry.name,
        .tensor(
          StoredTensor(
            name: entry.name,
            storage: TensorStorage(key: entry.name, type: entry.type, count: count), offset: 0,
            shape: entry.shape, strides: Self.strides(entry.shape, count: count)))
      )
    }
    let places = Dictionary(
      entries.map { (ByteText($0.name), dataStart + $0.begin..<dataStart + $0.end) }
    ) { first, _ in first }
    self.init(
      [StoredDictionary(path: [], entries: stored)], metadata: header.metadata, in: source
    ) { storage in
      guard let range = places[ByteText(storage.key)] else {
        throw fail("the tensor \(storage.key.shown())", "none")
      }
      return range
    }
  }

  /// Row-major; the sizes of an empty tensor may have a product beyond Int.
  private static func strides(_ shape: [Int], count: Int) -> [Int] {
    var strides = [Int](repeating: 0, count: shape.count)
    guard count > 0 else { return strides }
    var next = 1
    for axis in shape.indices.reversed() {
      strides[axis] = next
      next *= shape[axis]
    }
    return strides
  }
}
