// Inference: logits, and what the fully connected layers saw.

internal import Basics
internal import CKernels

/// What a fully connected layer did with a batch.
package struct CapturedLayer: Sendable {
  package let name: String
  package let inputs: Int
  package let outputs: Int
  /// Of every sample; nil where its layer has one vector of each.
  package let tokens: Int?
  /// The layer's inputs, count × tokens × inputs, row-major.
  package let x: [Float]
  /// Its pre-activations z = W x + b, count × tokens × outputs, row-major.
  package let z: [Float]
}

/// What a forward pass gives: outputs, and x and z of the layers that were to be captured.
package struct ForwardResult: Sendable {
  package let count: Int
  /// count × classes, row-major; count × tokens × classes where tokens have logits of their own.
  package let logits: [Float]
  /// Those of every sample that have logits of their own; nil where the sample has one vector of them.
  package var tokens: Int?
  /// In the order of the network, whatever the order of the request.
  package let layers: [CapturedLayer]
}

extension Network {
  /// Runs `count` preprocessed samples (count × channels × height × width).
  ///
  /// `capturing` names fully connected layers. A sample's result is the same to the last bit
  /// whatever the number of threads, and whatever the batch where batches begin at multiples of 32
  /// samples.
  package func forward(
    _ inputs: [Float], count: Int, capturing names: [String] = [],
    threads: Int = Parallel.processors
  ) -> ForwardResult {
    forward(
      count: count, capturing: names, threads: threads, source: source(of: inputs, count: count))
  }

  /// The same, every sample written by `source`, which is called on several threads at once.
  ///
  /// - Parameter features: Called with the feature maps of every sample in every one of `featureLayers`.
  package func forward(
    count: Int, capturing names: [String] = [], threads: Int = Parallel.processors,
    features: FeatureReader? = nil, source: SampleSource
  ) -> ForwardResult {
    let captured = captureNodes(names)
    let classes = program.outputCount
    let logits = FloatStorage(count: count * classes)
    let copies = captured.map { node in
      let (sizes, rows) = (program.lentSizes(node), count * (tokenRows(node) ?? 1))
      return (
        x: FloatStorage(count: rows * sizes.inputs), z: FloatStorage(count: rows * sizes.outputs)
      )
    }
    let overTokens = captured.indices.filter { program.isOverTokens(captured[$0]) }
    let loan: FeatureLoan? =
      features == nil && overTokens.isEmpty
      ? nil
      : FeatureLoan(program, features, tokens: overTokens.map { captured[$0] }) {
        [tokens] which, sample, workspace, inBlock in
        let (node, copy) = (captured[overTokens[which]], copies[overTokens[which]])
        let input = workspace.program.nodes[node].inputs[0]
        let sizes = workspace.program.lentSizes(node)
        let all = workspace.program.pass.shapes[node].positions
        let first = sample * (tokens?.rows(of: all) ?? 0)
        unsafe tokens?.apply(
          workspace.value(input, sample: inBlock), tokens: all, size: sizes.inputs,
          stride: workspace.plan.values[input].rowStride, to: copy.x.base + first * sizes.inputs)
        unsafe tokens?.apply(
          workspace.value(node, sample: inBlock), tokens: all, size: sizes.outputs,
          stride: workspace.plan.values[node].rowStride, to: copy.z.base + first * sizes.outputs)
      }
    func copy(_ workspace: Workspace, first: Int, rows: Int) {
      unsafe workspace.copyOutput(count: rows, to: logits.base + first * classes)
      for (node, copy) in zip(captured, copies) where !program.isOverTokens(node) {
        let inputs = program.pass.shapes[program.nodes[node].inputs[0]].count
        let outputs = program.pass.shapes[node].count
        unsafe (copy.x.base + first * inputs).update(
          from: workspace.value(program.nodes[node].inputs[0]), count: rows * inputs)
        unsafe (copy.z.base + first * outputs).update(
          from: workspace.value(node), count: rows * outputs)
      }
    }
    let blocks = blockCount(count)
    // Sharing a block costs less than a thread that waits for another's last one.
    let isShared = blocks < 2 * threads
    pool.lend(
      backward: false, teams: isShared ? 1 : threads, threads: isShared ? threads : 1
    ) { teams in
      Parallel.run(blocks, threads: teams.count) { worker, block in
        let first = block * blockSize
        let rows = min(blockSize, count - first)
        teams[worker].forward(first: first, count: rows, features: loan, source: source)
        copy(teams[worker].leader, first: first, rows: rows)
      }
    }
    return ForwardResult(
      count: count, logits: logits.array,
      layers: zip(captured, copies).map { node, copy in
        CapturedLayer(
          name: program.nodes[node].name, inputs: program.lentSizes(node).inputs,
          outputs: program.lentSizes(node).outputs, tokens: tokenRows(node), x: copy.x.array,
          z: copy.z.array)
      })
  }

  /// Rows that are kept of every sample; nil where a layer has one vector of each.
  private func tokenRows(_ node: Int) -> Int? {
    program.lentTokens(node).flatMap { tokens?.rows(of: $0) }
  }

  /// Mean loss and number of correct predictions over `labels.count` samples.
  package func evaluate(
    labels: [Int], threads: Int = Parallel.processors, source: SampleSource
  ) -> (loss: Double, correct: Int) {
    let logits = forward(count: labels.count, threads: threads, source: source).logits
    var loss = 0.0
    var correct = 0
    for (position, label) in labels.enumerated() {
      let row = logits.span.extracting(position * classCount..<(position + 1) * classCount)
      loss += SoftmaxCrossEntropy.loss(row, label: label)
      correct += SoftmaxCrossEntropy.prediction(row) == label ? 1 : 0
    }
    return (labels.isEmpty ? 0 : loss / Double(labels.count), correct)
  }

  private func captureNodes(_ names: [String]) -> [Int] {
    let nodes = program.lentNodes
    for name in names {
      precondition(
        nodes.contains { program.nodes[$0].name == name },
        "\(name) is no fully connected layer of \(architecture.name).")
    }
    return nodes.filter { names.contains(program.nodes[$0].name) }
  }
}

extension Workspace {
  /// The last node's values, channels outermost.
  func copyOutput(count: Int, to target: Floats) {
    let last = program.nodes.count - 1
    let shape = program.pass.shapes[last]
    for sample in 0..<count {
      unsafe engram_transpose(
        value(last, sample: sample), shape.positions, shape.channels,
        target + sample * shape.count)
    }
  }
}
