// Reading safetensors.

internal import Basics

extension WeightFile {
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
    var tensors: [String: Tensor] = [:]
    for entry in entries {
      let values = try source.floats(
        entry.type, at: dataStart + entry.begin, count: (entry.end - entry.begin) / entry.type.size)
      let tensor = Tensor(shape: entry.shape, values: values)
      guard tensors.updateValue(tensor, forKey: entry.name) == nil else {
        throw source.alikeNames(entry.name)
      }
    }
    self.init(tensors: tensors, metadata: header.metadata)
  }
}
