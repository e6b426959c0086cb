// A file that is read without locks: whether anybody has written to it since. Leaves out: files that are changed
// through a memory map alone.

internal import CSQLite
internal import Glibc

/// Knows a file as it was, by what the system says of it, and tells when it is another.
final class UnchangedFile: Sendable {
  private let descriptor: Int32
  private let path: String
  private let seen: Stamp

  private struct Stamp: Equatable {
    let device: UInt
    let inode: UInt
    let size: Int
    let modified: Int
    let changed: Int

    init(_ status: stat) {
      device = UInt(status.st_dev)
      inode = UInt(status.st_ino)
      size = Int(status.st_size)
      modified = status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
      changed = status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
    }
  }

  /// The kernel's clock for files stands still between its ticks, of 10 ms at most: what is written within the one in
  /// which a file was looked at could not be told.
  private static let tick = 20_000_000

  init(_ path: String) throws(SQLiteError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    self.path = path
    guard descriptor >= 0 else {
      throw SQLiteError(extendedCode: SQLITE_CANTOPEN, message: "unable to open database file")
    }
    while true {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else {
        close(descriptor)
        throw SQLiteError(extendedCode: SQLITE_IOERR, message: "disk I/O error")
      }
      let stamp = Stamp(status)
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      let age = now.tv_sec * 1_000_000_000 + now.tv_nsec - max(stamp.modified, stamp.changed)
      guard (0..<Self.tick).contains(age) else {
        seen = stamp
        return
      }
      usleep(UInt32(Self.tick / 1000))
    }
  }

  deinit { close(descriptor) }

  /// Throws `SQLiteCode.busy` where the file is not what it was, or where another one has its name.
  func check() throws(SQLiteError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, Stamp(status) == seen else {
      throw SQLiteError(
        extendedCode: SQLITE_BUSY, message: "another program wrote to \(path) while it was read")
    }
  }
}
