// How often each interaction of a layer was significant, per class: the class profiles.

import CKernels
import Synchronization

/// k[i][j] and N for every class of a run and one layer. Counters are 32 bits wide and input-major,
/// as the stored bits are. Any thread may call it, but calls wait for each other: give every worker
/// its own and merge at the end.
package final class ClassCounts: Sendable {
  package let shape: LayerShape
  package let classes: Int

  private struct State {
    var samples: [Int]
    /// columns × outputs counters; empty for a class without samples.
    var counters: [[UInt32]]
  }
  private let state: Mutex<State>

  /// Samples whose rows are counted together, so that a counter passes the cache once for them.
  private static let samplesPerPass = 128

  package init(shape: LayerShape, classes: Int) {
    precondition(classes >= 0, "A number of classes is not negative")
    self.shape = shape
    self.classes = classes
    self.state = Mutex(
      State(
        samples: [Int](repeating: 0, count: classes),
        counters: [[UInt32]](repeating: [], count: classes)))
  }

  /// Samples counted, per class.
  package var samples: [Int] { state.withLock { $0.samples } }

  /// Counts stored forms, `classes[n]` the class of `blobs[n]`. Throws, with nothing counted, where
  /// a blob is malformed or of another shape.
  package func add(_ blobs: [[UInt8]], classes: [Int]) throws(BitsError) {
    for blob in blobs {
      let found = try unsafe Significance.header(blob.span.bytes).shape
      guard found == shape else {
        throw BitsError("cannot count a layer of shape \(found): expected \(shape)")
      }
    }
    add(valid: blobs, classes: classes)
  }

  /// Counts blobs known to be stored forms of this shape.
  func add(valid blobs: [[UInt8]], classes: [Int]) {
    precondition(blobs.count == classes.count, "Every blob needs a class")
    precondition(
      classes.allSatisfy { (0..<self.classes).contains($0) }, "A class is out of range")
    let order = blobs.indices.sorted { (classes[$0], $0) < (classes[$1], $1) }
    state.withLock { state in
      var first = order.startIndex
      while first < order.endIndex {
        let label = classes[order[first]]
        let pass = order[first...].prefix(Self.samplesPerPass).prefix { classes[$0] == label }
        state.samples[label] += pass.count
        if state.counters[label].isEmpty {
          state.counters[label] = [UInt32](repeating: 0, count: shape.interactions)
        }
        let chosen = pass.map { blobs[$0] }
        unsafe withPointers(chosen[...], []) { blobs in
          unsafe count(blobs, into: &state.counters[label])
        }
        first = pass.endIndex
      }
    }
  }

  /// Adds what another worker counted for the same layer and classes.
  package func merge(_ other: ClassCounts) {
    precondition(
      shape == other.shape && classes == other.classes, "Only counts of one layer can be merged")
    let (samples, counters) = other.state.withLock { ($0.samples, $0.counters) }
    state.withLock { state in
      for label in 0..<classes where samples[label] > 0 {
        state.samples[label] += samples[label]
        if state.counters[label].isEmpty {
          state.counters[label] = counters[label]
        } else {
          var sum: [UInt32] = []
          swap(&sum, &state.counters[label])
          for index in sum.indices { sum[index] += counters[label][index] }
          swap(&sum, &state.counters[label])
        }
      }
    }
  }

  /// Blocks that one class's counters are stored in.
  package static func blockCount(_ shape: LayerShape) -> Int {
    let rows = CountsBlock.rowsPerBlock(columns: shape.columns)
    return (shape.outputs + rows - 1) / rows
  }

  /// The stored form of one block; see `CountsBlock`.
  package func block(_ block: Int, of label: Int) -> [UInt8] {
    countsBlock(block, of: label).encoded()
  }

  package func countsBlock(_ block: Int, of label: Int) -> CountsBlock {
    precondition((0..<Self.blockCount(shape)).contains(block), "The layer has no such block")
    precondition((0..<classes).contains(label), "There is no such class")
    let rowsPerBlock = CountsBlock.rowsPerBlock(columns: shape.columns)
    let firstRow = block * rowsPerBlock
    let rows = min(rowsPerBlock, shape.outputs - firstRow)
    var transposed = [UInt32](repeating: 0, count: rows * shape.columns)
    let (samples, counters) = state.withLock { ($0.samples[label], $0.counters[label]) }
    if !counters.isEmpty {
      unsafe counters.withUnsafeBufferPointer { counters in
        unsafe engram_transpose32(
          counters.baseAddress.map { unsafe $0 + firstRow }, shape.outputs, shape.columns, rows,
          &transposed, shape.columns)
      }
    }
    return CountsBlock(
      samples: samples, firstRow: firstRow, rows: rows, columns: shape.columns,
      counters: transposed)
  }

  /// Moves a class's counters out, row-major, to position `offset` of `target`; what is left of the class is
  /// that it has no samples.
  package func take(_ label: Int, into target: inout [UInt32], at offset: Int) {
    precondition((0..<classes).contains(label), "There is no such class")
    precondition(
      offset >= 0 && offset + shape.interactions <= target.count, "The target has no such place")
    var counters: [UInt32] = []
    state.withLock { state in
      swap(&counters, &state.counters[label])
      state.samples[label] = 0
    }
    guard !counters.isEmpty else { return }
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe engram_transpose32(
        counters, shape.outputs, shape.columns, shape.outputs,
        target.baseAddress.map { unsafe $0 + offset }, shape.columns)
    }
  }

  /// Columns outside, samples inside; `blobs` are valid stored forms of the shape.
  private func count(_ blobs: [UnsafePointer<UInt8>], into counters: inout [UInt32]) {
    let header = Significance.Header(shape: shape, activeCount: 0)
    var next = unsafe blobs.map { unsafe $0 + header.rowsOffset }
    var rows = unsafe [UnsafePointer<UInt8>?](repeating: nil, count: blobs.count)
    unsafe counters.withUnsafeMutableBufferPointer { counters in
      for column in 0..<shape.columns {
        var active = 0
        let byte = Significance.headerBytes + column / 8
        for sample in unsafe blobs.indices
        where unsafe blobs[sample][byte] >> UInt8(column % 8) & 1 == 1 {
          unsafe rows[active] = unsafe next[sample]
          unsafe next[sample] += header.rowBytes
          active += 1
        }
        if active == 0 { continue }
        unsafe engram_add_bit_rows(
          rows, active, shape.outputs,
          counters.baseAddress.map { unsafe $0 + column * shape.outputs })
      }
    }
  }
}
