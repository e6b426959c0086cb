// From a layer's weights, inputs and pre-activations to stored significance. Leaves out the layer
// itself: z is taken as given, so the bits are those of the network that computed it.

import CKernels

/// Encodes the significance of samples of one layer:
///
///     S[i][j] = a[i][j] > τ[i] where z[i] > 0,  a[i][j] < τ[i] where z[i] < 0,  τ[i] = z[i] / n_in
///
/// with a[i][j] = W[i][j] · x[j], a[i][n_in] = b[i], each one Float32 operation. No interaction of a
/// row whose z is zero or not finite is significant, and none of an input that is zero.
package final class SignificanceEncoder: Sendable {
  package let shape: LayerShape

  /// Input-major: row j holds input j's weights to every output, then zeros up to `stride`.
  private let columns: [Float]
  private let stride: Int

  /// Samples that share one pass over the weights; their thresholds stay in the L2 cache.
  private static let samplesPerBlock = 16
  private static let lanes = 16

  /// weight: outputs × inputs, row-major; bias: one per output, nil where the shape has none.
  package init(shape: LayerShape, weight: [Float], bias: [Float]?) {
    precondition(weight.count == shape.outputs * shape.inputs, "The weights do not fit the shape")
    precondition((bias != nil) == shape.hasBias, "A bias must be given where the shape has one")
    precondition(bias.map { $0.count == shape.outputs } ?? true, "The bias does not fit the shape")
    self.shape = shape
    let stride = (shape.outputs + Self.lanes - 1) / Self.lanes * Self.lanes
    var columns = [Float](repeating: 0, count: shape.columns * stride)
    unsafe engram_transpose32(
      weight, shape.inputs, shape.outputs, shape.inputs, &columns, stride)
    for (output, value) in (bias ?? []).enumerated() {
      columns[shape.inputs * stride + output] = value
    }
    self.columns = columns
    self.stride = stride
  }

  /// One stored form per sample. x: count × inputs, z: count × outputs, row-major. May be called
  /// from several threads at once.
  package func encode(x: Span<Float>, z: Span<Float>, count: Int) -> [[UInt8]] {
    precondition(x.count == count * shape.inputs, "x must hold count × inputs values")
    precondition(z.count == count * shape.outputs, "z must hold count × outputs values")
    var blobs: [[UInt8]] = []
    blobs.reserveCapacity(count)
    for first in Swift.stride(from: 0, to: count, by: Self.samplesPerBlock) {
      let end = min(first + Self.samplesPerBlock, count)
      blobs += encodeBlock(
        x: x.extracting(first * shape.inputs..<end * shape.inputs),
        thresholds: thresholds(z.extracting(first * shape.outputs..<end * shape.outputs)),
        count: end - first)
    }
    return blobs
  }

  /// τ of every sample and output, +infinity where nothing is significant; `stride` to a sample.
  private func thresholds(_ z: Span<Float>) -> [Float] {
    let inputs = Float(shape.inputs)
    let samples = z.count / shape.outputs
    var thresholds = [Float](repeating: .infinity, count: samples * stride)
    for sample in 0..<samples {
      for output in 0..<shape.outputs {
        let sum = z[sample * shape.outputs + output]
        if sum.isFinite, sum != 0 { thresholds[sample * stride + output] = sum / inputs }
      }
    }
    return thresholds
  }

  private func encodeBlock(x: Span<Float>, thresholds: [Float], count: Int) -> [[UInt8]] {
    let prefixes = (0..<count).map { sample in
      prefix(x.extracting(sample * shape.inputs..<(sample + 1) * shape.inputs))
    }
    return unsafe withBlobs(prefixes[...], rows: []) { rows in
      var rows = unsafe rows
      unsafe x.withUnsafeBufferPointer { x in
        unsafe engram_significance(
          count, shape.outputs, shape.inputs, shape.columns, stride, columns, x.baseAddress,
          thresholds, &rows)
      }
    }
  }

  /// Header and mask of one sample, and the length of the whole blob.
  private func prefix(_ x: Span<Float>) -> (bytes: [UInt8], total: Int) {
    var mask = nonzeroMask(x)
    if shape.hasBias {
      if mask.count < byteCount(bits: shape.columns) { mask.append(0) }
      mask[shape.inputs / 8] |= 1 << UInt8(shape.inputs % 8)
    }
    let active = mask.reduce(0) { $0 + $1.nonzeroBitCount }
    let header = Significance.Header(shape: shape, activeCount: active)
    return (header.bytes() + mask, header.totalBytes)
  }

  /// Allocates the blobs one inside the other, so that `fill` may write the rows of all of them.
  private func withBlobs(
    _ prefixes: ArraySlice<(bytes: [UInt8], total: Int)>, rows: [UnsafeMutablePointer<UInt8>?],
    fill: ([UnsafeMutablePointer<UInt8>?]) -> Void
  ) -> [[UInt8]] {
    guard let (prefix, total) = prefixes.first else {
      unsafe fill(rows)
      return []
    }
    var others: [[UInt8]] = []
    let blob = unsafe [UInt8](unsafeUninitializedCapacity: total) { buffer, initialized in
      _ = unsafe buffer.update(fromContentsOf: prefix)
      let row = unsafe buffer.baseAddress.map { unsafe $0 + prefix.count }
      others = unsafe withBlobs(prefixes.dropFirst(), rows: rows + [row], fill: fill)
      initialized = total
    }
    return [blob] + others
  }
}
