// What the bits of a part of a layer are made of, for all samples of a run at once: their inputs, thresholds and the
// weights, laid out for tiles (TileBits). Leaves out who the samples are: they have places.

internal import CKernels

/// The inputs and thresholds of samples in some columns and rows of a layer. Rows come in strips, of which each is a
/// tile high.
package struct TileVectors: Sendable {
  /// Rows of a tile, at most: a word's bits.
  package static let mostRows = Int(ENGRAM_TILE_ROWS)

  package let shape: LayerShape
  package let samples: Int
  /// Rows of a strip but the last.
  package let stripRows: Int
  package private(set) var columns: Range<Int>
  package private(set) var rows: Range<Int> = 0..<0
  /// samples × inputStride; 1 for the bias.
  private(set) var inputs: [Float]
  let inputStride: Int
  /// strips × samples × stride.
  private(set) var thresholds: [Float] = []
  /// strips × columns × stride.
  private(set) var weights: [Float] = []
  private static let lanes = 16

  /// Outputs that lie side by side, with what fills the last vector.
  var stride: Int { (stripRows + Self.lanes - 1) / Self.lanes * Self.lanes }

  /// - Parameter columns: of the layer, its bias behind its inputs.
  package init(shape: LayerShape, samples: Int, stripRows: Int, columns: Range<Int>) {
    precondition((1...Self.mostRows).contains(stripRows), "A strip is as high as a word at most")
    precondition(columns.upperBound <= shape.columns, "The layer has no such columns")
    (self.shape, self.samples, self.stripRows, self.columns) = (shape, samples, stripRows, columns)
    // An odd number of vectors: samples of one column lie in all sets of the cache.
    inputStride = ((columns.count + Self.lanes - 1) / Self.lanes | 1) * Self.lanes
    inputs = [Float](repeating: 0, count: samples * inputStride)
    if columns.upperBound > shape.inputs {
      for place in 0..<samples { inputs[place * inputStride + columns.count - 1] = 1 }
    }
  }

  package var strips: Int { (rows.count + stripRows - 1) / stripRows }

  /// The rows of a strip, of the layer's.
  package func rows(of strip: Int) -> Range<Int> {
    let first = rows.lowerBound + strip * stripRows
    return first..<min(first + stripRows, rows.upperBound)
  }

  /// - Parameter x: of the whole layer.
  package mutating func setInputs(of place: Int, _ x: Span<Float>) {
    precondition(x.count == shape.inputs && place < samples, "One input a column")
    let own = columns.clamped(to: 0..<shape.inputs)
    unsafe x.extracting(own).withUnsafeBufferPointer { x in
      unsafe inputs.withUnsafeMutableBufferPointer { inputs in
        let target = unsafe UnsafeMutableBufferPointer(rebasing: inputs[(place * inputStride)...])
        _ = unsafe target.update(fromContentsOf: x)
      }
    }
  }

  /// Takes other rows, whose thresholds are still to be set.
  /// - Parameters:
  ///   - weights: of these rows.
  ///   - each: Calls its second argument with every number below the first, on any threads.
  package mutating func setRows(
    _ rows: Range<Int>, _ weights: LayerWeights,
    _ each: (Int, (Int) -> Void) -> Void = { count, body in for index in 0..<count { body(index) } }
  ) {
    precondition(
      weights.shape
        == LayerShape(outputs: rows.count, inputs: shape.inputs, hasBias: shape.hasBias),
      "The weights do not fit the rows")
    self.rows = rows
    let (strips, width, stride) = (strips, columns.count, stride)
    // What is there is written over: the rest of a last strip, which no threshold lets through, may stay.
    if thresholds.count != strips * samples * stride {
      thresholds = []
      thresholds = [Float](repeating: .infinity, count: strips * samples * stride)
      self.weights = []
      self.weights = [Float](repeating: 0, count: strips * width * stride)
    }
    let own = columns.clamped(to: 0..<shape.inputs)
    let hasBias = columns.upperBound > shape.inputs
    let (samples, inputs, stripRows) = (samples, shape.inputs, stripRows)
    unsafe thresholds.withUnsafeMutableBufferPointer { thresholds in
      unsafe self.weights.withUnsafeMutableBufferPointer { target in
        unsafe weights.weight.withUnsafeBufferPointer { source in
          guard let source = source.baseAddress, let first = target.baseAddress else { return }
          each(strips) { strip in
            let start = strip * width * stride
            let rows = strip * stripRows..<min((strip + 1) * stripRows, rows.count)
            unsafe thresholds[strip * samples * stride..<(strip + 1) * samples * stride]
              .update(repeating: .infinity)
            unsafe engram_transpose32(
              source + rows.lowerBound * inputs + own.lowerBound, inputs, rows.count, own.count,
              first + start, stride)
            guard hasBias, let bias = weights.bias else { return }
            for (row, bias) in bias[rows].enumerated() {
              unsafe target[start + (width - 1) * stride + row] = bias
            }
          }
        }
      }
    }
  }

  /// τ = z / n_in, +infinity where nothing is significant.
  /// - Parameter z: of the whole layer.
  package mutating func setThresholds(of place: Int, _ z: Span<Float>) {
    precondition(z.count == shape.outputs && place < samples, "One pre-activation an output")
    let inputs = Float(shape.inputs)
    let stride = stride
    for (own, row) in rows.enumerated() {
      let sum = z[row]
      guard sum.isFinite, sum != 0 else { continue }
      thresholds[(own / stripRows * samples + place) * stride + own % stripRows] = sum / inputs
    }
  }
}
