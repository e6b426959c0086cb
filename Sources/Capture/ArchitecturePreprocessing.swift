// Which preprocessing a network's input goes through: it belongs to the architecture, not to the data.

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
