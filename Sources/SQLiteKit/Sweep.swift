// Many rows at a time out of SQLite's own loop, by an aggregate of the connection's own: half of the time of stepping from row to
// row and asking for every column. Leaves out blobs, and telling more than a few texts apart.

internal import CSQLite
internal import Glibc

/// Rows of a sweep. Columns count from 0.
package struct SweptRows {
  package let count: Int
  /// How many columns there are.
  package let width: Int
  /// Row by row: the type of column c in row r stands at r · width + c.
  package let types: [ValueType]
  /// Beside them integers as they are, the bits of reals, and of texts the place in `texts`, or −1 after the first 64.
  package let words: [Int]
  package let texts: [String]
}

/// Rows as they come, in memory that nothing else knows of: nothing is asked or counted for a value but its type.
@safe private struct SweepBuffer {
  static let mostRows = 128
  static let mostTexts = 64

  let width: Int
  var count = 0
  private let types: UnsafeMutableBufferPointer<ValueType>
  private let words: UnsafeMutableBufferPointer<Int>
  /// Copies, so many of them.
  private let texts: UnsafeMutableBufferPointer<UnsafeMutableBufferPointer<UInt8>>
  private var textCount = 0

  init(width: Int) {
    self.width = width
    unsafe types = .allocate(capacity: width * Self.mostRows)
    unsafe types.initialize(repeating: .null)
    unsafe words = .allocate(capacity: width * Self.mostRows)
    unsafe words.initialize(repeating: 0)
    unsafe texts = .allocate(capacity: Self.mostTexts)
  }

  func deallocate() {
    for place in 0..<textCount { unsafe texts[place].deallocate() }
    unsafe texts.deallocate()
    unsafe words.deallocate()
    unsafe types.deallocate()
  }

  mutating func add(_ values: UnsafeMutablePointer<OpaquePointer?>) {
    var place = count * width
    var column = 0
    while column < width {
      let value = unsafe values[column]
      switch unsafe sqlite3_value_type(value) {
      case SQLITE_INTEGER:
        unsafe types[place] = .integer
        unsafe words[place] = Int(sqlite3_value_int64(value))
      case SQLITE_FLOAT:
        unsafe types[place] = .real
        unsafe words[place] = Int(bitPattern: UInt(sqlite3_value_double(value).bitPattern))
      case SQLITE_TEXT:
        unsafe types[place] = .text
        unsafe words[place] = text(value)
      case SQLITE_BLOB:
        unsafe types[place] = .blob
        unsafe words[place] = 0
      default:
        unsafe types[place] = .null
        unsafe words[place] = 0
      }
      place += 1
      column += 1
    }
    count += 1
  }

  private mutating func text(_ value: OpaquePointer?) -> Int {
    guard let start = unsafe sqlite3_value_text(value) else { return -1 }
    let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
    var place = 0
    while place < textCount {
      let known = unsafe texts[place]
      if known.count == bytes.count, let first = known.baseAddress,
        unsafe memcmp(first, start, bytes.count) == 0
      {
        return place
      }
      place += 1
    }
    guard place < Self.mostTexts else { return -1 }
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    _ = unsafe copy.initialize(fromContentsOf: bytes)
    unsafe texts[place] = copy
    textCount += 1
    return place
  }

  var rows: SweptRows {
    let filled = count * width
    return unsafe SweptRows(
      count: count, width: width, types: Array(types[..<filled]), words: Array(words[..<filled]),
      texts: (0..<textCount).map { unsafe String(decoding: texts[$0], as: UTF8.self) })
  }
}

/// Whom a connection's sweep hands its rows to.
@safe final class Sweeps {
  fileprivate var isRegistered = false
  /// While there is one.
  fileprivate var body: ((SweptRows) throws -> Void)?
  fileprivate var failure: (any Error)?
  fileprivate let buffer: UnsafeMutablePointer<SweepBuffer>

  init() { unsafe buffer = .allocate(capacity: 1) }
  deinit { unsafe buffer.deallocate() }

  /// Hands over what there is.
  fileprivate func flush() throws {
    guard unsafe buffer.pointee.count > 0 else { return }
    try unsafe body?(buffer.pointee.rows)
    unsafe buffer.pointee.count = 0
  }
}

extension Connection {
  /// Calls `body` with the values of `columns` in every row of `source`, which is all of a query that follows `from`, some
  /// rows at a time, in the order in which SQLite comes upon them. The first error that `body` throws ends it.
  /// - Precondition: `body` makes no sweep of the same connection.
  package func sweep(
    _ columns: [String], from source: String, _ parameters: [Value] = [],
    body: (SweptRows) throws -> Void
  ) throws {
    precondition(sweeps.body == nil, "one sweep at a time")
    try registerSweeps()
    unsafe sweeps.buffer.initialize(to: SweepBuffer(width: columns.count))
    try withoutActuallyEscaping(body) { body in
      sweeps.body = body
      defer {
        (sweeps.body, sweeps.failure) = (nil, nil)
        unsafe sweeps.buffer.pointee.deallocate()
      }
      do {
        var statement = try prepare(
          "select engram_sweep(\(columns.joined(separator: ", "))) from \(source)")
        try statement.bind(parameters)
        _ = try statement.step()
        try sweeps.flush()
      } catch {
        throw sweeps.failure ?? error
      }
    }
  }

  private func registerSweeps() throws(SQLiteError) {
    guard !sweeps.isRegistered else { return }
    // The connection holds `sweeps` until its handle is closed.
    let context = unsafe Unmanaged.passUnretained(sweeps).toOpaque()
    let code = unsafe sqlite3_create_function_v2(
      handle, "engram_sweep", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY, context, nil,
      { context, _, values in
        guard let owner = unsafe sqlite3_user_data(context), let values = unsafe values else {
          return
        }
        unsafe Unmanaged<Sweeps>.fromOpaque(owner)._withUnsafeGuaranteedRef { sweeps in
          let buffer = unsafe sweeps.buffer
          unsafe buffer.pointee.add(values)
          guard unsafe buffer.pointee.count == SweepBuffer.mostRows else { return }
          do { try sweeps.flush() } catch {
            sweeps.failure = error
            unsafe sqlite3_result_error(context, "the sweep was ended", -1)
          }
        }
      }, { context in unsafe sqlite3_result_null(context) }, nil)
    guard code == SQLITE_OK else { throw error(code) }
    sweeps.isRegistered = true
  }
}
