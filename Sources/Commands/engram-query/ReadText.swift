// The text of a file or of standard input.

import CommandLineTool
import Glibc

/// - Parameter path: A file, or "-" for standard input.
/// - Throws: `RequestError` with the path and the system's reason.
func readText(_ path: String) throws -> String {
  let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw unreadable(path) }
  defer { if path != "-" { close(descriptor) } }
  var text: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = Glibc.read(descriptor, &buffer, buffer.count)
    if count == 0 { return String(decoding: text, as: UTF8.self) }
    if count > 0 {
      text += buffer[..<count]
    } else if errno != EINTR {
      throw unreadable(path)
    }
  }
}

private func unreadable(_ path: String) -> RequestError {
  RequestError(description: "cannot read \(path): \(systemReason())")
}
