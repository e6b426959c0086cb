// A fixed linear map of each channel, without parameters.

internal import CKernels

/// y = factor · x + offset, per channel.
package struct ChannelScaling: Hashable, Sendable {
  package let factors: [Float]
  package let offsets: [Float]

  package init(factors: [Float], offsets: [Float]) {
    precondition(factors.count == offsets.count, "A channel has a factor and an offset.")
    self.factors = factors
    self.offsets = offsets
  }

  /// One sample: x → y.
  func forward(_ x: Floats, shape: MapShape, y: Floats) {
    unsafe engram_scale_channels(x, shape.positions, shape.channels, factors, offsets, y)
  }

  /// One sample: sets dx.
  func backward(dy: Floats, shape: MapShape, dx: Floats) {
    unsafe engram_scale_channels(dy, shape.positions, shape.channels, factors, nil, dx)
  }
}
