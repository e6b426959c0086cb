// The feature maps of a forward pass: what every rectifier gives, lent while the pass is at work, before other values take
// their memory. What is made of them is not told here.

/// A rectifier, whose outputs are the feature maps of what it stands behind: of a convolution with its batch normalisation,
/// of a residual block's sum, or of a hidden fully connected layer.
package struct FeatureLayer: Sendable, Hashable {
  package let name: String
  /// A vector has one position.
  package let shape: MapShape
}

/// Reads the feature maps of one sample in one layer, by its place among `Network.featureLayers`. Called on several threads
/// at once, for one sample on one at a time.
///
/// The maps lie position by position, the channels of one beside each other and those of the next `rowStride` floats
/// further on; they last for the call.
package typealias FeatureReader = (
  _ sample: Int, _ layer: Int, _ maps: Span<Float>, _ rowStride: Int
) -> Void

extension Network {
  /// Every rectifier's, in the order of the network.
  package var featureLayers: [FeatureLayer] {
    program.featureNodes.map {
      FeatureLayer(name: program.nodes[$0].name, shape: program.pass.shapes[$0])
    }
  }
}

extension Program {
  var featureNodes: [Int] { nodes.indices.filter { nodes[$0].layer == .rectifier } }
}

/// Takes what a layer over tokens read and gave, by its place among those that are lent, for a sample of the batch, from a
/// workspace where the sample has another place.
typealias TokenReader = (
  _ layer: Int, _ sample: Int, _ workspace: Workspace, _ inBlock: Int
) -> Void

/// Who reads which nodes' values.
struct FeatureLoan {
  /// By node, its place among the feature layers.
  private let layers: [Int?]
  private let reader: FeatureReader?
  /// By node, its place among the lent layers over tokens.
  private let tokens: [Int?]
  private let tokenReader: TokenReader

  init(
    _ program: Program, _ reader: FeatureReader?, tokens lent: [Int],
    _ tokenReader: @escaping TokenReader
  ) {
    var layers = [Int?](repeating: nil, count: program.nodes.count)
    var tokens = layers
    for (layer, node) in program.featureNodes.enumerated() where reader != nil {
      layers[node] = layer
    }
    for (layer, node) in lent.enumerated() { tokens[node] = layer }
    self.layers = layers
    self.reader = reader
    self.tokens = tokens
    self.tokenReader = tokenReader
  }

  func isLent(_ node: Int) -> Bool { layers[node] != nil || tokens[node] != nil }

  /// Lends a value that the workspace has just computed, where it is a feature layer's.
  /// - Parameters:
  ///   - sample: In its block.
  ///   - first: The block's first sample, in the batch.
  func lend(_ node: Int, sample: Int, of workspace: Workspace, first: Int) {
    if let layer = tokens[node] { tokenReader(layer, first + sample, workspace, sample) }
    guard let layer = layers[node] else { return }
    let shape = workspace.program.pass.shapes[node]
    let rowStride = workspace.plan.values[node].rowStride
    let values = unsafe UnsafeBufferPointer(
      start: workspace.value(node, sample: sample),
      count: (shape.positions - 1) * rowStride + shape.channels)
    reader?(first + sample, layer, unsafe values.span, rowStride)
  }
}
