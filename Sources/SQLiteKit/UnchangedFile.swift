// A file that is read without locks: whether anybody has written to it since. Leaves out: files that are changed
// through a memory map alone.

internal import CSQLite
internal import Glibc

/// Knows a file as it was, by what the system says of it, and tells when it is another.
struct UnchangedFile: Sendable {
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
    self.path = path
    while true {
      // Not through a descriptor: closing one gives up the locks that this process has on the file.
      guard let stamp = Self.stamp(of: path) else {
        throw SQLiteError(extendedCode: SQLITE_CANTOPEN, message: "unable to open database file")
      }
      var now = timespec()
      unsafe clock_gettime(CLOCK_REALTIME, &now)
      let age = now.tv_sec * 1_000_000_000 + now.tv_nsec - max(stamp.modified, stamp.changed)
      guard (0..<Self.tick).contains(age) else {
        seen = stamp
        return
      }
      usleep(UInt32(Self.tick / 1000))
    }
  }

  private static func stamp(of path: String) -> Stamp? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Stamp(status) : nil
  }

  /// Throws `SQLiteCode.busy` where the file is not what it was, or where another one has its name.
  func check() throws(SQLiteError) {
    guard Self.stamp(of: path) == seen else {
      throw SQLiteError(
        extendedCode: SQLITE_BUSY, message: "another program wrote to \(path) while it was read")
    }
  }
}
