// Stored forms of many samples in one piece of memory, and weighted sums over their set bits. What the weights mean is
// the caller's.

import CKernels

/// Stored forms of one shape, whole or some outputs of them.
package struct PatternBatch: Sendable {
  package private(set) var shape: LayerShape
  private var bytes: [UInt8] = []
  /// Where each one begins.
  private var offsets: [Int] = []

  /// Samples that `addScores` takes at once, at most.
  package static let mostScored = Int(ENGRAM_SCORED_SAMPLES)
  /// Columns that `addScores` takes at once, at most.
  package static let mostColumns = Int(ENGRAM_SCORED_COLUMNS)

  package init(shape: LayerShape = LayerShape(outputs: 1, inputs: 1, hasBias: false)) {
    self.shape = shape
  }

  package var count: Int { offsets.count }

  /// Leaves no forms, and room for as many of another shape.
  package mutating func removeAll(shape: LayerShape) {
    self.shape = shape
    bytes.removeAll(keepingCapacity: true)
    offsets.removeAll(keepingCapacity: true)
  }

  /// Throws where the blob is malformed or of another shape.
  package mutating func append(_ blob: RawSpan) throws(BitsError) {
    try append(blob, bytes: 0..<byteCount(bits: shape.outputs), of: shape.outputs)
  }

  /// Appends the outputs from 8 · bytes.lowerBound on, as many as the batch's shape has, of a layer of `outputs`.
  package mutating func append(
    _ blob: RawSpan, bytes own: Range<Int>, of outputs: Int
  ) throws(BitsError) {
    let header = try Significance.header(blob)
    let whole = LayerShape(outputs: outputs, inputs: shape.inputs, hasBias: shape.hasBias)
    guard header.shape == whole else {
      throw BitsError("bits of a layer \(header.shape): expected \(whole)")
    }
    offsets.append(bytes.count)
    bytes.append(blob, Significance.headerBytes..<header.rowsOffset)
    if own.count == header.rowBytes {
      bytes.append(blob, header.rowsOffset..<header.totalBytes)
      return
    }
    let padding = UInt8(truncatingIfNeeded: (1 << ((shape.outputs - 1) % 8 + 1)) - 1)
    for row in 0..<header.activeCount {
      let first = header.rowsOffset + row * header.rowBytes
      bytes.append(blob, first + own.lowerBound..<first + own.upperBound)
      bytes[bytes.count - 1] &= padding
    }
  }

  /// These samples, in this order; nil stands for one whose bits are never asked for.
  package func choosing(_ samples: [Int?]) -> PatternBatch {
    var chosen = self
    chosen.offsets = samples.map { $0.map { offsets[$0] } ?? 0 }
    return chosen
  }

  /// Whole numbers that the set bits of some columns weigh.
  package struct Weights: Sendable {
    /// Sums side by side come in so many lanes, or a multiple.
    package static let laneStep = Int(ENGRAM_SCORE_LANES)
    /// So many weights of a lane stay within 32 bits together.
    package static let mostBits = Int(ENGRAM_SCORE_BITS)

    package let columns: Range<Int>
    package let lanes: Int
    /// By column, bit of a row (n_out rounded up to 8) and lane; empty: all are 0.
    package let weights: [Int32]
    /// What bits weigh in lane `ownLane` in place of that, by column, bit and the sample's group.
    package let own: [Int32]
    package let ownLane: Int
    package let groups: Int

    /// - Parameter own: Empty where no lane is the samples' own.
    package init(
      columns: Range<Int>, lanes: Int, weights: [Int32], own: [Int32] = [], ownLane: Int = 0,
      groups: Int = 0
    ) {
      precondition(lanes % Self.laneStep == 0 && lanes > 0, "Whole vectors of lanes")
      precondition(ownLane < lanes, "The own lane is one of them")
      (self.columns, self.lanes, self.weights) = (columns, lanes, weights)
      (self.own, self.ownLane, self.groups) = (own, ownLane, groups)
    }
  }

  /// Adds to sums[k · lanes + l], for sample k of `samples`, the weights of its bits that are set. With `others`, of as many
  /// samples, only of bits that are set in the same sample there as well.
  ///
  /// - Parameter group: Of each of `samples`, samples of one group side by side; `weights.groups` is of none.
  package func addScores(
    of samples: [Int], groups: [UInt32] = [], and others: PatternBatch? = nil, weights: Weights,
    to sums: inout [Int64]
  ) {
    precondition(sums.count == samples.count * weights.lanes, "Every sample has sums")
    precondition(others.map { $0.count == count && $0.shape == shape } ?? true, "Twins are alike")
    precondition(weights.columns.upperBound <= shape.columns, "The layer has no such columns")
    precondition(weights.own.isEmpty || groups.count == samples.count, "Every sample has a group")
    let rowBytes = byteCount(bits: shape.outputs)
    let bits = weights.columns.count * rowBytes * 8
    precondition([0, bits * weights.lanes].contains(weights.weights.count), "One a bit and lane")
    precondition([0, bits * weights.groups].contains(weights.own.count), "One a bit and group")
    precondition(weights.columns.count <= Self.mostColumns, "Some columns at a time")
    // As vectors want it.
    let room = UnsafeMutableRawPointer.allocate(
      byteCount: engram_score_room(rowBytes), alignment: 64)
    defer { unsafe room.deallocate() }
    unsafe withUnsafe(weights, rowBytes) { weights in
      for first in stride(from: 0, to: samples.count, by: Self.mostScored) {
        let some = samples[first..<min(first + Self.mostScored, samples.count)]
        unsafe withRows(of: some) { rows in
          unsafe (others ?? PatternBatch(shape: shape)).withRows(of: others == nil ? [] : some) {
            otherRows in
            unsafe groups.withUnsafeBufferPointer { groups in
              unsafe sums.withUnsafeMutableBufferPointer { sums in
                guard let target = sums.baseAddress else { return }
                unsafe engram_score_bits(
                  weights, rows, otherRows, groups.baseAddress.map { unsafe $0 + first },
                  some.count, room, target + first * weights.pointee.lanes)
              }
            }
          }
        }
      }
    }
  }

  private func withUnsafe(
    _ weights: Weights, _ rowBytes: Int, _ body: (UnsafePointer<engram_bit_weights>) -> Void
  ) {
    unsafe weights.weights.withUnsafeBufferPointer { all in
      unsafe weights.own.withUnsafeBufferPointer { own in
        let lent = unsafe engram_bit_weights(
          row_bytes: rowBytes, first_column: weights.columns.lowerBound,
          n_columns: weights.columns.count, lanes: weights.lanes,
          weights: all.isEmpty ? nil : all.baseAddress, own_lane: weights.ownLane,
          n_groups: weights.groups, own: own.isEmpty ? nil : own.baseAddress)
        unsafe withUnsafePointer(to: lent) { unsafe body($0) }
      }
    }
  }

  /// Null for no samples.
  private func withRows(
    of samples: ArraySlice<Int>, _ body: (UnsafePointer<engram_bit_rows>?) -> Void
  ) {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      guard !samples.isEmpty, let base = bytes.baseAddress else { return body(nil) }
      let rows = unsafe samples.map { sample in
        unsafe engram_bit_rows(
          mask: base + offsets[sample],
          rows: base + offsets[sample] + byteCount(bits: shape.columns))
      }
      unsafe rows.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ span: RawSpan, _ range: Range<Int>) {
    unsafe span.extracting(range).withUnsafeBytes { bytes in unsafe append(contentsOf: bytes) }
  }
}
