// Aggregates that make class profiles.
//
// engram_counts(bits) → blob
//   G1  The counts of a group of significance bitsets as one block: the whole layer, n_samples = rows.
//   G2  Bitsets of layers of different shape in one group are an error.
//   G3  A layer whose counters exceed 1,000,000,000 bytes is an error.
// engram_merge_counts(counts) → blob
//   G4  The counts of all samples of all blocks of a group; blocks of different rows or columns in one
//       group are an error, so group by block.
//   G5  More than 4,294,967,295 samples are an error.
//   G6  A group without rows, or with nothing but NULL, is NULL.

import Bits

extension SQLFunction {
  static let countsAggregates: [SQLFunction] = [
    .aggregate("engram_counts", 1) { CountsOfBitsets() },
    .aggregate("engram_merge_counts", 1) { MergedCounts() },
  ]
}

/// SQLite's default limit for one value, in bytes.
private let largestBlob = 1_000_000_000

/// Copies bitsets until a batch is full, so that the counters pass the cache once per batch.
private final class CountsOfBitsets: SQLAggregate {
  private var shape: LayerShape?
  private var counts: ClassCounts?
  private var batch: [[UInt8]] = []
  private static let batchSize = 32

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let next = try arguments.significance(0, Significance.header).shape
    if let shape {
      guard next == shape else {
        throw SQLFunctionError(
          argument: 0, "is of a layer \(next), the rows before of \(shape)")
      }
    } else {
      guard next.interactions <= largestBlob / 4 else {
        throw SQLFunctionError(
          argument: 0, "is of a layer \(next): its counters are too large for one value")
      }
      shape = next
      counts = ClassCounts(shape: next, classes: 1)
    }
    let bits = try arguments.blob(0)
    unsafe batch.append(bits.withUnsafeBytes { unsafe Array($0) })
    if batch.count == Self.batchSize { try flush() }
  }

  private func flush() throws(SQLFunctionError) {
    do {
      try counts?.add(batch, classes: [Int](repeating: 0, count: batch.count))
    } catch {
      throw SQLFunctionError("\(error)")
    }
    batch.removeAll(keepingCapacity: true)
  }

  override func finish() throws(SQLFunctionError) -> SQLResult {
    guard let shape, let counts else { return .null }
    try flush()
    let blocks = (0..<ClassCounts.blockCount(shape)).map { counts.countsBlock($0, of: 0) }
    let whole = CountsBlock(
      samples: counts.samples[0], firstRow: 0, rows: shape.outputs, columns: shape.columns,
      counters: blocks.flatMap(\.counters))
    return .blob(whole.encoded())
  }
}

private final class MergedCounts: SQLAggregate {
  private var sum: CountsBlock?

  override func step(_ arguments: SQLArguments) throws(SQLFunctionError) {
    let next = try arguments.counts(0)
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

  override func finish() throws(SQLFunctionError) -> SQLResult {
    sum.map { .blob($0.encoded()) } ?? .null
  }
}
