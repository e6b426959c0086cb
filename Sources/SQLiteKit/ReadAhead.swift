// Files that SQLite reads page by page, read in large pieces where its pages follow each other: a page copied within memory takes
// a fraction of what a call to the system takes. A layer over SQLite's own access to files (https://sqlite.org/vfs.html), which
// does the rest. What is read ahead is AheadBuffer's. Leaves out: memory maps, whose reader a file that is cut short would end.

internal import CSQLite
internal import Glibc

enum ReadAhead {
  /// Under which SQLite opens such files; nil where the access below it is another than is known.
  static let name: String? = {
    guard let standard = unsafe sqlite3_vfs_find(nil) else { return nil }
    let own = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    unsafe own.initialize(to: standard.pointee)
    unsafe own.pointee.zName = UnsafePointer(strdup(title))
    unsafe own.pointee.szOsFile = Int32(AheadFile.size) + standard.pointee.szOsFile
    unsafe own.pointee.pNext = nil
    // Of the functions below that are called with this record none looks at it.
    unsafe own.pointee.pAppData = UnsafeMutableRawPointer(standard)
    unsafe own.pointee.xOpen = { own, path, file, flags, found in
      guard let own = unsafe own, let file = unsafe file else { return SQLITE_CANTOPEN }
      return unsafe AheadFile.open(
        own.pointee.pAppData.assumingMemoryBound(to: sqlite3_vfs.self), path, file, flags, found)
    }
    return unsafe sqlite3_vfs_register(own, 0) == SQLITE_OK ? title : nil
  }()

  private static let title = "engram-read-ahead"
}

private typealias File = UnsafeMutablePointer<sqlite3_file>

/// An open file as SQLite has it in memory. The file below stands behind it.
@safe private struct AheadFile {
  var file: sqlite3_file
  var buffer: Unmanaged<AheadBuffer>

  /// A multiple of what anything in memory is aligned to.
  static let size = 16

  static func below(_ file: File) -> File {
    unsafe (UnsafeMutableRawPointer(file) + size).assumingMemoryBound(to: sqlite3_file.self)
  }

  static func buffer(_ file: File) -> AheadBuffer {
    unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: AheadFile.self).pointee.buffer
      .takeUnretainedValue()
  }

  static func open(
    _ standard: UnsafeMutablePointer<sqlite3_vfs>, _ path: UnsafePointer<CChar>?, _ file: File,
    _ flags: Int32, _ found: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    // Journals and logs are files of the access below.
    guard flags & SQLITE_OPEN_MAIN_DB != 0 else {
      return unsafe standard.pointee.xOpen(standard, path, file, flags, found)
    }
    let below = unsafe below(file)
    unsafe (file.pointee.pMethods, below.pointee.pMethods) = (nil, nil)
    let code = unsafe standard.pointee.xOpen(standard, path, below, flags, found)
    guard code == SQLITE_OK, unsafe below.pointee.pMethods.pointee.iVersion >= 3 else {
      if let methods = unsafe below.pointee.pMethods { _ = unsafe methods.pointee.xClose(below) }
      return code == SQLITE_OK ? SQLITE_CANTOPEN : code
    }
    let own = unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: AheadFile.self)
    let buffer = unsafe Unmanaged.passRetained(AheadBuffer(below))
    unsafe own.initialize(to: AheadFile(file: sqlite3_file(pMethods: methods), buffer: buffer))
    return SQLITE_OK
  }

  /// The file below, for whatever is neither reading nor waits for a lock.
  private static func resting(_ file: File?) -> File {
    guard let file = unsafe file else { preconditionFailure("SQLite names a file.") }
    unsafe buffer(file).wait()
    return unsafe below(file)
  }

  /// The file below, where it may be another's to write from now on, or was.
  private static func changing(_ file: File?) -> File {
    guard let file = unsafe file else { preconditionFailure("SQLite names a file.") }
    unsafe buffer(file).forget()
    return unsafe below(file)
  }

  nonisolated(unsafe) private static let methods: UnsafePointer<sqlite3_io_methods> = {
    var own = sqlite3_io_methods()
    own.iVersion = 3
    unsafe own.xClose = { file in
      guard let file = unsafe file else { return SQLITE_OK }
      let below = unsafe changing(file)
      unsafe UnsafeMutableRawPointer(file).assumingMemoryBound(to: AheadFile.self).pointee.buffer
        .release()
      return unsafe below.pointee.pMethods.pointee.xClose(below)
    }
    unsafe own.xRead = { file, target, count, offset in
      guard let file = unsafe file, let target = unsafe target else { return SQLITE_IOERR }
      return unsafe buffer(file).read(target, Int(count), Int(offset))
    }
    unsafe own.xWrite = { file, source, count, offset in
      let below = unsafe changing(file)
      return unsafe below.pointee.pMethods.pointee.xWrite(below, source, count, offset)
    }
    unsafe own.xTruncate = { file, size in
      let below = unsafe changing(file)
      return unsafe below.pointee.pMethods.pointee.xTruncate(below, size)
    }
    unsafe own.xSync = { file, flags in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xSync(below, flags)
    }
    unsafe own.xFileSize = { file, size in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xFileSize(below, size)
    }
    unsafe own.xLock = { file, level in
      let below = unsafe changing(file)
      return unsafe below.pointee.pMethods.pointee.xLock(below, level)
    }
    unsafe own.xUnlock = { file, level in
      let below = unsafe changing(file)
      return unsafe below.pointee.pMethods.pointee.xUnlock(below, level)
    }
    unsafe own.xCheckReservedLock = { file, result in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xCheckReservedLock(below, result)
    }
    unsafe own.xFileControl = { file, operation, argument in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xFileControl(below, operation, argument)
    }
    unsafe own.xSectorSize = { file in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xSectorSize(below)
    }
    unsafe own.xDeviceCharacteristics = { file in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xDeviceCharacteristics(below)
    }
    unsafe own.xShmMap = { file, region, size, extend, address in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xShmMap(below, region, size, extend, address)
    }
    unsafe own.xShmLock = { file, offset, count, flags in
      let below = unsafe changing(file)
      return unsafe below.pointee.pMethods.pointee.xShmLock(below, offset, count, flags)
    }
    unsafe own.xShmBarrier = { file in
      let below = unsafe resting(file)
      unsafe below.pointee.pMethods.pointee.xShmBarrier(below)
    }
    unsafe own.xShmUnmap = { file, deletes in
      let below = unsafe changing(file)
      return unsafe below.pointee.pMethods.pointee.xShmUnmap(below, deletes)
    }
    unsafe own.xFetch = { file, offset, count, address in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xFetch(below, offset, count, address)
    }
    unsafe own.xUnfetch = { file, offset, address in
      let below = unsafe resting(file)
      return unsafe below.pointee.pMethods.pointee.xUnfetch(below, offset, address)
    }
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    unsafe methods.initialize(to: own)
    return unsafe UnsafePointer(methods)
  }()
}
