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
}

extension ChannelScaling: LayerKind {
  var name: String { "channel scaling" }

  func forward(_ call: LayerCall) {
    let shape = call.input
    unsafe engram_scale_channels(
      call.x, shape.positions, shape.channels, factors, offsets, call.y)
  }

  func backward(_ call: LayerCall) {
    let shape = call.input
    unsafe call.contribute {
      unsafe engram_scale_channels(
        call.dy, shape.positions, shape.channels, factors, nil, $0)
    }
  }
}
