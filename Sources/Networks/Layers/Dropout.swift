// Dropout as it trains. Inference graphs leave it out.

internal import Basics

/// y = 0 with `probability`, else x / (1 − probability) (Srivastava et al. 2014).
///
/// A sample's mask is drawn from a key: the same key gives the same mask, forward and backward.
package struct Dropout: Hashable, Sendable {
  package let probability: Double

  package init(probability: Double = 0.5) {
    precondition((0..<1).contains(probability), "A probability below 1 leaves something.")
    self.probability = probability
  }

  /// One sample: x → y, or dy → dx; they may be the same memory. Two elements to one number of
  /// `SplitMix64(seed: key)`, its low half first; an element is kept where its 32 bits are at least
  /// probability · 2³².
  func apply(_ x: Floats, count: Int, key: UInt64, y: Floats) {
    let threshold = UInt64(probability * 0x1p32)
    let scale = Float(1 / (1 - probability))
    var generator = SplitMix64(seed: key)
    var bits: UInt64 = 0
    for i in 0..<count {
      bits = i % 2 == 0 ? generator.next() : bits >> 32
      unsafe y[i] = bits & 0xFFFF_FFFF >= threshold ? x[i] * scale : 0
    }
  }
}

extension Dropout: LayerKind {
  var name: String { "dropout \(probability)" }
  var placement: LayerPlacement { .asItsInput }

  func forward(_ call: LayerCall) { unsafe apply(call, from: call.x, to: call.y) }

  func backward(_ call: LayerCall) {
    unsafe call.contribute { unsafe apply(call, from: call.dy, to: $0) }
  }

  /// Every sample with its own mask.
  private func apply(_ call: LayerCall, from: Floats, to: Floats) {
    let size = call.output.count
    for row in 0..<call.rows {
      let (from, to) = unsafe (from + row * size, to + row * size)
      let position = call.first + call.sample + row
      if let key = call.workspace.maskKey(call.node, position: position) {
        unsafe apply(from, count: size, key: key, y: to)
      } else {
        unsafe to.update(from: from, count: size)
      }
    }
  }
}
