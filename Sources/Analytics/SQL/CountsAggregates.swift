// Aggregates over bitsets and over class profiles.
//
// engram_counts(bits) → blob
//   G1  The counts of a group of significance bitsets as one block: the whole layer, n_samples = rows.
//   G2  Bitsets of layers of different shape in one group are an error.
//   G3  A layer whose counters exceed 1,000,000,000 bytes is an error.
// engram_union(bits), engram_intersection(bits) → blob
//   G4  The bitset of the interactions significant in any row, in every row; G2 and G3 hold.
// engram_merge_counts(counts) → blob
//   G5  The counts of all samples of all blocks of a group; blocks of different rows or columns in one
//       group are an error, so group by block.
//   G6  More than 4,294,967,295 samples are an error.

import Bits

extension SQLFunction {
  private static let three =
    "from (select engram_bitset(column1, 2, 3, 0) as bits from (values (x'2D'), (x'0F'), (x'05')))"

  static let bitsetAggregates: [SQLFunction] = [
    .window(
      "engram_counts", "bits", "class counts of a group of bitsets",
      SQLExample("select engram_proportion(engram_counts(bits), 0, 2) \(three)", "1.0")
    ) { BitsetGroup { .blob($0.encoded()) } },
    .window(
      "engram_union", "bits", "the bitset of the interactions significant in any row",
      SQLExample("select hex(engram_dense(engram_union(bits))) \(three)", "2F")
    ) { BitsetGroup { $0.bitset { $0 > 0 } } },
    .window(
      "engram_intersection", "bits", "the bitset of the interactions significant in every row",
      SQLExample("select hex(engram_dense(engram_intersection(bits))) \(three)", "05")
    ) {
      BitsetGroup { counts in counts.bitset { Int($0) == counts.samples } }
    },
  ]

  static let countsAggregates: [SQLFunction] = [
    .window(
      "engram_merge_counts", "counts", "the sum of the counts of several groups of samples",
      SQLExample(
        """
        select engram_proportion(engram_merge_counts(counts), 0, 1) from (
          select engram_counts(bits) as counts \(three) union all
          select engram_counts(engram_bitset(x'00', 2, 3, 0)))
        """, "0.25")
    ) { MergedCounts() }
  ]
}

/// Interactions that an aggregate counts, four bytes each, half a gigabyte: more than AlexNet's and VGG's largest layers
/// have. A stored bitset tells its layer's shape in a few bytes, whatever the size.
private let mostCounted = 1 << 27

/// Copies bitsets until a batch is full, so that the counters pass the cache once per batch.
private struct CountedBitsets {
  let counts: ClassCounts
  private var batch: [[UInt8]] = []
  private static let batchSize = 32

  init(_ shape: LayerShape) { counts = ClassCounts(shape: shape, classes: 1) }

  mutating func add(_ bits: RawSpan) throws(SQLFunctionError) {
    unsafe batch.append(bits.withUnsafeBytes { unsafe Array($0) })
    if batch.count == Self.batchSize { try flush() }
  }

  mutating func flush() throws(SQLFunctionError) {
    do {
      try counts.add(batch, classes: [Int](repeating: 0, count: batch.count))
    } catch {
      throw SQLFunctionError("\(error)")
    }
    batch.removeAll(keepingCapacity: true)
  }

  /// The whole layer as one block.
  mutating func block() throws(SQLFunctionError) -> CountsBlock {
    try flush()
    let shape = counts.shape
    var counters: [UInt32] = []
    counters.reserveCapacity(shape.interactions)
    for block in 0..<ClassCounts.blockCount(shape) {
      counters += counts.countsBlock(block, of: 0).counters
    }
    return CountsBlock(
      samples: counts.samples[0], firstRow: 0, rows: shape.outputs, columns: shape.columns,
      counters: counters)
  }
}

/// What the counts of a group of bitsets come to; rows that left are counted apart.
private final class BitsetGroup: SQLWindowAggregate {
  /// The counts, of a layer of this shape, with at least one sample.
  struct Counts {
    let shape: LayerShape
    let block: CountsBlock
    var samples: Int { block.samples }

    func encoded() -> [UInt8] { block.encoded() }

    func bitset(_ isSet: (UInt32) -> Bool) -> SQLResult {
      var dense = [UInt8](repeating: 0, count: (block.counters.count + 7) / 8)
      for (index, counter) in block.counters.enumerated() where isSet(counter) {
        dense[index / 8] |= 1 << UInt8(index % 8)
      }
      return .blob(Significance.fromBytes(dense, shape: shape))
    }
  }

  private var added: CountedBitsets?
  private var left: CountedBitsets?
  private let result: (Counts) -> SQLResult

  init(_ result: @escaping (Counts) -> SQLResult) { self.result = result }

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let next = try arguments.significance(0, Significance.header).shape
    if let shape = added?.counts.shape {
      guard next == shape else {
        throw SQLFunctionError(argument: 0, "is of a layer \(next), the rows before of \(shape)")
      }
    } else {
      guard next.interactions <= mostCounted else {
        throw SQLFunctionError(
          argument: 0,
          "is of a layer \(next): at most \(mostCounted) interactions are counted in one value")
      }
      added = CountedBitsets(next)
    }
    try added?.add(try arguments.blob(0))
  }

  override func leave(_ arguments: SQLArguments) throws(SQLFunctionError) {
    left = left ?? added.map { CountedBitsets($0.counts.shape) }
    try left?.add(try arguments.blob(0))
  }

  override func answer() throws(SQLFunctionError) -> SQLResult {
    guard let shape = added?.counts.shape, var block = try added?.block() else { return .null }
    if let gone = try left?.block() { block.remove(gone) }
    return block.samples == 0 ? .null : result(Counts(shape: shape, block: block))
  }
}

private final class MergedCounts: SQLWindowAggregate {
  private var sum: CountsBlock?
  private var rows = 0

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let next = try arguments.counts(0)
    rows += 1
    guard let before = sum else {
      sum = next
      return
    }
    guard next.place == before.place else {
      throw SQLFunctionError(
        argument: 0, "holds \(next.placeText), the rows before \(before.placeText)")
    }
    guard before.samples + next.samples <= UInt32.max else {
      throw SQLFunctionError("more than \(UInt32.max) samples")
    }
    do {
      // Taken out, or adding in place would copy.
      sum = nil
      var block = before
      try block.merge(next)
      sum = block
    } catch {
      throw SQLFunctionError("\(error)")
    }
  }

  override func leave(_ arguments: SQLArguments) throws(SQLFunctionError) {
    rows -= 1
    let gone = try arguments.counts(0)
    guard var block = sum else { return }
    sum = nil
    block.remove(gone)
    if rows > 0 { sum = block }
  }

  override func answer() throws(SQLFunctionError) -> SQLResult {
    sum.map { .blob($0.encoded()) } ?? .null
  }
}
