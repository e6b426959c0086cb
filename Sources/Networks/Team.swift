// Several workers on one block: what makes a small batch use every thread.

/// Workspaces with one block's memory. Results are those of one workspace alone, to the last bit.
struct Team {
  let workspaces: [Workspace]

  /// As `Workspace.forward`; samples are shared out in segments that go sample by sample, elsewhere the
  /// tiles of a layer.
  func forward(first: Int, count: Int, source: SampleSource) {
    let leader = workspaces[0]
    let threads = workspaces.count
    for segment in leader.program.pass.segments {
      if segment.isPerSample {
        Workers.run(count, threads: threads) { worker, sample in
          for node in segment.nodes {
            workspaces[worker].forward(node, sample: sample, first: first, source)
          }
        }
        leader.clearRows(of: segment, from: count)
      } else {
        for node in segment.nodes {
          Workers.run(leader.tileCount(node), threads: threads) { worker, tile in
            workspaces[worker].forward(block: node, tile: tile, count: count, first)
          }
        }
      }
    }
  }
}
