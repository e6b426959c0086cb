// One writing program to a warehouse at a time: a file beside it, "NAME-lock", that its holder has locked.
// Readers take no part in it. SQLite's own locks keep the file whole; this one keeps work in order.

internal import Glibc

/// Whose turn it is to write.
package enum WriterLock {
  /// Runs `body` while no other program writes; the lock ends with it, or with the process.
  /// - Parameters:
  ///   - path: The warehouse's.
  ///   - waiting: Called once where another program holds the lock.
  ///   - isCancelled: Asked while waiting.
  /// - Returns: nil where waiting was cancelled.
  /// - Throws: `WarehouseError` where the lock's file cannot be made; what `body` throws.
  package static func holding<T>(
    _ path: String, waiting: () -> Void, isCancelled: () -> Bool = { false },
    do body: () throws -> T
  ) throws -> T? {
    let lock = path + "-lock"
    guard let descriptor = try take(lock, of: path, waiting, isCancelled) else { return nil }
    defer {
      // While it is still locked, so that nobody can have taken the file that goes away.
      unlink(lock)
      close(descriptor)
    }
    return try body()
  }

  private static func take(
    _ lock: String, of path: String, _ waiting: () -> Void, _ isCancelled: () -> Bool
  ) throws -> Int32? {
    var isTold = false
    while true {
      let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw WarehouseError.cannotOpen(path: path) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        if isLinked(descriptor, at: lock) { return descriptor }
        // Its last holder has taken the file away meanwhile.
        close(descriptor)
        continue
      }
      let isHeld = errno == EWOULDBLOCK
      close(descriptor)
      guard isHeld else { throw WarehouseError.cannotOpen(path: path) }
      if !isTold { waiting() }
      isTold = true
      if isCancelled() { return nil }
      usleep(100_000)
    }
  }

  private static func isLinked(_ descriptor: Int32, at path: String) -> Bool {
    var (held, found) = (stat(), stat())
    return fstat(descriptor, &held) == 0 && stat(path, &found) == 0
      && held.st_ino == found.st_ino && held.st_dev == found.st_dev
  }
}
