// Gradients of a loss with respect to parameters and inputs, batch by batch: how tests look into the engine. Training and
// attacks go through BackwardPass and AttackPass.

internal import Basics
internal import CKernels
package import WeightFiles

/// Losses of a batch and the gradients that were asked for.
package struct LossGradients: Sendable {
  /// Mean over the samples.
  package let loss: Double
  /// Of each sample.
  package let losses: [Double]
  /// count × classes, row-major.
  package let logits: [Float]
  /// Of the mean loss, by parameter; empty unless asked for.
  package let parameters: [String: Tensor]
  /// Of each sample's own loss (so that it does not depend on the batch), count × channels × height
  /// × width; empty unless asked for.
  package let inputs: [Float]
}

extension Network {
  /// Softmax cross-entropy of `labels.count` preprocessed samples, and its gradients.
  ///
  /// Parameter gradients take the memory of the parameters once per 32 samples.
  ///
  /// - Parameters:
  ///   - training: Whether batch normalisation takes the blocks' own statistics, as in training.
  ///     Parameter gradients of a network that has any are of that alone.
  ///   - dropoutKey: Seeds the masks of dropout, in training; nil leaves it out.
  package func lossAndGradients(
    _ inputs: [Float], labels: [Int], parameters wantsParameters: Bool = true,
    inputs wantsInputs: Bool = false, training isTraining: Bool = false,
    dropoutKey: UInt64? = nil, threads: Int = Parallel.processors
  ) -> LossGradients {
    let count = labels.count
    precondition(labels.allSatisfy { (0..<classCount).contains($0) }, "Labels are classes.")
    checkParameters(wantsParameters, isTraining)
    let program = isTraining ? training : program
    let pass = BackwardPass(
      program, count: count, parameters: wantsParameters, inputs: wantsInputs)
    let losses = pass.run(
      on: isTraining ? trainingPool : pool, threads: threads, dropoutKey: dropoutKey,
      source: source(of: inputs, count: count)
    ) { position, logits, gradient in
      SoftmaxCrossEntropy.backward(
        logits, label: labels[position], scale: 1, gradient: &gradient)
    }
    return LossGradients(
      loss: losses.reduce(0, +) / Double(max(1, count)), losses: losses,
      logits: pass.logits.array,
      parameters: pass.reduced(scale: 1 / Float(max(1, count)), threads: threads).map {
        program.tensors(in: $0)
      } ?? [:], inputs: pass.inputGradient?.array ?? [])
  }

  private func checkParameters(_ areWanted: Bool, _ isTraining: Bool) {
    let isNormalised = training.nodes.contains {
      if case .batchNormalisation = $0.layer { true } else { false }
    }
    precondition(
      isTraining || !areWanted || !isNormalised,
      "Folded parameters have no gradients of their own.")
  }

  /// The transposed Jacobian applied to `cotangent` (of the output's size, channels outermost): the
  /// gradients of Σ cotangent · output.
  package func pullback(
    _ inputs: [Float], count: Int, cotangent: [Float], parameters wantsParameters: Bool = true,
    training isTraining: Bool = false, dropoutKey: UInt64? = nil,
    threads: Int = Parallel.processors
  ) -> (output: [Float], parameters: [String: Tensor], inputs: [Float]) {
    let size = program.outputCount
    precondition(cotangent.count == count * size, "The cotangent is as large as the output.")
    let program = isTraining ? training : program
    checkParameters(wantsParameters, isTraining)
    let pass = BackwardPass(program, count: count, parameters: wantsParameters, inputs: true)
    _ = pass.run(
      on: isTraining ? trainingPool : pool, threads: threads, dropoutKey: dropoutKey,
      source: source(of: inputs, count: count)
    ) { position, _, gradient in
      for i in 0..<size { gradient[i] = cotangent[position * size + i] }
      return 0
    }
    return (
      pass.logits.array,
      pass.reduced(scale: 1, threads: threads).map { program.tensors(in: $0) } ?? [:],
      pass.inputGradient?.array ?? []
    )
  }

  func source(of inputs: [Float], count: Int) -> SampleSource {
    let size = architecture.input.count
    precondition(inputs.count == count * size, "Inputs are \(count) × \(architecture.input).")
    return { position, sample in
      for i in 0..<size { sample[i] = inputs[position * size + i] }
    }
  }
}
