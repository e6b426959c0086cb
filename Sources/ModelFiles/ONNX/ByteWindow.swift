// Some kilobytes of a file at a time: a model's description is read byte by byte, the weights between are stepped over.

internal import WeightFiles

/// The bytes of a file, one by one, from memory as long as one stays near.
final class ByteWindow {
  let source: ByteSource
  private var bytes: [UInt8] = []
  private var start = 0

  private static let length = 1 << 16

  init(_ source: ByteSource) { self.source = source }

  /// `position` lies within the file.
  func byte(_ position: Int) throws -> UInt8 {
    let offset = position - start
    if offset >= 0, offset < bytes.count { return bytes[offset] }
    start = position
    bytes = try source.bytes(position..<min(source.count, position + Self.length))
    return bytes[0]
  }

  /// `range` lies within the file.
  func slice(_ range: Range<Int>) throws -> [UInt8] {
    guard !range.isEmpty else { return [] }
    if range.count > Self.length { return try source.bytes(range) }
    if range.lowerBound < start || range.upperBound > start + bytes.count {
      start = range.lowerBound
      bytes = try source.bytes(start..<min(source.count, start + Self.length))
    }
    return Array(bytes[range.lowerBound - start..<range.upperBound - start])
  }
}
