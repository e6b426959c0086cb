// Which nodes do the work of others, or overwrite what they read: decided from who reads whom, before memory is planned.

/// Another shape of a value lies where that lies. A rectifier that alone reads a convolution, a normalisation without
/// statistics of its own or a sum is a part of it; a sum may be a part of the convolution that is its later term. Activations
/// are parts of what can apply them while its output is in the cache, and overwrite what else they read, where no gradient
/// will want it.
struct Fusion: Sendable {
  /// Node → the node whose memory its value lies in: its own, or, where it overwrites what it
  /// reads, that one's.
  private(set) var root: [Int]
  /// Rectifier or sum → whether the node that it overwrites does its work.
  private(set) var isFused: [Bool]
  /// Node → whether a rectifier is part of it.
  private(set) var rectifies: [Bool]
  /// Node → the activation that is part of it.
  private(set) var activations: [ElementFunction?]
  /// Convolution → what is added to its output, where a sum is part of it.
  private(set) var addend: [Int?]

  /// - Parameters:
  ///   - readers: Node → the nodes that read it.
  ///   - fusesSums: Whether a convolution adds the other term of a sum that alone reads it.
  ///   - activating: Node → whether it applies the activation that alone reads it; nil where gradients want what activations
  ///     read.
  init(
    _ nodes: [Node], readers: [[Int]], fusesSums: Bool, activating: [Bool]?
  ) {
    root = Array(nodes.indices)
    isFused = [Bool](repeating: false, count: nodes.count)
    rectifies = isFused
    addend = [Int?](repeating: nil, count: nodes.count)
    activations = [ElementFunction?](repeating: nil, count: nodes.count)
    if fusesSums { fuseSums(nodes, readers) }
    fuseRectifiers(nodes, readers)
    if let activating { fuseActivations(nodes, readers, activating) }
    for (position, node) in nodes.enumerated() {
      if case .reinterpretation = node.layer { root[position] = root[node.inputs[0]] }
    }
  }

  private mutating func fuseActivations(
    _ nodes: [Node], _ readers: [[Int]], _ activating: [Bool]
  ) {
    for (position, node) in nodes.enumerated() {
      guard case .activation(let activation) = node.layer else { continue }
      let source = node.inputs[0]
      guard readers[source].count == 1 else { continue }
      switch nodes[source].layer {
      case .convolution(let layer) where layer.isLent: continue
      case .convolution, .groupedConvolution, .channelAffine, .sum: break
      default: continue
      }
      if activating[source] {
        isFused[position] = true
        activations[source] = activation.function
      }
      root[position] = root[source]
    }
  }

  private mutating func fuseSums(_ nodes: [Node], _ readers: [[Int]]) {
    for (position, node) in nodes.enumerated() where node.layer == .sum {
      // The other term is there when the later one is computed.
      let (term, last) = (node.inputs.min() ?? 0, node.inputs.max() ?? 0)
      guard case .convolution(let layer) = nodes[last].layer, !layer.isLent,
        readers[last] == [position]
      else { continue }
      root[position] = last
      isFused[position] = true
      addend[last] = term
    }
  }

  private mutating func fuseRectifiers(_ nodes: [Node], _ readers: [[Int]]) {
    for (position, node) in nodes.enumerated() where node.layer == .rectifier {
      let source = node.inputs[0]
      guard readers[source].count == 1 else { continue }
      switch nodes[source].layer {
      case .convolution(let layer) where layer.isLent: continue
      case .convolution, .groupedConvolution, .channelAffine, .sum:
        isFused[position] = true
        rectifies[root[source]] = true
      case .batchNormalisation: break
      default: continue
      }
      root[position] = root[source]
    }
  }
}
