// One program at a time at a file or in a folder, whatever name leads to it. The lock is the system's, on the file itself: it ends with
// the process, and leaves nothing behind. Leaves out: programs that do not ask for it.

internal import Glibc

/// Whose turn it is at a file.
package enum FileLock {
  /// What came of asking.
  package enum Outcome<Result> {
    case done(Result)
    /// Waiting was cancelled.
    case cancelled
  }

  /// Runs `body` while no other program holds the lock of the file at `path`.
  /// - Parameters:
  ///   - isMade: Whether an empty file is made where there is none; it goes again where `body` leaves it empty.
  ///   - waiting: Called once where another program holds the lock.
  ///   - isCancelled: Asked while waiting; nil does not wait.
  /// - Throws: `SystemError` where the file cannot be opened for writing; what `body` throws.
  package static func holding<Result>(
    _ path: String, isMade: Bool, waiting: () -> Void, isCancelled: () -> Bool,
    do body: () throws -> Result
  ) throws -> Outcome<Result> {
    guard let held = try take(path, isMade, waiting, isCancelled) else { return .cancelled }
    defer {
      var status = stat()
      if held.isNew, unsafe fstat(held.descriptor, &status) == 0, status.st_size == 0,
        isLinked(held.descriptor, at: path)
      {
        // While it is still locked, so that nobody can have begun to use it.
        unsafe unlink(path)
      }
      setLock(held.descriptor, F_UNLCK)
      // The descriptor stays open: closing one gives up every lock that SQLite has on the file in this process.
    }
    return .done(try body())
  }

  private static func take(
    _ path: String, _ isMade: Bool, _ waiting: () -> Void, _ isCancelled: () -> Bool
  ) throws(SystemError) -> (descriptor: Int32, isNew: Bool)? {
    var isTold = false
    while true {
      var isNew = false
      var descriptor = unsafe open(path, O_RDWR | O_CLOEXEC)
      if descriptor < 0, errno == ENOENT, isMade {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        isNew = descriptor >= 0
        // Another program was faster.
        if !isNew, errno == EEXIST { continue }
      }
      guard descriptor >= 0 else { throw SystemError(errno) }
      while !setLock(descriptor, F_WRLCK) {
        guard errno == EAGAIN || errno == EACCES else { throw SystemError(errno) }
        if !isTold { waiting() }
        isTold = true
        if isCancelled() { return nil }
        usleep(100_000)
      }
      if isLinked(descriptor, at: path) { return (descriptor, isNew) }
      // The file was taken away, or replaced, meanwhile.
      setLock(descriptor, F_UNLCK)
    }
  }

  /// A byte far behind those that SQLite locks (https://sqlite.org/fileformat.html, 2³⁰ + 512) and behind any file's
  /// end. The lock is of the open file, not of the process (fcntl(2), "Open file description locks").
  @discardableResult
  private static func setLock(_ descriptor: Int32, _ kind: Int32) -> Bool {
    var lock = flock()
    lock.l_type = Int16(kind)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = 1 << 62
    lock.l_len = 1
    // F_OFD_SETLK
    return unsafe fcntl(descriptor, 37, &lock) == 0
  }

  private static func isLinked(_ descriptor: Int32, at path: String) -> Bool {
    var (held, found) = (stat(), stat())
    return unsafe fstat(descriptor, &held) == 0 && stat(path, &found) == 0
      && held.st_ino == found.st_ino && held.st_dev == found.st_dev
  }
}

/// A folder that one holder has at a time, until it lets go of this or the process ends.
package final class FolderLock: Sendable {
  private let descriptor: Int32

  /// - Returns: nil where another holder has the folder.
  /// - Throws: `SystemError` where it cannot be opened.
  package init?(_ path: String) throws(SystemError) {
    descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError(errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let failure = errno
      close(descriptor)
      if failure == EWOULDBLOCK { return nil }
      throw SystemError(failure)
    }
  }

  deinit { close(descriptor) }
}
