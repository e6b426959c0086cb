// Where results go: stdout, or a file that appears whole or not at all. Notes go to stderr.

internal import Basics
import Glibc

package enum OutputError: Error, CustomStringConvertible {
  /// The reader of a pipe has gone; nothing is wrong.
  case readerGone
  case failed(path: String, reason: String)

  package var description: String {
    switch self {
    case .readerGone: "the reader of the output has gone"
    case .failed(let path, let reason): "cannot write \(path): \(reason)"
    }
  }
}

/// A buffered sink over a file descriptor.
package final class Output {
  /// Call `finish` at the end; notes on standard error are written at once.
  package static var standard: Output { Output(descriptor: 1, path: "standard output") }
  package static var standardError: Output { Output(descriptor: 2, path: "standard error") }

  private let descriptor: Int32
  private let path: String
  /// nil where what is at the path is written to as it is.
  private let file: ReplacedFile?
  private var buffer: [UInt8] = []

  private init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
    file = nil
  }

  /// A file that gets its name only when `finish` succeeds. What exists and is no regular file, such
  /// as a pipe or a terminal, is written to as it is.
  package convenience init(path: String) throws { try self.init(path: path, shownAs: path) }

  /// - Parameter shown: What errors name, where the path is not one that anybody asked for.
  package init(path: String, shownAs shown: String) throws {
    var status = stat()
    let exists = unsafe stat(path, &status) == 0
    self.path = shown
    if exists, status.st_mode & S_IFMT != S_IFREG {
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      file = nil
      guard descriptor >= 0 else { throw OutputError.failed(path: shown, reason: systemReason()) }
      return
    }
    descriptor = -1
    do { file = try ReplacedFile(path) } catch {
      throw OutputError.failed(path: shown, reason: "\(error)")
    }
  }

  package func write(_ text: String) throws {
    buffer += text.utf8
    if buffer.count > 1 << 16 { try flush() }
  }

  package func write(_ bytes: [UInt8]) throws {
    buffer += bytes
    if buffer.count > 1 << 16 { try flush() }
  }

  /// Whether people read what is written, on a screen.
  var isTerminal: Bool { isatty(descriptor) == 1 }

  func writeBestEffort(_ text: String) {
    try? write(text)
    try? flush()
  }

  /// Writes what is buffered and gives a file its name.
  package func finish() throws {
    try flush()
    do { try file?.finish() } catch {
      throw OutputError.failed(path: path, reason: "\(error)")
    }
  }

  private func flush() throws {
    if let file {
      do { try file.write(buffer) } catch {
        throw OutputError.failed(path: path, reason: "\(error)")
      }
      buffer.removeAll(keepingCapacity: true)
      return
    }
    var start = 0
    while start < buffer.count {
      let written = unsafe buffer.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress! + start, buffer.count - start)
      }
      if written < 0 {
        if errno == EINTR { continue }
        if errno == EPIPE { throw OutputError.readerGone }
        throw OutputError.failed(path: path, reason: systemReason())
      }
      start += written
    }
    buffer.removeAll(keepingCapacity: true)
  }
}

/// Whether both paths lead to one existing file.
package func isSameFile(_ a: String, _ b: String) -> Bool {
  var (first, second) = (stat(), stat())
  return unsafe stat(a, &first) == 0 && stat(b, &second) == 0
    && first.st_dev == second.st_dev && first.st_ino == second.st_ino
}

/// What errno says.
package func systemReason() -> String { unsafe String(cString: strerror(errno)) }
