// The bytes of a weight or model file, read where they are needed: a tensor's go from the disk to where they
// stay.

internal import Basics
internal import Glibc

/// A file of a fixed size, or bytes in memory.
package final class ByteSource: Sendable {
  private enum Origin: Sendable {
    case memory([UInt8])
    case file(Int32)
  }

  /// Bytes of pickles and directories that are taken into memory before anything of them is known: those of weights
  /// are some thousand.
  package static let longestPickle = 1 << 26

  /// For messages.
  package let path: String
  package let count: Int
  private let origin: Origin

  package init(_ bytes: [UInt8], path: String) {
    self.path = path
    count = bytes.count
    origin = .memory(bytes)
  }

  /// - Throws: `WeightFileError` for what is no file that can be read.
  package init(opening path: String) throws {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileBytes.failure(path, "be readable") }
    var status = stat()
    let known = unsafe fstat(descriptor, &status) == 0
    guard known, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw WeightFileError("\(path): expected a file, found a directory or device.")
    }
    self.path = path
    count = Int(status.st_size)
    origin = .file(descriptor)
  }

  deinit { if case .file(let descriptor) = origin { close(descriptor) } }

  func fail(_ expected: String, _ found: String) -> WeightFileError {
    WeightFileError("\(path): expected \(expected), found \(found).")
  }

  /// Two tensors whose names Unicode takes for one text: no network has such.
  func alikeNames(_ name: String) -> WeightFileError {
    fail("tensors whose names differ in their letters", "two called \(name.shown())")
  }

  /// `range` lies within the file.
  package func bytes(_ range: Range<Int>) throws -> [UInt8] {
    if case .memory(let bytes) = origin {
      return range == 0..<count ? bytes : Array(bytes[range])
    }
    var failure: WeightFileError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, done in
      let target = UnsafeMutableRawBufferPointer(buffer)
      failure = unsafe read(range.lowerBound, into: target)
      done = failure == nil ? range.count : 0
    }
    if let failure { throw failure }
    return bytes
  }

  /// `count` elements from byte `start` on, as Float32; they lie within the file.
  package func floats(_ type: ElementType, at start: Int, count: Int) throws -> [Float] {
    guard type == .float32 else {
      return type.floats(try bytes(start..<start + count * type.size))
    }
    var failure: WeightFileError?
    let floats = unsafe [Float](unsafeUninitializedCapacity: count) { buffer, done in
      let target = unsafe UnsafeMutableRawBufferPointer(
        start: buffer.baseAddress, count: count * type.size)
      failure = unsafe read(start, into: target)
      done = failure == nil ? count : 0
    }
    if let failure { throw failure }
    return floats
  }

  private func read(_ start: Int, into target: UnsafeMutableRawBufferPointer) -> WeightFileError? {
    switch origin {
    case .memory(let bytes):
      unsafe bytes.withUnsafeBytes { source in
        unsafe target.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: source[start..<start + target.count]))
      }
    case .file(let descriptor):
      var done = 0
      while done < target.count {
        let got = unsafe pread(
          descriptor, target.baseAddress! + done, target.count - done, off_t(start + done))
        if got < 0 && errno == EINTR { continue }
        if got < 0 { return FileBytes.failure(path, "be readable") }
        if got == 0 { return fail("\(count) bytes", "fewer: it was cut short while it was read") }
        done += got
      }
    }
    return nil
  }
}
