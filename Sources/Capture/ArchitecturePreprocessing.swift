// Which preprocessing a network's input goes through: it belongs to the architecture, not to the data. Here it is also
// joined to the network, for those who differentiate both.

package import DataSets
package import Networks

extension Architecture {
  /// What is done to an image before this network sees it.
  package var preprocessing: Preprocessing {
    switch name {
    case Self.alexNet.name: .imageNet
    default: .cifarAlexNet
    }
  }
}

extension Preprocessing {
  /// As the part of a differentiated model that lies before the network.
  func differentiable(for shape: ImageShape) -> PixelPreprocessing {
    PixelPreprocessing(
      apply: { apply($0, shape: shape, into: &$1) },
      pullback: { pullback($0, shape: shape, gradient: $1, into: &$2) })
  }
}
