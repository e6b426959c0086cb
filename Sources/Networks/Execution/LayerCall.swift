// What a layer's forward or backward pass works on: one sample of a block, or several, in a worker's memory.

internal import Basics
internal import CKernels

/// Where a backward pass writes parameter gradients: in the layout of the parameters, set, not
/// added to. In the place of running statistics are those of the block.
@safe
struct ParameterGradients {
  let base: Floats
  let pass: ShapePass

  /// Adds others' of the same layout, of some nodes.
  func add(_ others: [ParameterGradients], nodes: [Int], threads: Int) {
    let chunk = 1 << 16
    let pieces = nodes.flatMap { pass.parametersOfNode[$0] }.flatMap { index in
      let (offset, count) = (pass.parameters[index].offset, pass.parameters[index].count)
      return stride(from: 0, to: count, by: chunk).map {
        offset + $0..<offset + min($0 + chunk, count)
      }
    }
    Parallel.run(pieces.count, threads: threads) { _, piece in
      let range = pieces[piece]
      let sum = unsafe base + range.lowerBound
      for other in others {
        unsafe engram_add(sum, other.base + range.lowerBound, range.count, sum)
      }
    }
  }

  func pointer(_ role: Parameter.Role, of node: Int) -> Floats? {
    unsafe pass.parameter(role, of: node).map { unsafe base + $0.offset }
  }
}

/// A node's call. Maps lie height × width × channels; of `rows` samples one after the other.
struct LayerCall {
  var workspace: Workspace
  /// Whose scratch memory it is; nil for the workspace's own.
  var worker: Workspace?
  let node: Int
  /// The first sample, in its block.
  var sample = 0
  /// How many samples the call is of.
  var rows = 1
  /// The block's first sample, in the batch.
  let first: Int
  /// Over a whole block: which of `LayerKind.forwardParts` or `backwardParts`; of one sample, which of `sampleParts`.
  var phase = 0
  var part = 0
  /// Of one sample, how many parts its pass is cut into; 1 of a whole block.
  var parts = 1
  /// Of a backward pass: where the parameters' gradients go; nil where they are not wanted.
  var gradients: ParameterGradients?
  /// Of a backward pass, sample by sample: whether the parameters' gradients are set, not added to.
  var isFirst = true
  /// Of a backward pass: whether the network's own input has a gradient.
  var needsInput = false

  var program: Program { workspace.program }
  var inputs: [Int] { program.nodes[node].inputs }
  var input: MapShape { inputShape(0) }
  var output: MapShape { program.pass.shapes[node] }
  /// Floats of the output, of all samples.
  var count: Int { rows * output.count }

  var x: Floats { unsafe value(0) }
  var y: Floats { unsafe workspace.value(node, sample: sample) }
  var dy: Floats { unsafe workspace.gradient(node, sample: sample) }
  var weight: Floats? { unsafe workspace.parameters.weights[node] }
  var bias: Floats? { unsafe workspace.parameters.biases[node] }
  /// As inference prepared it; nil in training.
  var prepared: Floats? {
    let prepared = unsafe workspace.parameters.prepared
    return unsafe node < prepared.count ? prepared[node] : nil
  }
  var scratch: Floats { unsafe (worker ?? workspace).scratch }
  var statistics: Floats { unsafe workspace.statistics(node) }

  func value(_ which: Int) -> Floats { unsafe workspace.value(inputs[which], sample: sample) }
  func inputShape(_ which: Int) -> MapShape { program.pass.shapes[inputs[which]] }

  func gradient(_ role: Parameter.Role) -> Floats? {
    unsafe gradients?.pointer(role, of: node)
  }

  /// The call of one sample of the rows.
  func of(sample: Int) -> LayerCall {
    var own = self
    (own.sample, own.rows) = (self.sample + sample, 1)
    return own
  }

  /// Whether the node that is read does this one's work.
  var isFused: Bool { workspace.graph.isFused[node] }
  /// Whether y lies where x does.
  var isInPlace: Bool { workspace.graph.root[node] != node }
  /// Whether a rectifier is part of the node.
  var isRectified: Bool { workspace.graph.rectifies[node] }
  /// The activation that is part of the node.
  var activation: ElementFunction? { workspace.graph.activations[node] }
  /// Whether the gradient of an input is wanted.
  var wantsInput: Bool { inputs.contains { isWanted($0) } }

  private func isWanted(_ input: Int) -> Bool {
    input > 0 ? program.graph.carriesGradient[input] : needsInput
  }

  /// Whether an input's value depends on what has a gradient.
  func carriesGradient(_ which: Int) -> Bool { program.graph.carriesGradient[inputs[which]] }

  /// The first input's gradient, and whether there is nothing to be added to yet.
  var dx: Floats { unsafe workspace.gradient(inputs[0], sample: sample) }
  var isFirstGradient: Bool { program.graph.isFirstGradient[node][0] }

  /// Lets `body` set the gradient of an input, or add to what is there already. It is not called where the input has none.
  func contribute(_ which: Int = 0, _ body: (Floats) -> Void) {
    let from = inputs[which]
    guard program.graph.carriesGradient[from] else { return }
    let dx = unsafe workspace.gradient(from, sample: sample)
    if program.graph.isFirstGradient[node][which] { return unsafe body(dx) }
    let addend = unsafe workspace.addend
    unsafe body(addend)
    unsafe engram_add(dx, addend, rows * program.pass.shapes[from].count, dx)
  }
}

extension Workspace {
  /// One sample through a segment that is executed sample by sample, after its forward pass in the same memory.
  /// - Parameter run: a node's call; nil to make it here.
  func backward(
    _ segment: Segment, sample: Int, first: Int, _ gradients: ParameterGradients?,
    isFirst: Bool = true, inputGradient: Floats?, run: ((LayerCall) -> Void)? = nil
  ) {
    for node in segment.nodes.reversed() where node > 0 {
      let call = LayerCall(
        workspace: self, node: node, sample: sample, first: first, gradients: gradients,
        isFirst: isFirst, needsInput: unsafe inputGradient != nil)
      if let run { run(call) } else { backward(call) }
    }
    if segment.nodes.contains(0), let inputGradient = unsafe inputGradient {
      let shape = program.pass.shapes[0]
      unsafe engram_transpose(
        gradient(0, sample: sample), shape.positions, shape.channels,
        inputGradient + sample * shape.count)
    }
  }

  func backward(_ call: LayerCall) {
    guard call.wantsInput || !program.pass.parametersOfNode[call.node].isEmpty else { return }
    program.layers[call.node].backward(call)
  }
}
