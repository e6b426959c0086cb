// One worker or several on one block, forward and backward: what makes a small batch use every
// thread.

internal import Basics

/// Workspaces with one block's memory. Results are those of one workspace alone, to the last bit.
struct Team {
  let workspaces: [Workspace]

  var leader: Workspace { workspaces[0] }

  /// How many teams work on blocks at a time, and of how many threads: one team of all where there are fewer blocks than
  /// threads.
  static func division(of blocks: Int, threads: Int) -> (teams: Int, threads: Int) {
    blocks < threads ? (1, threads) : (threads, 1)
  }

  /// Runs samples `first ..< first + count` of a batch. The rows of the block after them keep what
  /// they held.
  ///
  /// Samples are shared out, as many as there are for every thread; of those that are left, and of
  /// layers over a whole block, the tiles are.
  ///
  /// - Parameter features: Who reads feature maps as they are made.
  func forward(first: Int, count: Int, features: FeatureLoan? = nil, source: SampleSource) {
    let threads = workspaces.count
    let shared = count - count % threads
    for segment in leader.program.pass.segments {
      if segment.isPerSample {
        Parallel.run(shared, threads: threads) { worker, sample in
          for node in segment.nodes {
            workspaces[worker].forward(node, sample: sample, first: first, source)
            features?.lend(node, sample: sample, of: workspaces[worker], first: first)
          }
        }
        for sample in shared..<count {
          for node in segment.nodes {
            forward(node, sample: sample, first: first, source)
            features?.lend(node, sample: sample, of: leader, first: first)
          }
        }
      } else {
        for node in segment.nodes {
          Parallel.run(leader.program.layers[node].tileCount, threads: threads) { worker, tile in
            workspaces[worker].forward(block: node, tile: tile, count: count, first)
          }
          guard let features, features.isLent(node) else { continue }
          Parallel.run(count, threads: threads) { _, sample in
            features.lend(node, sample: sample, of: leader, first: first)
          }
        }
      }
    }
  }

  /// One sample's node, all its values in the leader's memory.
  private func forward(_ node: Int, sample: Int, first: Int, _ source: SampleSource) {
    guard let convolution = leader.program.inference[node] else {
      return leader.forward(node, sample: sample, first: first, source)
    }
    Parallel.run(convolution.tileCount, threads: workspaces.count) { worker, tile in
      workspaces[worker].convolve(node, tile: tile, sample: sample, values: leader)
    }
  }

  /// After `forward` of the same block: from the gradient at the last node (set by the caller) to
  /// the parameters and, where `inputGradient` is given, to the input.
  ///
  /// Samples are shared out where no parameter gradients are wanted: those are summed over the
  /// samples in order. `first`: of the block, in the batch. `inputGradient`: count × channels ×
  /// height × width.
  func backward(first: Int, count: Int, parameterGradient: Floats?, inputGradient: Floats?) {
    let gradients = unsafe parameterGradient.map {
      unsafe ParameterGradients(base: $0, pass: leader.program.pass)
    }
    let threads = gradients == nil ? workspaces.count : 1
    for segment in leader.program.pass.segments.reversed() {
      if segment.isPerSample {
        Parallel.run(count, threads: threads) { worker, sample in
          unsafe workspaces[worker].backward(
            segment, sample: sample, first: first, gradients, inputGradient: inputGradient)
        }
      } else {
        for node in segment.nodes.reversed() {
          leader.backward(
            LayerCall(
              workspace: leader, node: node, rows: count, first: first, gradients: gradients,
              needsInput: unsafe inputGradient != nil))
        }
      }
    }
  }
}
