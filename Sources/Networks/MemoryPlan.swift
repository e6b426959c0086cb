// Where every value of a block lives in a worker's memory.

/// Offsets of values and gradients, in floats. Sample s of node n lies at `offset[n] + s · stride[n]`.
///
/// A stride of 0 is one place for all samples, taken where a value is used only while its own sample
/// is: its memory then stays in the cache.
struct MemoryPlan: Sendable {
  let values: [Place]
  let gradients: [Place]
  /// The sample as callers see it, channels outermost.
  let staging: Int
  let scratch: Int
  let count: Int

  struct Place: Hashable, Sendable {
    let offset: Int
    let stride: Int
  }

  init(
    _ architecture: Architecture, _ pass: ShapePass, convolutions: [ConvolutionPlan?], block: Int,
    backward: Bool
  ) {
    var next = 0
    func reserve(_ size: Int) -> Int {
      defer { next += size.alignedFloats }
      return next
    }
    let nodes = architecture.nodes
    let inPlace = nodes.map { Self.isInPlace($0, nodes) }
    let kept = nodes.indices.map { node in
      !pass.segments[pass.segmentOfNode[node]].isPerSample || node == nodes.count - 1
        || nodes.indices.contains {
          nodes[$0].inputs.contains(node) && pass.segmentOfNode[$0] != pass.segmentOfNode[node]
        }
    }
    func places(_ isKept: (Int) -> Bool) -> [Place] {
      var result: [Place] = []
      for node in nodes.indices {
        if inPlace[node] {
          result.append(result[nodes[node].inputs[0]])
        } else {
          let size = pass.shapes[node].count
          let all = isKept(node)
          result.append(
            Place(offset: reserve(all ? size * block : size), stride: all ? size : 0))
        }
      }
      return result
    }
    // An in-place rectifier writes where its input lies, which therefore is kept if the rectifier is.
    let keptInPlace = Set(
      nodes.indices.filter { inPlace[$0] && kept[$0] }.map { nodes[$0].inputs[0] })
    values = places { backward || kept[$0] || keptInPlace.contains($0) }
    gradients = backward ? places { kept[$0] || keptInPlace.contains($0) } : []
    staging = reserve(max(architecture.input.count, pass.shapes.last?.count ?? 0))
    var largest = 0
    for (node, shape) in zip(nodes, pass.shapes) {
      if case .responseNormalisation(let layer) = node.layer {
        largest = max(largest, layer.scratchCount(for: shape))
      }
    }
    scratch = reserve(max(largest, convolutions.compactMap { $0?.scratchCount }.max() ?? 0))
    count = next
  }

  /// A rectifier overwrites a convolution's output: nobody else reads it, not even its own backward pass.
  private static func isInPlace(_ node: Node, _ nodes: [Node]) -> Bool {
    guard node.layer == .rectifier, case .convolution = nodes[node.inputs[0]].layer else {
      return false
    }
    return nodes.count { $0.inputs.contains(node.inputs[0]) } == 1
  }
}
