// A file written anew: it has its name when it is whole and on the disk, or what had that name stays. Leaves out: what
// is written into it.

internal import Glibc

/// What the system refused.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  /// As in errno.
  package let number: Int32

  package init(_ number: Int32) { self.number = number }

  /// "No space left on device".
  package var description: String { unsafe String(cString: strerror(number)) }
}

/// A file that is to take a name. Until it does it has none, so that nothing is left of it when the process ends; where
/// the file system offers no such files, one that nobody can foresee.
package final class ReplacedFile {
  private let path: String
  private let descriptor: Int32
  /// Its name before it takes the one it is for; nil while it has none.
  private var temporary: String?
  private var isOpen = true

  /// Opens a file beside `path`, with the permissions of the one that has the name.
  /// - Throws: `SystemError` where the folder cannot be written.
  package init(_ path: String) throws(SystemError) {
    self.path = path
    let folder = Self.folder(of: path)
    var status = stat()
    let kept = unsafe stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    // O_TMPFILE, which C spells as a compound that Swift does not see.
    let nameless = O_DIRECTORY | 0o20000000
    var opened: Int32 = -1
    if unsafe access("/proc/self/fd", X_OK) == 0 {
      opened = unsafe open(folder, nameless | O_WRONLY | O_CLOEXEC, 0o666)
    }
    if opened < 0 {
      let name = Self.freeName(in: folder)
      opened = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
      temporary = name
    }
    guard opened >= 0 else { throw SystemError(errno) }
    descriptor = opened
    if let kept, fchmod(descriptor, kept) != 0 {
      let failure = errno
      abandon()
      throw SystemError(failure)
    }
  }

  deinit { abandon() }

  /// Lets go of what was written; the name stays with whatever has it.
  package func abandon() {
    if isOpen { close(descriptor) }
    isOpen = false
    if let temporary { unsafe unlink(temporary) }
    temporary = nil
  }

  /// - Throws: `SystemError` where there is no room; what was written until then is to be abandoned.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    let failure = unsafe bytes.withUnsafeBytes { unsafe Self.write($0, to: descriptor) }
    if let failure { throw failure }
  }

  /// Puts everything on the disk and takes the name. Throws `SystemError`, and then has not taken it.
  package func finish() throws(SystemError) {
    precondition(isOpen, "A file takes its name once.")
    defer { abandon() }
    guard fsync(descriptor) == 0 else { throw SystemError(errno) }
    let folder = Self.folder(of: path)
    let name: String
    if let temporary {
      name = temporary
    } else {
      // A nameless file can take a free name alone.
      name = Self.freeName(in: folder)
      guard
        unsafe linkat(
          AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0
      else { throw SystemError(errno) }
      temporary = name
    }
    guard unsafe rename(name, path) == 0 else { throw SystemError(errno) }
    temporary = nil
    try Self.flush(folder: folder)
  }

  /// Names in a folder are on the disk once the folder is.
  /// - Throws: `SystemError` where it cannot be opened or flushed; file systems that flush no folders are none.
  package static func flush(folder: String) throws(SystemError) {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw SystemError(errno) }
  }

  /// A name beside others that nobody can foresee.
  package static func freeName(in folder: String) -> String {
    let number = String(UInt64.random(in: .min ... .max), radix: 16)
    return folder + "/.engram-" + number + ".partial"
  }

  /// "." for a name alone.
  package static func folder(of path: String) -> String {
    let bytes = path.utf8
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == bytes.startIndex ? "/" : String(bytes[..<slash]) ?? "."
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) -> SystemError? {
    var start = 0
    while start < bytes.count {
      let count = unsafe Glibc.write(
        descriptor, bytes.baseAddress! + start, bytes.count - start)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return SystemError(count == 0 ? ENOSPC : errno) }
      start += count
    }
    return nil
  }
}
