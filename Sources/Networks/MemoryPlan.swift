// Where every value and gradient of a block lives in memory.

/// Values lie in one of two memories: the block's, where those are kept that several samples have at a
/// time, and a worker's own, for values that are used only while their own sample is: they stay in the cache.
struct MemoryPlan: Sendable {
  /// Sample s of a node lies at `offset` + s · `stride` of the block's memory; a stride of 0 is a worker's own.
  struct Place: Hashable, Sendable {
    let offset: Int
    let stride: Int

    var isKept: Bool { stride > 0 }
  }

  let values: [Place]
  let gradients: [Place]
  /// Node → its batch's statistics, in the block's memory.
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

    func places(_ isKept: (Int) -> Bool, forever: Bool) -> [Place] {
      var result: [Place] = []
      for node in nodes.indices {
        let root = program.root[node]
        if root != node {
          result.append(result[root])
          continue
        }
        let size = pass.shapes[node].count
        let life = lives[node]
        if isKept(node) {
          let segments =
            pass.segmentOfNode[
              life.lowerBound]...(life.upperBound < nodes.count
            ? pass.segmentOfNode[life.upperBound] : pass.segments.count)
          let offset =
            forever
            ? kept.reserve(size * block) : kept.place(size * block, during: segments)
          result.append(Place(offset: offset, stride: size))
        } else {
          result.append(Place(offset: own.place(size, during: life), stride: 0))
        }
      }
      return result
    }
    if backward {
      values = places({ _ in true }, forever: true)
      gradients = places({ program.crossesSegments[$0] }, forever: false)
    } else {
      values = places({ program.crossesSegments[$0] }, forever: false)
      gradients = []
    }
    statistics = zip(nodes, pass.shapes).map { node, shape in
      guard case .batchNormalisation = node.layer else { return 0 }
      return kept.reserve(BatchNormalisation.statisticsCount(shape.channels))
    }
    staging = own.reserve(max(program.architecture.input.count, pass.shapes.last?.count ?? 0))
    scratch = own.reserve(scratchCount)
    addend = backward ? own.reserve(program.addendCount(block: block)) : 0
    blockCount = kept.count
    workerCount = own.count
  }
}
