// A block of rows of one class's counters, as stored and as numbers.
//
//   "EC", version 1, width of a counter in bytes (1, 2, 4: the least that holds n_samples);
//   n_samples, first_row, n_rows, n_cols (UInt32, little-endian); the counters, row-major.

/// counters[r · columns + j] = samples, out of `samples`, in which S[firstRow + r][j] was set.
package struct CountsBlock: Hashable, Sendable {
  package private(set) var samples: Int
  package let firstRow: Int
  package let rows: Int
  package let columns: Int
  package private(set) var counters: [UInt32]

  static let magic: (UInt8, UInt8) = (0x45, 0x43)
  static let version: UInt8 = 1
  static let headerBytes = 20

  /// Output rows to a block: about a million counters, so that no reader needs a whole layer.
  package static func rowsPerBlock(columns: Int) -> Int { max(1, (1 << 20) / columns) }

  package init(samples: Int, firstRow: Int, rows: Int, columns: Int, counters: [UInt32]) {
    precondition(rows > 0 && columns > 0 && firstRow >= 0, "A block has rows and columns")
    precondition(samples >= 0 && samples <= UInt32.max, "Too many samples for a 32-bit counter")
    precondition(counters.count == rows * columns, "The counters do not fit rows × columns")
    self.samples = samples
    self.firstRow = firstRow
    self.rows = rows
    self.columns = columns
    self.counters = counters
  }

  package init(decoding blob: RawSpan) throws(BitsError) {
    guard blob.byteCount >= Self.headerBytes else {
      throw BitsError("not counts: \(blob.byteCount) bytes, expected at least \(Self.headerBytes)")
    }
    guard blob.byte(0) == Self.magic.0, blob.byte(1) == Self.magic.1 else {
      throw BitsError("not counts: the first two bytes are not \"EC\"")
    }
    guard blob.byte(2) == Self.version else {
      throw BitsError(
        "counts of version \(blob.byte(2)): this Engram reads version \(Self.version)")
    }
    let samples = Int(blob.uint32(4))
    let firstRow = Int(blob.uint32(8))
    let rows = Int(blob.uint32(12))
    let columns = Int(blob.uint32(16))
    let width = Self.width(samples: samples)
    guard Int(blob.byte(3)) == width else {
      throw BitsError(
        "counts of \(samples) samples: expected counters of \(width) bytes, found \(blob.byte(3))")
    }
    let (cells, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard !overflow, cells > 0, cells <= blob.byteCount,
      blob.byteCount - Self.headerBytes == cells * width
    else {
      throw BitsError(
        """
        counts of \(rows) rows and \(columns) columns, \(width) bytes to a counter: found \
        \(blob.byteCount - Self.headerBytes) bytes of counters
        """)
    }
    let counters =
      switch width {
      case 1: Self.load(UInt8.self, blob, count: cells)
      case 2: Self.load(UInt16.self, blob, count: cells)
      default: Self.load(UInt32.self, blob, count: cells)
      }
    guard counters.allSatisfy({ $0 <= samples }) else {
      throw BitsError("counts of \(samples) samples: a counter exceeds the number of samples")
    }
    self.init(
      samples: samples, firstRow: firstRow, rows: rows, columns: columns, counters: counters)
  }

  package func encoded() -> [UInt8] {
    let width = Self.width(samples: samples)
    var header = [Self.magic.0, Self.magic.1, Self.version, UInt8(width)]
    for value in [samples, firstRow, rows, columns] { header.append(littleEndian: UInt32(value)) }
    return switch width {
    case 1: store(UInt8.self, after: header)
    case 2: store(UInt16.self, after: header)
    default: store(UInt32.self, after: header)
    }
  }

  /// Adds the counts of other samples of the same rows.
  package mutating func merge(_ other: CountsBlock) throws(BitsError) {
    guard firstRow == other.firstRow, rows == other.rows, columns == other.columns else {
      throw BitsError(
        """
        cannot merge counts of \(other.rows) × \(other.columns) from row \(other.firstRow) into \
        \(rows) × \(columns) from row \(firstRow)
        """)
    }
    guard samples + other.samples <= UInt32.max else {
      throw BitsError("cannot merge counts: more than \(UInt32.max) samples")
    }
    samples += other.samples
    for index in counters.indices { counters[index] += other.counters[index] }
  }

  /// Takes samples out again that were merged into these.
  package mutating func remove(_ other: CountsBlock) {
    precondition(
      firstRow == other.firstRow && rows == other.rows && columns == other.columns
        && samples >= other.samples, "Only what was merged can be taken out")
    samples -= other.samples
    for index in counters.indices { counters[index] -= other.counters[index] }
  }

  private static func load<Counter: FixedWidthInteger & BitwiseCopyable>(
    _ type: Counter.Type, _ blob: RawSpan, count: Int
  ) -> [UInt32] {
    let cells = blob.extracting(droppingFirst: headerBytes)
    return (0..<count).map { index in
      let offset = index * MemoryLayout<Counter>.size
      return UInt32(
        truncatingIfNeeded: Counter(
          littleEndian: unsafe cells.unsafeLoadUnaligned(fromByteOffset: offset, as: type)))
    }
  }

  private func store<Counter: FixedWidthInteger & BitwiseCopyable>(
    _ type: Counter.Type, after header: [UInt8]
  ) -> [UInt8] {
    let size = header.count + counters.count * MemoryLayout<Counter>.size
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      unsafe bytes.copyBytes(from: header)
      var offset = header.count
      for counter in counters {
        let value = Counter(truncatingIfNeeded: counter).littleEndian
        unsafe bytes.storeBytes(of: value, toByteOffset: offset, as: type)
        offset += MemoryLayout<Counter>.size
      }
      initialized = size
    }
  }

  private static func width(samples: Int) -> Int {
    samples <= UInt8.max ? 1 : samples <= UInt16.max ? 2 : 4
  }
}
