// The stored form of one sample's significant interactions in one layer: its header, and the
// questions one blob answers. Leaves out comparing two blobs, the dense form and encoding.
//
//   "EB", version 1, flags (bit 0: has bias), n_out, n_cols, n_active (UInt32, little-endian);
//   the mask of active columns, bit j = column j (inputs that are not zero, and the bias);
//   for each active column a row of (n_out + 7) / 8 bytes, bit i = S[i][column], padding zero.

import CKernels

/// Functions over stored forms. All of them throw for bytes that are no stored form.
package enum Significance {
  static let magic: (UInt8, UInt8) = (0x45, 0x42)
  static let version: UInt8 = 1
  static let headerBytes = 16

  package struct Header: Hashable, Sendable {
    package let shape: LayerShape
    /// Columns that have a row.
    package let activeCount: Int

    package var maskBytes: Int { byteCount(bits: shape.columns) }
    package var rowBytes: Int { byteCount(bits: shape.outputs) }
    /// Where the first row starts; row k follows at k · rowBytes.
    package var rowsOffset: Int { Significance.headerBytes + maskBytes }
    package var totalBytes: Int { rowsOffset + activeCount * rowBytes }

    func bytes() -> [UInt8] {
      var bytes = [magic.0, magic.1, version, shape.hasBias ? 1 : 0]
      bytes.reserveCapacity(headerBytes)
      bytes.append(littleEndian: UInt32(shape.outputs))
      bytes.append(littleEndian: UInt32(shape.columns))
      bytes.append(littleEndian: UInt32(activeCount))
      return bytes
    }
  }

  /// Reads the header and proves the blob whole: length, mask and padding agree with it.
  package static func header(_ blob: RawSpan) throws(BitsError) -> Header {
    guard blob.byteCount >= headerBytes else {
      throw BitsError(
        "not significance bits: \(blob.byteCount) bytes, expected at least \(headerBytes)")
    }
    guard blob.byte(0) == magic.0, blob.byte(1) == magic.1 else {
      throw BitsError("not significance bits: the first two bytes are not \"EB\"")
    }
    guard blob.byte(2) == version, blob.byte(3) <= 1 else {
      throw BitsError(
        """
        significance bits of version \(blob.byte(2)) with flags \(blob.byte(3)): \
        this Engram reads version \(version) with flags 0 or 1
        """)
    }
    let hasBias = blob.byte(3) == 1
    let shape = try LayerShape(
      validating: Int(blob.uint32(4)), inputs: Int(blob.uint32(8)) - (hasBias ? 1 : 0),
      hasBias: hasBias)
    let header = Header(shape: shape, activeCount: Int(blob.uint32(12)))
    guard header.activeCount <= shape.columns, blob.byteCount == header.totalBytes else {
      throw BitsError(
        """
        significance bits of a layer \(shape) with \(header.activeCount) active columns: \
        expected \(header.totalBytes) bytes, found \(blob.byteCount)
        """)
    }
    let marked = popcount(blob, from: headerBytes, count: header.maskBytes)
    guard marked == header.activeCount, blob.isPadded(row: headerBytes, bits: shape.columns),
      !hasBias || blob.bit(shape.columns - 1, from: headerBytes)
    else {
      throw BitsError(
        """
        significance bits: the mask marks \(marked) columns, expected \(header.activeCount)\
        \(hasBias ? " with the bias among them" : "")
        """)
    }
    for row in 0..<(shape.outputs % 8 == 0 ? 0 : header.activeCount) {
      guard blob.isPadded(row: header.rowsOffset + row * header.rowBytes, bits: shape.outputs)
      else { throw BitsError("significance bits: row \(row) has bits past its last output") }
    }
    return header
  }

  /// Significant interactions of the sample.
  package static func popcount(_ blob: RawSpan) throws(BitsError) -> Int {
    let header = try header(blob)
    return popcount(
      blob, from: header.rowsOffset, count: header.totalBytes - header.rowsOffset)
  }

  /// The same of a stored form that an encoder of this shape has just made.
  package static func popcount(valid blob: [UInt8], of shape: LayerShape) -> Int {
    let first = headerBytes + byteCount(bits: shape.columns)
    return unsafe popcount(blob.span.bytes, from: first, count: blob.count - first)
  }

  /// S[output][column]; the bias is the last column.
  package static func bit(
    _ blob: RawSpan, output: Int, column: Int
  ) throws(BitsError) -> Bool {
    let header = try header(blob)
    guard (0..<header.shape.outputs).contains(output),
      (0..<header.shape.columns).contains(column)
    else {
      throw BitsError(
        """
        no interaction (\(output), \(column)): expected an output below \(header.shape.outputs) \
        and a column below \(header.shape.columns)
        """)
    }
    guard blob.bit(column, from: headerBytes) else { return false }
    var row = popcount(blob, from: headerBytes, count: column / 8)
    let before = (1 as UInt8) << UInt8(column % 8) - 1
    row += (blob.byte(headerBytes + column / 8) & before).nonzeroBitCount
    return blob.bit(output, from: header.rowsOffset + row * header.rowBytes)
  }

  /// The columns that have a row, ascending.
  package static func activeColumns(_ blob: RawSpan) throws(BitsError) -> [Int] {
    let header = try header(blob)
    return (0..<header.shape.columns).filter { blob.bit($0, from: headerBytes) }
  }

  /// For every output the share of its columns that are significant.
  package static func rowDensities(_ blob: RawSpan) throws(BitsError) -> [Double] {
    let header = try header(blob)
    var counts = [UInt32](repeating: 0, count: header.shape.outputs)
    unsafe blob.withUnsafeBytes { bytes in
      let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
      let rows = unsafe (0..<header.activeCount).map { row in
        unsafe base.map { unsafe $0 + header.rowsOffset + row * header.rowBytes }
      }
      unsafe engram_add_bit_rows(rows, rows.count, counts.count, &counts)
    }
    return counts.map { Double($0) / Double(header.shape.columns) }
  }

  /// For every column, active or not, the share of its outputs that are significant.
  package static func columnDensities(_ blob: RawSpan) throws(BitsError) -> [Double] {
    let header = try header(blob)
    var densities = [Double](repeating: 0, count: header.shape.columns)
    var offset = header.rowsOffset
    for column in densities.indices where blob.bit(column, from: headerBytes) {
      let count = popcount(blob, from: offset, count: header.rowBytes)
      densities[column] = Double(count) / Double(header.shape.outputs)
      offset += header.rowBytes
    }
    return densities
  }

  /// Set bits of `count` bytes from `offset` on.
  static func popcount(_ blob: RawSpan, from offset: Int, count: Int) -> Int {
    unsafe blob.extracting(offset..<offset + count).withUnsafeBytes { bytes in
      unsafe Int(engram_popcount(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), count))
    }
  }
}
