// Who reads whom: which values share memory, how long each is needed, in which order gradients
// meet.

struct ProgramGraph: Sendable {
  let architecture: Architecture
  let pass: ShapePass
  /// Node → the node whose memory its value lies in: its own, or, where it overwrites what it
  /// reads, that one's.
  let root: [Int]
  /// Rectifier or sum → whether the node that it overwrites does its work.
  let isFused: [Bool]
  /// Node → whether a rectifier is part of it.
  let rectifies: [Bool]
  /// Convolution → what is added to its output, where a sum is part of it.
  let addend: [Int?]
  /// Node → whether its value is needed beyond its own segment, or for a whole block.
  let crossesSegments: [Bool]
  /// Node → input → whether no later node adds to the same gradient: the first to be computed,
  /// which is set, not added.
  let isFirstGradient: [[Bool]]
  /// Convolution → the concatenation that alone reads it, and its first channel there.
  let joins: [Join?]
  private let lastUse: [Int]

  struct Join: Hashable, Sendable {
    let node: Int
    let channel: Int
  }

  /// - Parameter fusesSums: Whether a convolution adds the other term of a sum that alone reads it.
  init(_ architecture: Architecture, fusesSums: Bool) {
    let nodes = architecture.nodes
    let pass = ShapePass(architecture)
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (position, node) in nodes.enumerated() {
      for input in node.inputs { readers[input].append(position) }
    }
    var root = Array(nodes.indices)
    var isFused = [Bool](repeating: false, count: nodes.count)
    var rectifies = isFused
    var addend = [Int?](repeating: nil, count: nodes.count)
    for (position, node) in nodes.enumerated() where fusesSums && node.layer == .sum {
      // The other term is there when the later one is computed.
      let (term, last) = (node.inputs.min() ?? 0, node.inputs.max() ?? 0)
      guard case .convolution = nodes[last].layer, readers[last] == [position] else { continue }
      root[position] = last
      isFused[position] = true
      addend[last] = term
    }
    for (position, node) in nodes.enumerated() where node.layer == .rectifier {
      let source = node.inputs[0]
      guard readers[source].count == 1 else { continue }
      switch nodes[source].layer {
      case .convolution, .sum:
        isFused[position] = true
        rectifies[root[source]] = true
      case .batchNormalisation: break
      default: continue
      }
      root[position] = root[source]
    }

    var lastUse = Array(nodes.indices)
    var crosses = [Bool](repeating: false, count: nodes.count)
    func use(_ node: Int, by reader: Int) {
      let root = root[node]
      lastUse[root] = max(lastUse[root], reader)
      if pass.segmentOfNode[min(reader, nodes.count - 1)] != pass.segmentOfNode[root] {
        crosses[root] = true
      }
    }
    for (position, node) in nodes.enumerated() {
      for input in node.inputs { use(input, by: position) }
      if !pass.segments[pass.segmentOfNode[position]].isPerSample { crosses[root[position]] = true }
      // What fully connected layers read and give is handed out when the block is done.
      if case .fullyConnected = node.layer {
        lastUse[root[position]] = nodes.count
        lastUse[root[node.inputs[0]]] = nodes.count
      }
    }
    lastUse[root[nodes.count - 1]] = nodes.count
    crosses[root[nodes.count - 1]] = true

    var seen = Set<Int>()
    var first = nodes.map { $0.inputs.map { _ in false } }
    for (position, node) in nodes.enumerated().reversed() {
      // A node may read another twice; its gradients are computed in the order of its inputs.
      for (which, input) in node.inputs.enumerated() where root[input] != root[position] {
        first[position][which] = seen.insert(root[input]).inserted
      }
    }
    var joins = [Join?](repeating: nil, count: nodes.count)
    for (position, node) in nodes.enumerated() where node.layer == .concatenation {
      var channel = 0
      for input in node.inputs {
        let source = root[input]
        if case .convolution = nodes[source].layer, !crosses[source], addend[source] == nil,
          readers[input] == [position], input == source || readers[source] == [input]
        {
          joins[source] = Join(node: position, channel: channel)
        }
        channel += pass.shapes[input].channels
      }
    }
    self.joins = joins
    self.architecture = architecture
    self.pass = pass
    self.root = root
    self.isFused = isFused
    self.rectifies = rectifies
    self.addend = addend
    self.lastUse = lastUse
    crossesSegments = root.map { crosses[$0] }
    isFirstGradient = first
  }

  /// From the node that computes a value to the last that reads it, or the number of nodes where
  /// callers do.
  func life(of node: Int) -> ClosedRange<Int> { root[node]...lastUse[root[node]] }

  /// Floats of the largest gradient that is added to another.
  func addendCount(block: Int) -> Int {
    var largest = 0
    for (position, node) in architecture.nodes.enumerated() {
      for (which, input) in node.inputs.enumerated()
      where root[input] != root[position] && !isFirstGradient[position][which] {
        let isPerSample = pass.segments[pass.segmentOfNode[position]].isPerSample
        largest = max(largest, pass.shapes[input].count * (isPerSample ? 1 : block))
      }
    }
    return largest
  }
}
