// Whole files replaced, and what is said of files that cannot be used.

internal import Glibc

enum FileBytes {
  /// Writes beside `path`, flushes to disk, then renames: the file is never seen half written.
  static func replace(_ path: String, with bytes: [UInt8]) throws {
    let temporary = "\(path).\(getpid()).tmp"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(path, "be writable") }
    var written = 0
    var failed = false
    unsafe bytes.withUnsafeBytes { buffer in
      while written < buffer.count {
        let put = unsafe write(
          descriptor, buffer.baseAddress! + written, buffer.count - written)
        if put < 0 && errno == EINTR { continue }
        failed = put <= 0
        if failed { break }
        written += put
      }
    }
    failed = failed || fsync(descriptor) != 0
    let failedToClose = close(descriptor) != 0
    guard !failed, !failedToClose, unsafe rename(temporary, path) == 0 else {
      let error = failure(path, "be writable")
      _ = unsafe unlink(temporary)
      throw error
    }
    try flushDirectory(of: path)
  }

  /// The rename itself is durable once the directory is.
  private static func flushDirectory(of path: String) throws {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(directory, "be readable") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw failure(directory, "be flushable")
    }
  }

  static func failure(_ path: String, _ expected: String) -> WeightFileError {
    let reason = unsafe String(cString: strerror(errno))
    return WeightFileError("\(path): expected to \(expected), found: \(reason).")
  }
}
