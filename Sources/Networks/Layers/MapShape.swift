// The shape of one sample's value between two layers.

/// Channels × height × width; a vector of n is n × 1 × 1.
///
/// Outside the engine maps lie in this order. Inside they lie height × width × channels:
/// convolution patches are then contiguous runs, and pooling and normalisation vectorise over
/// channels.
package struct MapShape: Hashable, Sendable, CustomStringConvertible {
  package let channels: Int
  package let height: Int
  package let width: Int

  package init(channels: Int, height: Int, width: Int) {
    precondition(channels > 0 && height > 0 && width > 0, "A shape's sizes are positive.")
    self.channels = channels
    self.height = height
    self.width = width
  }

  package init(vector count: Int) { self.init(channels: count, height: 1, width: 1) }

  package var positions: Int { height * width }
  package var count: Int { channels * positions }
  package var isVector: Bool { positions == 1 }
  package var description: String { "\(channels) × \(height) × \(width)" }
}
