// What does not fit in memory between being found and being written: a file without a name, written once, then read from its
// start as often as needed. Leaves out: what stands in it.

internal import Glibc

/// Nothing is left of it when it is let go, or the process ends.
package final class SpoolFile {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private static let piece = 1 << 16

  /// - Throws: `SystemError` where the folder cannot be written.
  package init(in folder: String) throws(SystemError) {
    // O_TMPFILE, which C spells as a compound that Swift does not see.
    let nameless = O_DIRECTORY | 0o20000000
    var opened = unsafe open(folder, nameless | O_RDWR | O_CLOEXEC, 0o600)
    if opened < 0 {
      let name = ReplacedFile.freeName(in: folder)
      opened = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      if opened >= 0 { unsafe unlink(name) }
    }
    guard opened >= 0 else { throw SystemError(errno) }
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// - Throws: `SystemError` where there is no room.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    buffer += bytes
    if buffer.count >= Self.piece { try flush() }
  }

  private func flush() throws(SystemError) {
    var start = 0
    while start < buffer.count {
      let count = unsafe buffer.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress! + start, buffer.count - start)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SystemError(count == 0 ? ENOSPC : errno) }
      start += count
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Reads from the first byte on. Nothing is written meanwhile.
  package func reader() throws(SystemError) -> Reader {
    try flush()
    return Reader(self)
  }

  package struct Reader {
    private let file: SpoolFile
    private var offset = 0
    private var buffer: [UInt8] = []
    private var start = 0

    fileprivate init(_ file: SpoolFile) { self.file = file }

    /// The next bytes, which were written.
    /// - Throws: `SystemError` where the system cannot read them.
    package mutating func take(_ count: Int) throws(SystemError) -> ArraySlice<UInt8> {
      if buffer.count - start < count {
        buffer.removeFirst(start)
        start = 0
        while buffer.count < count { try fill(max(SpoolFile.piece, count)) }
      }
      start += count
      return buffer[start - count..<start]
    }

    private mutating func fill(_ count: Int) throws(SystemError) {
      var failure: Int32 = 0
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, found in
        repeat {
          let read = unsafe pread(file.descriptor, bytes.baseAddress, count, off_t(offset))
          failure = read < 0 ? errno : read == 0 ? EIO : 0
          found = max(0, read)
        } while failure == EINTR
      }
      guard failure == 0 else { throw SystemError(failure) }
      offset += piece.count
      buffer += piece
    }
  }
}
