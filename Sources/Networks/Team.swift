// Several workers on one block: what makes a small batch use every thread.

/// Workspaces with one block's memory. Results are those of one workspace alone, to the last bit.
struct Team {
  let workspaces: [Workspace]

  /// As `Workspace.forward`. Samples are shared out, as many as there are for every thread; of
  /// those that are left, and of layers over a whole block, the tiles are.
  func forward(first: Int, count: Int, source: SampleSource) {
    let leader = workspaces[0]
    let threads = workspaces.count
    let shared = count - count % threads
    for segment in leader.program.pass.segments {
      if segment.isPerSample {
        Workers.run(shared, threads: threads) { worker, sample in
          for node in segment.nodes {
            workspaces[worker].forward(node, sample: sample, first: first, source)
          }
        }
        for sample in shared..<count {
          for node in segment.nodes { forward(node, sample: sample, first: first, source) }
        }
      } else {
        for node in segment.nodes {
          Workers.run(leader.tileCount(node), threads: threads) { worker, tile in
            workspaces[worker].forward(block: node, tile: tile, count: count, first)
          }
        }
      }
    }
  }

  /// One sample's node, all its values in the leader's memory.
  private func forward(_ node: Int, sample: Int, first: Int, _ source: SampleSource) {
    let leader = workspaces[0]
    guard let convolution = leader.program.inference[node] else {
      return leader.forward(node, sample: sample, first: first, source)
    }
    Workers.run(convolution.tileCount, threads: workspaces.count) { worker, tile in
      workspaces[worker].convolve(node, tile: tile, sample: sample, values: leader)
    }
  }
}
