// Decompressing gzip with zlib, no further than is asked for.

internal import Basics
internal import CZlib

enum Gunzip {
  static func isCompressed(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The first `limit` bytes that `bytes` decompress to, or all of them if they are fewer.
  ///
  /// - Throws: For bytes that are no gzip stream, are cut short or have another checksum, as far as that was
  ///   reached.
  static func first(
    _ limit: Int, of bytes: [UInt8], path: String
  ) throws(DataSetError) -> [UInt8] {
    // Deflate makes a byte of at most 1,032.
    let capacity = min(limit, bytes.count.multipliedReportingOverflow(by: 1032).partialValue)
    // And as much again, as readers copy it.
    guard Memory.has(2 * max(1, capacity) + bytes.count) else {
      throw lacksMemory(path, 2 * capacity + bytes.count)
    }
    var stream = unsafe z_stream()
    // 16: gzip's header and checksum, not zlib's.
    guard
      unsafe inflateInit2_(
        &stream, 16 + MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw DataSetError("\(path): no memory to decompress it") }
    defer { unsafe _ = inflateEnd(&stream) }
    var isWhole = true
    let output = unsafe bytes.withUnsafeBufferPointer { input in
      unsafe [UInt8](unsafeUninitializedCapacity: max(1, capacity)) { output, count in
        let chunk = 1 << 30
        var read = 0
        var status = Z_OK
        while status == Z_OK && count < capacity {
          let (given, room) = (min(chunk, input.count - read), min(chunk, capacity - count))
          unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress! + read)
          unsafe stream.avail_in = UInt32(given)
          unsafe stream.next_out = output.baseAddress! + count
          unsafe stream.avail_out = UInt32(room)
          status = unsafe inflate(&stream, Z_NO_FLUSH)
          unsafe read += given - Int(stream.avail_in)
          unsafe count += room - Int(stream.avail_out)
        }
        isWhole = status == Z_STREAM_END || (status == Z_OK && count == limit)
      }
    }
    guard isWhole else {
      throw DataSetError(
        path, expected: "a whole gzip file", found: "one that is cut short or damaged")
    }
    return output
  }
}
