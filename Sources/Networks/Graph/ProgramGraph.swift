// Who reads whom: which values share memory, how long each is needed, in which order gradients
// meet.

struct ProgramGraph: Sendable {
  let architecture: Architecture
  let pass: ShapePass
  private let fusion: Fusion
  /// Node → whether its value is needed beyond its own segment, or for a whole block.
  let crossesSegments: [Bool]
  /// Node → whether its value is a parameter, or computed of parameters alone, and lies with those.
  let isConstant: [Bool]
  /// Node → whether its value depends on the network's input or on parameters with gradients: whether it has a gradient.
  let carriesGradient: [Bool]
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

  /// - Parameters:
  ///   - fusesSums: Whether a convolution adds the other term of a sum that alone reads it.
  ///   - activating: See Fusion.
  init(_ architecture: Architecture, fusesSums: Bool, activating: [Bool]? = nil) {
    let (nodes, pass) = (architecture.nodes, ShapePass(architecture))
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (position, node) in nodes.enumerated() {
      for input in node.reads { readers[input].append(position) }
    }
    let (isConstant, carries) = Self.constants(of: nodes, pass)
    let fusion = Fusion(nodes, readers: readers, fusesSums: fusesSums, activating: activating)
    let (lastUse, crosses) = Self.uses(of: nodes, pass, fusion.root)
    self.architecture = architecture
    self.pass = pass
    self.fusion = fusion
    self.lastUse = lastUse
    crossesSegments = fusion.root.map { crosses[$0] }
    self.isConstant = isConstant
    carriesGradient = carries
    isFirstGradient = Self.firstGradients(of: nodes, fusion.root, carries)
    joins = Self.joins(of: nodes, pass, fusion, readers: readers, crosses: crosses)
  }

  var root: [Int] { fusion.root }
  var isFused: [Bool] { fusion.isFused }
  var rectifies: [Bool] { fusion.rectifies }
  var addend: [Int?] { fusion.addend }
  var activations: [ElementFunction?] { fusion.activations }

  /// Root → the last node that reads it, or the number of nodes where callers do, and whether it is needed beyond its
  /// segment.
  private static func uses(
    of nodes: [Node], _ pass: ShapePass, _ root: [Int]
  ) -> (lastUse: [Int], crosses: [Bool]) {
    var lastUse = Array(nodes.indices)
    var crosses = [Bool](repeating: false, count: nodes.count)
    for (position, node) in nodes.enumerated() {
      let segment = pass.segmentOfNode[position]
      for input in node.reads {
        let read = root[input]
        lastUse[read] = max(lastUse[read], position)
        if pass.segmentOfNode[read] != segment { crosses[read] = true }
      }
      if !pass.segments[segment].isPerSample { crosses[root[position]] = true }
      // What fully connected layers read and give is handed out when the block is done.
      if case .fullyConnected = node.layer {
        lastUse[root[position]] = nodes.count
        lastUse[root[node.inputs[0]]] = nodes.count
      }
    }
    lastUse[root[nodes.count - 1]] = nodes.count
    crosses[root[nodes.count - 1]] = true
    return (lastUse, crosses)
  }

  private static func constants(
    of nodes: [Node], _ pass: ShapePass
  ) -> (areConstant: [Bool], carryGradients: [Bool]) {
    let areConstant = nodes.map(\.isConstant)
    var carry: [Bool] = []
    for (position, node) in nodes.enumerated() {
      precondition(
        pass.segments[pass.segmentOfNode[position]].isPerSample
          || !node.inputs.contains { areConstant[$0] },
        "Only layers that work sample by sample read constants.")
      carry.append(
        node.inputs.isEmpty
          || !areConstant[position]
            && (!pass.parametersOfNode[position].isEmpty || node.inputs.contains { carry[$0] })
      )
    }
    return (areConstant, carry)
  }

  private static func firstGradients(
    of nodes: [Node], _ root: [Int], _ carries: [Bool]
  ) -> [[Bool]] {
    var seen = Set<Int>()
    var first = nodes.map { $0.inputs.map { _ in false } }
    for (position, node) in nodes.enumerated().reversed() {
      // A node may read another twice; its gradients are computed in the order of its inputs.
      for (which, input) in node.inputs.enumerated()
      where root[input] != root[position] && carries[input] && carries[position] {
        first[position][which] = seen.insert(root[input]).inserted
      }
    }
    return first
  }

  private static func joins(
    of nodes: [Node], _ pass: ShapePass, _ fusion: Fusion, readers: [[Int]], crosses: [Bool]
  ) -> [Join?] {
    var joins = [Join?](repeating: nil, count: nodes.count)
    for (position, node) in nodes.enumerated() where node.layer == .concatenation {
      var channel = 0
      for input in node.inputs {
        let source = fusion.root[input]
        if case .convolution(let layer) = nodes[source].layer, !layer.isLent, !crosses[source],
          pass.shapes[source].channels == pass.shapes[input].channels,
          fusion.addend[source] == nil, readers[input] == [position],
          input == source || readers[source] == [input] && fusion.isFused[input]
        {
          joins[source] = Join(node: position, channel: channel)
        }
        channel += pass.shapes[input].channels
      }
    }
    return joins
  }

  /// From the node that computes a value to the last that reads it, or the number of nodes where
  /// callers do.
  func life(of node: Int) -> ClosedRange<Int> { root[node]...lastUse[root[node]] }

  /// Floats of the largest gradient that is added to another.
  func addendCount(block: Int) -> Int {
    var largest = 0
    for (position, node) in architecture.nodes.enumerated() {
      for (which, input) in node.inputs.enumerated()
      where root[input] != root[position] && carriesGradient[input] && carriesGradient[position]
        && !isFirstGradient[position][which]
      {
        let isPerSample = pass.segments[pass.segmentOfNode[position]].isPerSample
        largest = max(largest, pass.shapes[input].count * (isPerSample ? 1 : block))
      }
    }
    return largest
  }
}
