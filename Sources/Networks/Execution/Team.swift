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
    Crew.lead(threads: workspaces.count) { crew in
      for segment in leader.program.pass.segments {
        if segment.isPerSample {
          samples(segment, first: first, count: count, crew, features, source)
        } else {
          for node in segment.nodes {
            let layer = leader.program.layers[node]
            share(
              LayerCall(workspace: leader, node: node, rows: count, first: first),
              layer.forwardParts(rows: count), crew, layer.forward)
            guard let features, features.isLent(node) else { continue }
            crew.run(count) { _, sample in
              features.lend(node, sample: sample, of: leader, first: first)
            }
          }
        }
      }
    }
  }

  private func samples(
    _ segment: Segment, first: Int, count: Int, _ crew: Crew, _ features: FeatureLoan?,
    _ source: SampleSource
  ) {
    let shared = count - count % workspaces.count
    crew.run(shared) { worker, sample in
      for node in segment.nodes {
        workspaces[worker].forward(node, sample: sample, first: first, source)
        features?.lend(node, sample: sample, of: workspaces[worker], first: first)
      }
    }
    for sample in shared..<count {
      for node in segment.nodes {
        forward(node, sample: sample, first: first, crew, source)
        features?.lend(node, sample: sample, of: leader, first: first)
      }
    }
  }

  /// One sample's node, all its values in the leader's memory.
  private func forward(
    _ node: Int, sample: Int, first: Int, _ crew: Crew, _ source: SampleSource
  ) {
    if leader.graph.isFused[node] { return }
    guard let convolution = leader.program.tiled[node] else {
      let parts = leader.program.sampleParts[node]
      guard parts > 1, node > 0 else {
        return leader.forward(node, sample: sample, first: first, source)
      }
      return crew.run(parts) { worker, part in
        workspaces[worker].forward(node, part: part, sample: sample, first: first, values: leader)
      }
    }
    crew.run(convolution.tileCount) { worker, tile in
      workspaces[worker].convolve(node, tile: tile, sample: sample, values: leader)
    }
  }

  /// A node over a whole block, phase after phase.
  /// - Parameter crew: Who does it; nil for threads that are woken for it.
  private func share(
    _ call: LayerCall, _ phases: [Int], _ crew: Crew?, _ body: (LayerCall) -> Void
  ) {
    // What looks at single elements may be cut anywhere: where there are many, into samples.
    if case .asItsInput = leader.program.layers[call.node].placement,
      call.count > Self.sharedElements
    {
      return share(call.rows, crew) { worker, sample in
        var own = call.of(sample: sample)
        own.workspace = workspaces[worker]
        body(own)
      }
    }
    for (phase, parts) in phases.enumerated() {
      share(parts, crew) { worker, part in
        var own = call
        (own.workspace, own.phase, own.part) = (workspaces[worker], phase, part)
        body(own)
      }
    }
  }

  private func share(_ count: Int, _ crew: Crew?, _ work: Crew.Work) {
    if let crew {
      crew.run(count, work)
    } else {
      Parallel.run(count, threads: workspaces.count, work)
    }
  }

  /// Below it a thread takes longer to start than the work does.
  private static let sharedElements = 1 << 15

  /// Sums that a block's parameter gradients are made of: sample s belongs to sum s modulo these, so that as many threads
  /// add up at a time, and one thread adds up to the same bits.
  static let sums = 4

  /// After `forward` of the same block: from the gradient at the last node (set by the caller) to
  /// the parameters and, where `inputGradient` is given, to the input.
  ///
  /// - Parameters:
  ///   - first: Of the block, in the batch.
  ///   - spare: Room for the gradients of all parameters, `sums` − 1 times; nil where they are not wanted.
  ///   - inputGradient: count × channels × height × width.
  func backward(
    first: Int, count: Int, parameterGradient: Floats?, spare: Floats?, inputGradient: Floats?
  ) {
    let program = leader.program
    let sums = unsafe parameterGradient.map { base in
      (0..<min(count, Self.sums)).map { sum in
        unsafe ParameterGradients(
          base: sum == 0 ? base : (spare ?? base) + (sum - 1) * program.pass.parameterCount,
          pass: program.pass)
      }
    }
    for segment in program.pass.segments.reversed() {
      if segment.isPerSample {
        if let sums {
          unsafe backward(segment, first: first, count: count, sums, inputGradient: inputGradient)
        } else {
          let shared = count - count % workspaces.count
          Parallel.run(shared, threads: workspaces.count) { worker, sample in
            unsafe workspaces[worker].backward(
              segment, sample: sample, first: first, nil, inputGradient: inputGradient)
          }
          for sample in shared..<count {
            unsafe backward(segment, sample: sample, first: first, inputGradient: inputGradient)
          }
        }
      } else {
        for node in segment.nodes.reversed() {
          let call = LayerCall(
            workspace: leader, node: node, rows: count, first: first, gradients: sums?.first,
            needsInput: unsafe inputGradient != nil)
          share(
            call, program.layers[node].backwardParts(rows: count, input: call.input), nil
          ) {
            $0.workspace.backward($0)
          }
        }
      }
    }
  }

  /// One sample by all threads, all its values in the leader's memory, to the input alone: tiles of convolutions are shared
  /// out.
  private func backward(_ segment: Segment, sample: Int, first: Int, inputGradient: Floats?) {
    unsafe leader.backward(segment, sample: sample, first: first, nil, inputGradient: inputGradient)
    {
      call in
      guard let gradient = leader.program.gradients[call.node], call.wantsInput else {
        return leader.backward(call)
      }
      Parallel.run(gradient.tileCount, threads: workspaces.count) { worker, tile in
        workspaces[worker].convolveGradient(call, tile: tile)
      }
    }
  }

  /// Each sum's samples in order, then the sums.
  private func backward(
    _ segment: Segment, first: Int, count: Int, _ sums: [ParameterGradients],
    inputGradient: Floats?
  ) {
    func run(_ sum: Int, _ workspace: Workspace, into gradients: ParameterGradients) {
      for sample in stride(from: sum, to: count, by: Self.sums) {
        unsafe workspace.backward(
          segment, sample: sample, first: first, gradients, isFirst: sample == sum,
          inputGradient: inputGradient)
      }
    }
    let threads = workspaces.count
    let together = segment.nodes.filter {
      leader.program.weightGradients[$0]?.isOverBlock == true
    }
    let apart = segment.nodes.filter { !together.contains($0) }
    if threads > 1 {
      Parallel.run(sums.count, threads: threads) { worker, sum in
        run(sum, workspaces[worker], into: sums[sum])
      }
      sums[0].add(Array(sums.dropFirst()), nodes: apart, threads: threads)
    } else {
      // One after the other in the same memory.
      for sum in sums.indices {
        run(sum, leader, into: sums[min(sum, 1)])
        if sum > 0 { sums[0].add([sums[1]], nodes: apart, threads: 1) }
      }
    }
    for node in together {
      if let gradient = unsafe sums[0].pointer(.weight, of: node) {
        unsafe weightGradient(of: node, count: count, gradient)
      }
    }
  }

  /// Of all samples of the block, whose gradients at the node are kept.
  private func weightGradient(of node: Int, count: Int, _ gradient: Floats) {
    guard let winograd = leader.program.weightGradients[node] else { return }
    let input = leader.program.nodes[node].inputs[0]
    Crew.lead(threads: workspaces.count) { crew in
      unsafe winograd.run(
        samples: count, by: crew, x: { unsafe leader.value(input, sample: $0) },
        dy: { unsafe leader.gradient(node, sample: $0) },
        scratch: { unsafe workspaces[$0].scratch }, adds: false, gradient: gradient)
    }
  }
}
