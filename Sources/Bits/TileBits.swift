// The significance of all samples in a tile of a layer: some rows, at most a word's, and some columns. Made when it is
// needed, counted and scored in the cache, never stored.

internal import CKernels

/// The bits of one tile at a time; one worker uses it.
package final class TileBits {
  package let samples: Int
  package let mostColumns: Int
  /// Of column c from c · samples on: a word a sample whose input is not zero, and its place.
  private var words: [UInt64]
  private var places: [UInt32]
  /// Of every column, how many.
  private var counts: [Int]
  package private(set) var rows = 0
  package private(set) var columns = 0
  private var room: [UInt8] = []

  package init(samples: Int, mostColumns: Int) {
    (self.samples, self.mostColumns) = (samples, mostColumns)
    words = [UInt64](repeating: 0, count: samples * mostColumns)
    places = [UInt32](repeating: 0, count: samples * mostColumns)
    counts = [Int](repeating: 0, count: mostColumns)
  }

  /// - Parameter columns: of the layer, among those of the vectors.
  package func derive(_ vectors: TileVectors, strip: Int, columns: Range<Int>) {
    precondition(vectors.samples == samples && strip < vectors.strips, "The vectors' samples")
    precondition(
      columns.count <= mostColumns && columns.lowerBound >= vectors.columns.lowerBound
        && columns.upperBound <= vectors.columns.upperBound, "Columns that the vectors have")
    (rows, self.columns) = (vectors.rows(of: strip).count, columns.count)
    guard samples > 0 else { return }
    let first = columns.lowerBound - vectors.columns.lowerBound
    let stride = vectors.stride
    unsafe vectors.weights.withUnsafeBufferPointer { weights in
      unsafe vectors.inputs.withUnsafeBufferPointer { inputs in
        unsafe vectors.thresholds.withUnsafeBufferPointer { thresholds in
          guard let weights = weights.baseAddress, let inputs = inputs.baseAddress,
            let thresholds = thresholds.baseAddress
          else { return }
          let width = vectors.columns.count
          var tile = unsafe engram_tile(
            n_samples: samples, n_columns: columns.count, stride: stride,
            weights: weights + (strip * width + first) * stride, x: inputs + first,
            x_stride: vectors.inputStride, thresholds: thresholds + strip * samples * stride)
          unsafe engram_tile_bits(&tile, &words, &places, &counts)
        }
      }
    }
  }

  /// How many samples of every group have each interaction: counters[(g · columns + c) · rows + r].
  /// - Parameters:
  ///   - groups: of every sample by its place; `count` for none.
  ///   - counters: room for as many, or more.
  package func count(_ groups: [UInt32], of count: Int, into counters: inout [UInt32]) {
    let cells = columns * rows
    precondition(groups.count == samples && counters.count >= count * cells, "Room for counters")
    guard count > 0, samples > 0 else {
      for index in 0..<count * cells { counters[index] = 0 }
      return
    }
    let bytes = Self.bytesPerGroup * (count + 1)
    if room.count < bytes { room = [UInt8](repeating: 0, count: bytes) }
    unsafe engram_tile_counts(
      words, places, counts, samples, columns, rows, groups, count, &room, &counters)
  }

  private static let bytesPerGroup = Int(ENGRAM_TILE_ROWS) + 1

  /// Lends what kernels read: words, the samples' places, and how many a column has.
  package func withBits(
    _ body: (UnsafePointer<UInt64>, UnsafePointer<UInt32>, UnsafePointer<Int>) -> Void
  ) {
    guard samples > 0 else { return }
    unsafe words.withUnsafeBufferPointer { words in
      unsafe places.withUnsafeBufferPointer { places in
        unsafe counts.withUnsafeBufferPointer { counts in
          guard let words = words.baseAddress, let places = places.baseAddress,
            let counts = counts.baseAddress
          else { return }
          unsafe body(words, places, counts)
        }
      }
    }
  }
}
