// Where every value and gradient of a block lives in memory.

/// Values lie in one of two memories: the block's, where those are kept that several samples have
/// at a time, and a worker's own, for values that are used only while their own sample is: they
/// stay in the cache.
struct MemoryPlan: Sendable {
  /// Sample s of a node lies at `offset` + s · `stride` of the block's memory; a stride of 0 is a
  /// worker's own. Positions lie `rowStride` apart: more than the channels where a convolution
  /// writes into a concatenation.
  struct Place: Hashable, Sendable {
    let offset: Int
    let stride: Int
    let rowStride: Int

    var isKept: Bool { stride > 0 }

    /// The same memory under another shape.
    func shaped(_ shape: MapShape, from own: MapShape) -> Place {
      shape.channels == own.channels
        ? self : Place(offset: offset, stride: stride, rowStride: shape.channels)
    }
  }

  let values: [Place]
  let gradients: [Place]
  /// Node → what its forward pass leaves to its backward pass, in the block's memory.
  let statistics: [Int]
  /// The sample as callers see it, channels outermost; in the worker's memory, like the following.
  let staging: Int
  let scratch: Int
  /// A gradient that is about to be added to another.
  let addend: Int
  let blockCount: Int
  let workerCount: Int

  init(_ program: ProgramGraph, scratch scratchCount: Int, block: Int, backward: Bool) {
    let (nodes, pass) = (program.architecture.nodes, program.pass)
    var kept = Arena()
    var own = Arena()
    let lives = nodes.indices.map { program.life(of: $0) }

    func place(_ node: Int, _ life: ClosedRange<Int>, isKept: Bool, forever: Bool) -> Place {
      let shape = pass.shapes[node]
      // It lies among the parameters, and has no gradient.
      if program.isConstant[node] {
        return Place(offset: 0, stride: 0, rowStride: shape.channels)
      }
      guard isKept else {
        return Place(
          offset: own.place(shape.count, during: life), stride: 0, rowStride: shape.channels)
      }
      let last =
        life.upperBound < nodes.count
        ? pass.segmentOfNode[life.upperBound] : pass.segments.count
      let size = shape.count * block
      return Place(
        offset: forever
          ? kept.reserve(size)
          : kept.place(size, during: pass.segmentOfNode[life.lowerBound]...last),
        stride: shape.count, rowStride: shape.channels)
    }
    func places(_ isKept: (Int) -> Bool, forever: Bool, joined: Bool) -> [Place] {
      var places = [Place?](repeating: nil, count: nodes.count)
      for node in nodes.indices where places[node] == nil {
        let root = program.root[node]
        if root != node {
          places[node] = places[root]?.shaped(pass.shapes[node], from: pass.shapes[root])
        } else if joined, let join = program.joins[node] {
          // The first to write there begins the concatenation's life.
          let whole =
            places[join.node]
            ?? place(
              join.node, node...lives[join.node].upperBound, isKept: isKept(join.node),
              forever: forever)
          places[join.node] = whole
          places[node] = Place(
            offset: whole.offset + join.channel, stride: whole.stride, rowStride: whole.rowStride)
        } else {
          places[node] = place(node, lives[node], isKept: isKept(node), forever: forever)
        }
      }
      return places.compactMap(\.self)
    }
    if backward {
      values = places({ _ in true }, forever: true, joined: false)
      gradients = places({ program.crossesSegments[$0] }, forever: false, joined: false)
    } else {
      values = places({ program.crossesSegments[$0] }, forever: false, joined: true)
      gradients = []
    }
    statistics = zip(nodes, pass.shapes).map { node, shape in
      let count = node.layer.kind.statisticsCount(output: shape)
      return count == 0 ? 0 : kept.reserve(count)
    }
    staging = own.reserve(max(program.architecture.input.count, pass.shapes.last?.count ?? 0))
    scratch = own.reserve(scratchCount)
    addend = backward ? own.reserve(program.addendCount(block: block)) : 0
    blockCount = kept.count
    workerCount = own.count
  }
}
