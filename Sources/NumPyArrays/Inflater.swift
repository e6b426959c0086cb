// Decompressing deflate with zlib, piece by piece, no further than is asked for. gzip files are read by DataSets.

internal import CZlib
package import FoundationEssentials
internal import Glibc

/// Reads what deflated bytes decompress to, from the beginning on.
@safe package final class Inflater {
  package enum Format {
    /// With zlib's header and checksum, as MATLAB's files have it.
    case zlib
    /// Deflate alone, as in zip archives.
    case raw
  }

  private let stream: UnsafeMutablePointer<z_stream>
  private let input: Data
  private var offset = 0
  private var hasBegun = false
  /// Whether there was no memory for what was asked for.
  package private(set) var lacksMemory = false
  /// Whether everything was read, and its checksum agrees where there is one.
  package private(set) var isAtEnd = false

  package init(_ input: Data, _ format: Format) {
    self.input = input
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe inflateInit2_(
      stream, format == .zlib ? MAX_WBITS : -MAX_WBITS, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    hasBegun = status == Z_OK
  }

  deinit {
    if hasBegun { unsafe _ = inflateEnd(stream) }
    unsafe stream.deallocate()
  }

  /// Deflate makes at most 1,032 bytes of one: the most that the rest can become.
  package var most: Int {
    (input.count - offset + 1).multipliedReportingOverflow(by: 1032).partialValue + 65536
  }

  /// The next `count` bytes.
  ///
  /// - Returns: Nil where they are fewer, or damaged, or `lacksMemory`.
  package func read(_ count: Int) -> Data? {
    guard hasBegun, count >= 0, count <= most else { return nil }
    if count == 0 { return Data() }
    guard let output = unsafe malloc(count) else {
      lacksMemory = true
      return nil
    }
    var written = 0
    var status = Z_OK
    let chunk = 1 << 30
    unsafe input.withUnsafeBytes { source in
      while status == Z_OK && written < count {
        let (given, room) = (min(chunk, source.count - offset), min(chunk, count - written))
        let next = unsafe source.baseAddress.map { unsafe $0 + offset }
        unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(
          mutating: next?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(given)
        unsafe stream.pointee.next_out = unsafe output.assumingMemoryBound(to: UInt8.self) + written
        unsafe stream.pointee.avail_out = UInt32(room)
        status = unsafe inflate(stream, Z_NO_FLUSH)
        offset += given - Int(unsafe stream.pointee.avail_in)
        written += room - Int(unsafe stream.pointee.avail_out)
      }
    }
    if status == Z_STREAM_END { isAtEnd = true }
    guard written == count else {
      unsafe free(output)
      return nil
    }
    return unsafe Data(bytesNoCopy: output, count: count, deallocator: .free)
  }

  /// Whether nothing follows what was read, and it agrees with its checksum.
  package func end() -> Bool {
    if isAtEnd { return true }
    return read(1) == nil && isAtEnd
  }
}
