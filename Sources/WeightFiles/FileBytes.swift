// Whole files replaced, and what is said of files that cannot be used.

internal import Basics
internal import Glibc

enum FileBytes {
  /// The file is never seen half written.
  static func replace(_ path: String, with bytes: [UInt8]) throws {
    do {
      let file = try ReplacedFile(path)
      try file.write(bytes)
      try file.finish()
    } catch {
      throw WeightFileError("\(path): expected to be writable, found: \(error).")
    }
  }

  static func failure(_ path: String, _ expected: String) -> WeightFileError {
    let reason = unsafe String(cString: strerror(errno))
    return WeightFileError("\(path): expected to \(expected), found: \(reason).")
  }
}
