// Stored forms of many samples in one piece of memory, and weighted sums over their set bits. What the weights mean is
// the caller's.

import CKernels

/// Stored forms of one shape, whole or some outputs of them.
package struct PatternBatch: Sendable {
  package let shape: LayerShape
  private var bytes: [UInt8] = []
  /// Where each one begins.
  private var offsets: [Int] = []

  /// Samples that `addScores` takes at once, at most.
  package static let mostScored = Int(ENGRAM_SCORED_SAMPLES)

  package init(shape: LayerShape) { self.shape = shape }

  package var count: Int { offsets.count }

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

  /// Adds to sums[k · lanes + l], for sample k of `samples`, the weights of its bits that are set:
  /// weights[((column − columns.lowerBound) · bits + output) · lanes + l] with bits = n_out rounded up to 8, over the
  /// columns in range. With `others`, of as many samples, only of bits that are set in the same sample there as well.
  package func addScores(
    of samples: [Int], and others: PatternBatch? = nil, columns: Range<Int>, lanes: Int,
    weights: [Double], to sums: inout [Double]
  ) {
    precondition(sums.count == samples.count * lanes, "Every sample has sums")
    precondition(others.map { $0.count == count && $0.shape == shape } ?? true, "Twins are alike")
    precondition(columns.upperBound <= shape.columns, "The layer has no such columns")
    let rowBytes = byteCount(bits: shape.outputs)
    precondition(weights.count == columns.count * rowBytes * 8 * lanes, "The weights do not fit")
    var table = [Double](repeating: 0, count: Int(ENGRAM_SCORE_TABLE))
    for first in stride(from: 0, to: samples.count, by: Self.mostScored) {
      let some = samples[first..<min(first + Self.mostScored, samples.count)]
      unsafe withRows(of: some) { rows in
        unsafe (others ?? PatternBatch(shape: shape)).withRows(of: others == nil ? [] : some) {
          otherRows in
          unsafe sums.withUnsafeMutableBufferPointer { sums in
            guard let target = sums.baseAddress else { return }
            unsafe engram_score_bits(
              rows, otherRows, some.count, rowBytes, columns.lowerBound, columns.count, lanes,
              weights, &table, target + first * lanes)
          }
        }
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
