// The text of a file or of standard input.

import CommandLineTool
import Glibc

/// - Parameter path: A file, or "-" for standard input.
/// Bytes of SQL: what is longer, or has no end as /dev/zero, is no statement of a person's.
private let mostBytes = 16 << 20

/// - Throws: `RequestError` with the path and the system's reason, for texts of more than 16 MiB and for what is none.
func readText(_ path: String) throws -> String {
  let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw unreadable(path) }
  defer { if path != "-" { close(descriptor) } }
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    if count == 0 {
      guard let read = String(validating: text, as: UTF8.self) else {
        throw RequestError(description: "\(path): expected SQL in UTF-8, found other bytes")
      }
      return read
    }
    if count > 0 {
      text += buffer[..<count]
      guard text.count <= mostBytes else {
        throw RequestError(
          description: "\(path): expected SQL of at most \(mostBytes) bytes, found more")
      }
    } else if errno != EINTR {
      throw unreadable(path)
    }
  }
}

private func unreadable(_ path: String) -> RequestError {
  RequestError(description: "cannot read \(path): \(systemReason())")
}
