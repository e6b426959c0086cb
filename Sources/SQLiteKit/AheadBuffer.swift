// The pieces of a file that are read ahead: the one that pages are copied from, and the next, which is read meanwhile.

internal import CSQLite
internal import Dispatch

/// What one open file has. One thread uses it at a time, as SQLite does the file.
@safe final class AheadBuffer: @unchecked Sendable {
  /// The file of the access below, which is read on one thread at a time.
  private let file: UnsafeMutablePointer<sqlite3_file>
  /// The piece at hand, the one before it, and the one behind it.
  private var (piece, last, next) = (Piece(), Piece(), Piece())
  /// Whether the next piece is being read.
  private var isReading = false
  private let done = DispatchSemaphore(value: 0)
  private lazy var queue = DispatchQueue(label: "engram.read-ahead")
  /// Where the last read ended, and the bytes of those that followed each other up to it.
  private var (end, run) = (0, 0)

  /// Bytes of a piece; how far apart reads may be and still follow each other, as a row's first page lies behind its others; what
  /// must have been read so before a piece is, and before another thread reads the next.
  private static let (size, gap, least, long) = (512 << 10, 256 << 10, 1 << 20, 2 << 20)

  @safe private struct Piece {
    var bytes: UnsafeMutableRawPointer?
    var (start, count) = (0, 0)
    /// SQLite's, of reading it.
    var code = SQLITE_OK

    func has(_ offset: Int, _ size: Int) -> Bool {
      offset >= start && offset + size <= start + count
    }

    /// false where it does not have those bytes.
    func copy(_ target: UnsafeMutableRawPointer, _ size: Int, _ offset: Int) -> Bool {
      guard has(offset, size), let bytes = unsafe bytes else { return false }
      unsafe target.copyMemory(from: bytes + (offset - start), byteCount: size)
      return true
    }
  }

  init(_ file: UnsafeMutablePointer<sqlite3_file>) { unsafe self.file = file }

  deinit {
    unsafe piece.bytes?.deallocate()
    unsafe last.bytes?.deallocate()
    unsafe next.bytes?.deallocate()
  }

  /// As `xRead`: https://sqlite.org/c3ref/io_methods.html.
  func read(_ target: UnsafeMutableRawPointer, _ count: Int, _ offset: Int) -> Int32 {
    let before = end
    end = offset + count
    run = abs(offset - before) <= Self.gap ? run + count : 0
    if unsafe piece.copy(target, count, offset) || last.copy(target, count, offset) {
      return SQLITE_OK
    }
    wait()
    if run >= Self.least {
      advance(to: offset, count, orFrom: min(offset, before))
      if unsafe piece.copy(target, count, offset) { return SQLITE_OK }
    }
    return unsafe file.pointee.pMethods.pointee.xRead(file, target, Int32(count), Int64(offset))
  }

  /// Takes the next piece where it has those bytes, else reads one. Without any where that fails: whoever reads page by page hears
  /// what is the matter with which.
  private func advance(to offset: Int, _ count: Int, orFrom start: Int) {
    swap(&last, &piece)
    if next.has(offset, count) {
      swap(&piece, &next)
    } else if prepare(&piece, at: start) {
      fill(&piece)
    }
    guard piece.code == SQLITE_OK else { return forget() }
    if run >= Self.long, prepare(&next, at: piece.start + piece.count) {
      isReading = true
      queue.async { [self] in
        fill(&next)
        done.signal()
      }
    }
  }

  /// Gives a piece its place in the file; false where that is behind its end.
  private func prepare(_ piece: inout Piece, at start: Int) -> Bool {
    piece.count = 0
    var size: Int64 = 0
    guard unsafe file.pointee.pMethods.pointee.xFileSize(file, &size) == SQLITE_OK,
      start < Int(size)
    else { return false }
    unsafe piece.bytes =
      piece.bytes ?? UnsafeMutableRawPointer.allocate(byteCount: Self.size, alignment: 4096)
    (piece.start, piece.count) = (start, min(Self.size, Int(size) - start))
    return true
  }

  private func fill(_ piece: inout Piece) {
    unsafe piece.code = file.pointee.pMethods.pointee.xRead(
      file, piece.bytes, Int32(piece.count), Int64(piece.start))
  }

  /// Until the file below is at rest.
  func wait() {
    guard isReading else { return }
    done.wait()
    isReading = false
  }

  /// Drops what was read: the file may change.
  func forget() {
    wait()
    (piece.count, last.count, next.count) = (0, 0, 0)
    run = 0
  }
}
