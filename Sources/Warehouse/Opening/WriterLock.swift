// One writing program to a warehouse at a time. Readers take no part in it. SQLite's own locks keep the file whole; this
// one keeps work in order.

internal import Basics
internal import Glibc

/// Whose turn it is to write.
package enum WriterLock {
  /// Runs `body` while no other program writes, under whatever name of the file; the lock ends with it, or with the
  /// process.
  /// - Parameters:
  ///   - path: The warehouse's.
  ///   - isMade: Whether the file is made where there is none.
  ///   - waiting: Called once where another program holds the lock.
  ///   - isCancelled: Asked while waiting.
  /// - Returns: nil where waiting was cancelled.
  /// - Throws: `WarehouseError` where the file cannot be opened for writing; what `body` throws.
  package static func holding<T>(
    _ path: String, isMade: Bool, waiting: () -> Void, isCancelled: () -> Bool = { false },
    do body: () throws -> T
  ) throws -> T? {
    do {
      let outcome = try FileLock.holding(
        path, isMade: isMade, waiting: waiting, isCancelled: isCancelled, do: body)
      return if case .done(let result) = outcome { result } else { nil }
    } catch let error as SystemError {
      throw switch error.number {
      case ENOENT where !isMade: WarehouseError.missing(path: path)
      case ENOSPC, EDQUOT: WarehouseError.diskFull(path: path)
      case EACCES, EPERM, EROFS: WarehouseError.notWritable(path: path)
      default: WarehouseError.cannotOpen(path: path)
      }
    }
  }
}
