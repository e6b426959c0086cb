import Bits
import Testing

/// What one stored form answers, against the [Bool] matrix it was made from.
struct SignificanceTests {
  @Test(arguments: edgeShapes)
  func answersAgreeWithTheMatrix(shape: LayerShape) throws {
    let example = Example(shape, count: 1)
    let blob = example.stored(0)
    let bits = example.bits(0)
    let header = try Significance.header(blob.span.bytes)
    #expect(header.shape == shape)
    #expect(header.activeCount == example.activeColumns(0).count)
    #expect(header.totalBytes == blob.count)
    #expect(try Significance.popcount(blob.span.bytes) == bits.count { $0 })
    #expect(try Significance.activeColumns(blob.span.bytes) == example.activeColumns(0))
    let rows = try Significance.rowDensities(blob.span.bytes)
    let columns = try Significance.columnDensities(blob.span.bytes)
    #expect(rows.count == shape.outputs && columns.count == shape.columns)
    for output in 0..<shape.outputs {
      let count = (0..<shape.columns).count { bits[output * shape.columns + $0] }
      #expect(rows[output] == Double(count) / Double(shape.columns))
    }
    for column in 0..<shape.columns {
      let count = (0..<shape.outputs).count { bits[$0 * shape.columns + column] }
      #expect(columns[column] == Double(count) / Double(shape.outputs))
    }
  }

  @Test(arguments: [(9, 13), (64, 8), (1, 65), (13, 130)])
  func everyBitIsFound(outputs: Int, inputs: Int) throws {
    let example = Example(LayerShape(outputs: outputs, inputs: inputs, hasBias: true), count: 1)
    let blob = example.stored(0)
    for output in 0..<outputs {
      for column in 0...inputs {
        #expect(
          try Significance.bit(blob.span.bytes, output: output, column: column)
            == example.isSignificant(0, output, column))
      }
    }
    for (output, column) in [(-1, 0), (0, -1), (outputs, 0), (0, inputs + 1), (.max, .max)] {
      #expect(throws: BitsError.self) {
        try Significance.bit(blob.span.bytes, output: output, column: column)
      }
    }
  }

  @Test(arguments: [0, 1, 15, 255, 256, 4096])
  func popcountOfManyRowsIsExact(rows: Int) throws {
    // More than 255 rows overflow the byte-wide sums unless they are flushed.
    let shape = LayerShape(outputs: 66, inputs: max(rows, 1), hasBias: false)
    var bytes: [UInt8] = [0x45, 0x42, 1, 0, 66, 0, 0, 0]
    for value in [shape.inputs, rows] { bytes += (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
    bytes += packed((0..<shape.inputs).map { $0 < rows })
    for _ in 0..<rows { bytes += packed([Bool](repeating: true, count: 66)) }
    #expect(try Significance.popcount(bytes.span.bytes) == 66 * rows)
    let expected = Double(rows) / Double(shape.inputs)
    #expect(try Significance.rowDensities(bytes.span.bytes).allSatisfy { $0 == expected })
  }

  @Test func truncatedAndExtendedBlobsAreRefused() {
    let blob = Example(LayerShape(outputs: 13, inputs: 21, hasBias: true), count: 1).stored(0)
    for length in 0..<blob.count {
      #expect(throws: BitsError.self) {
        try Significance.header([UInt8](blob.prefix(length)).span.bytes)
      }
    }
    #expect(throws: BitsError.self) { try Significance.header((blob + [0]).span.bytes) }
  }

  /// Whatever one byte is changed to, the blob is refused or still consistent.
  @Test func corruptBytesNeverTrap() throws {
    let blob = Example(LayerShape(outputs: 9, inputs: 11, hasBias: true), count: 1).stored(0)
    for index in blob.indices {
      for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
        var corrupt = blob
        corrupt[index] = value
        exercise(corrupt, against: blob)
      }
    }
  }

  @Test func randomBytesNeverTrap() {
    var random = TestGenerator(state: 11)
    for _ in 0..<2000 {
      let length = Int.random(in: 0...80, using: &random)
      var bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      // Half of them get past the first checks.
      if length >= 16, Bool.random(using: &random) {
        bytes.replaceSubrange(0..<4, with: [0x45, 0x42, 1, bytes[3] & 1])
        for field in [4, 8, 12] {
          bytes.replaceSubrange(field..<field + 4, with: [bytes[field] & 31, 0, 0, 0])
        }
      }
      exercise(bytes, against: bytes)
    }
  }

  @Test(arguments: [
    [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [0xFFFF_FFFF, 8, 0], [1 << 24, 1 << 24, 0],
    [0, 8, 0], [8, 0, 0], [8, 8, 0xFFFF_FFFF], [0x8000_0000, 0x8000_0000, 0x8000_0000],
  ])
  func hugeHeaderNumbersAreRefused(fields: [Int]) {
    for flags in [0, 1] as [UInt8] {
      var bytes: [UInt8] = [0x45, 0x42, 1, flags]
      for value in fields { bytes += (0..<4).map { UInt8(value >> (8 * $0) & 255) } }
      #expect(throws: BitsError.self) { try Significance.header((bytes + [0]).span.bytes) }
    }
  }

  @Test func errorsSayWhatWasExpectedAndFound() {
    let blob = Example(LayerShape(outputs: 8, inputs: 8, hasBias: false), count: 1, zeros: 0)
      .stored(0)
    #expect(
      throws: BitsError(
        """
        significance bits of a layer 8 × 8 without bias with 8 active columns: expected 25 bytes, \
        found 24
        """)
    ) { try Significance.header([UInt8](blob.dropLast()).span.bytes) }
    #expect(throws: BitsError("not significance bits: 3 bytes, expected at least 16")) {
      try Significance.popcount([UInt8]([1, 2, 3]).span.bytes)
    }
  }

  @Test func shapesOutOfAFileAreChecked() throws {
    #expect(throws: BitsError.self) {
      try LayerShape(validating: .max, inputs: .max, hasBias: true)
    }
    #expect(throws: BitsError.self) { try LayerShape(validating: 3, inputs: 0, hasBias: true) }
    let shape = try LayerShape(validating: 3, inputs: 4, hasBias: true)
    #expect(shape.columns == 5 && shape.interactions == 15)
  }

  private func exercise(_ bytes: [UInt8], against other: [UInt8]) {
    guard let header = try? Significance.header(bytes.span.bytes) else { return }
    let popcount = try? Significance.popcount(bytes.span.bytes)
    let dense = try? Significance.dense(bytes.span.bytes)
    #expect(popcount == dense?.reduce(0) { $0 + $1.nonzeroBitCount })
    #expect((popcount ?? -1) <= header.activeCount * header.shape.outputs)
    _ = try? Significance.hamming(bytes.span.bytes, other.span.bytes)
    _ = try? Significance.columnDensities(bytes.span.bytes)
    _ = try? Significance.rowDensities(bytes.span.bytes)
    try? ClassCounts(shape: header.shape, classes: 1).add([bytes], classes: [0])
  }
}
