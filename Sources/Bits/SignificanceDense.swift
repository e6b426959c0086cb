// The dense bitset people exchange: bit i · n_cols + j = S[i][j], least significant bit of byte 0
// first. The stored form is the other way round, so 64 × 64 bits are transposed at a time.

import CKernels

extension Significance {
  /// Every interaction of the layer, (n_out · n_cols + 7) / 8 bytes.
  package static func dense(_ blob: RawSpan) throws(BitsError) -> [UInt8] {
    let header = try header(blob)
    let shape = header.shape
    var words = [UInt64](repeating: 0, count: shape.interactions / 64 + 2)
    let rowOffsets = rowOffsets(blob, header)
    var block = [UInt64](repeating: 0, count: 64)
    for output in stride(from: 0, to: shape.outputs, by: 64) {
      let rowBytes = min(8, header.rowBytes - output / 8)
      for column in stride(from: 0, to: shape.columns, by: 64) {
        for k in 0..<64 {
          let offset = column + k < shape.columns ? rowOffsets[column + k] : nil
          block[k] = offset.map { blob.word($0 + output / 8, bytes: rowBytes) } ?? 0
        }
        unsafe engram_transpose64(&block)
        for i in 0..<min(64, shape.outputs - output) {
          words.merge(block[i], at: (output + i) * shape.columns + column)
        }
      }
    }
    return words.bytes(byteCount(bits: shape.interactions))
  }

  /// The stored form of a dense bitset. A bitset does not tell which inputs were zero: the columns
  /// with a significant interaction, and the bias, become the active ones.
  package static func fromDense(
    _ dense: RawSpan, shape: LayerShape
  ) throws(BitsError) -> [UInt8] {
    guard dense.byteCount == byteCount(bits: shape.interactions),
      dense.isPadded(row: 0, bits: shape.interactions)
    else {
      throw BitsError(
        """
        dense bits of a layer \(shape): expected \(byteCount(bits: shape.interactions)) bytes, \
        the last padded with zeros; found \(dense.byteCount) bytes
        """)
    }
    let wordsPerRow = (shape.outputs + 63) / 64
    var rows = [UInt64](repeating: 0, count: shape.columns * wordsPerRow)
    var block = [UInt64](repeating: 0, count: 64)
    for output in stride(from: 0, to: shape.outputs, by: 64) {
      for column in stride(from: 0, to: shape.columns, by: 64) {
        let width = min(64, shape.columns - column)
        for i in 0..<64 {
          block[i] =
            output + i < shape.outputs
            ? dense.bits(at: (output + i) * shape.columns + column, count: width) : 0
        }
        unsafe engram_transpose64(&block)
        for k in 0..<width { rows[(column + k) * wordsPerRow + output / 64] = block[k] }
      }
    }
    return assemble(rows, wordsPerRow: wordsPerRow, shape: shape)
  }

  private static func assemble(
    _ rows: [UInt64], wordsPerRow: Int, shape: LayerShape
  ) -> [UInt8] {
    let active = (0..<shape.columns).filter { column in
      (shape.hasBias && column == shape.inputs)
        || (0..<wordsPerRow).contains { rows[column * wordsPerRow + $0] != 0 }
    }
    let header = Header(shape: shape, activeCount: active.count)
    var blob = header.bytes()
    blob.reserveCapacity(header.totalBytes)
    blob.append(contentsOf: repeatElement(0, count: header.maskBytes))
    for column in active {
      blob[headerBytes + column / 8] |= 1 << UInt8(column % 8)
      let row = rows[column * wordsPerRow..<(column + 1) * wordsPerRow]
      blob.append(contentsOf: Array(row).bytes(header.rowBytes))
    }
    return blob
  }

  /// Where each column's row starts; nil where the column is inactive.
  static func rowOffsets(_ blob: RawSpan, _ header: Header) -> [Int?] {
    var next = header.rowsOffset
    return (0..<header.shape.columns).map { column in
      guard blob.bit(column, from: headerBytes) else { return nil }
      defer { next += header.rowBytes }
      return next
    }
  }
}

extension RawSpan {
  /// Up to 8 bytes as a little-endian word.
  fileprivate func word(_ offset: Int, bytes: Int) -> UInt64 {
    if bytes == 8 {
      return UInt64(
        littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    return (0..<bytes).reduce(0) { $0 | UInt64(byte(offset + $1)) << UInt64(8 * $1) }
  }

  /// `count` ≤ 64 bits from bit `index` on.
  fileprivate func bits(at index: Int, count: Int) -> UInt64 {
    let offset = index / 8
    let shift = UInt64(index % 8)
    var word = word(offset, bytes: min(8, byteCount - offset)) >> shift
    if shift > 0, offset + 8 < byteCount { word |= UInt64(byte(offset + 8)) << (64 - shift) }
    return count == 64 ? word : word & ((1 << UInt64(count)) - 1)
  }
}

extension [UInt64] {
  /// Sets the bits of `word` from bit `index` on; the array reaches one word past the last bit.
  fileprivate mutating func merge(_ word: UInt64, at index: Int) {
    let shift = UInt64(index % 64)
    self[index / 64] |= word << shift
    self[index / 64 + 1] |= shift == 0 ? 0 : word >> (64 - shift)
  }

  /// The first `count` bytes, little-endian.
  fileprivate func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: self[$0 / 8] >> UInt64($0 % 8 * 8)) }
  }
}
