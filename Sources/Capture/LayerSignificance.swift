// The significance of a layer's samples as a run wants it: bits with their number, or the number alone.

internal import Bits
internal import Networks
internal import Synchronization

/// Encodes or counts with one layer's weights. The encoder, which has a copy of them, is made when bits are
/// first asked for.
final class LayerSignificance: Sendable {
  private let layer: FullyConnectedInfo
  private let counter: SignificanceCounter
  private let encoder = Mutex<SignificanceEncoder?>(nil)

  init(_ layer: FullyConnectedInfo) {
    self.layer = layer
    counter = SignificanceCounter(shape: layer.shape, weight: layer.weight, bias: layer.bias)
  }

  /// One number per sample and, with `bits`, one stored form. May be called from several threads at once.
  func apply(
    x: Span<Float>, z: Span<Float>, count: Int, bits: Bool
  ) -> (bits: [[UInt8]], counts: [Int]) {
    guard bits else { return ([], counter.count(x: x, z: z, count: count)) }
    let encoder = encoder.withLock { made in
      let encoder =
        made ?? SignificanceEncoder(shape: layer.shape, weight: layer.weight, bias: layer.bias)
      made = encoder
      return encoder
    }
    let blobs = encoder.encode(x: x, z: z, count: count)
    return (blobs, blobs.map { Significance.popcount(valid: $0, of: layer.shape) })
  }
}
