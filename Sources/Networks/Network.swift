// A network: an architecture with parameters. Running it stands in Network+Forward and
// Network+Gradients, files in Network+Weights.

/// A named tensor as files hold it: PyTorch's shape and order, row-major.
package struct Tensor: Hashable, Sendable {
  package let shape: [Int]
  package let values: [Float]

  package init(shape: [Int], values: [Float]) {
    precondition(
      shape.reduce(1, *) == values.count, "A tensor has as many values as its shape says.")
    self.shape = shape
    self.values = values
  }
}

/// A fully connected layer of a network, with copies of its parameters.
package struct FullyConnectedInfo: Sendable {
  package let name: String
  /// 0 for the first fully connected layer.
  package let position: Int
  package let inputs: Int
  package let outputs: Int
  package let hasBias: Bool
  /// The fully connected layer whose rectified outputs are this one's inputs.
  package let rectifies: String?
  /// outputs × inputs, row-major.
  package let weight: [Float]
  package let bias: [Float]?
}

/// Forward passes may run at the same time on several threads; while parameters change (loading, a
/// training step) nothing else may run. That is the caller's duty, hence `@unchecked`.
package final class Network: @unchecked Sendable {
  package let architecture: Architecture
  let program: Program
  let parameters: FloatStorage
  let pool: WorkspacePool

  /// An untrained network. Every parameter is uniform within ±1 / √fan_in, PyTorch's default for both
  /// kinds of layer: the numbers of one `SplitMix64(seed:)`, `symmetric()` times Float32(1 / √fan_in),
  /// weight before bias, layers in order, each tensor in the order files have it.
  package init(_ architecture: Architecture, seed: UInt64) {
    self.architecture = architecture
    program = Program(architecture)
    parameters = FloatStorage(count: program.pass.parameterCount)
    pool = WorkspacePool(program, parameters: parameters)
    var generator = SplitMix64(seed: seed)
    for parameter in program.pass.parameters {
      let bound = Float(1 / Double(parameter.fanIn).squareRoot())
      let values = (0..<parameter.count).map { _ in bound * generator.symmetric() }
      program.store(values, as: parameter, in: parameters)
    }
  }

  package var parameterCount: Int { program.pass.parameters.reduce(0) { $0 + $1.count } }
  package var classCount: Int { program.outputCount }
  package var parameterNames: [String] { program.pass.parameters.map(\.name) }

  /// Copies of all parameters.
  package var tensors: [String: Tensor] { program.tensors(in: parameters) }

  /// A copy of one parameter, nil for an unknown name.
  package func tensor(_ name: String) -> Tensor? {
    program.pass.parameters.first { $0.name == name }.map { program.tensor($0, in: parameters) }
  }

  package var fullyConnected: [FullyConnectedInfo] {
    program.fullyConnectedNodes.enumerated().map { position, node in
      let own = program.pass.parametersOfNode[node].map { program.pass.parameters[$0] }
      return FullyConnectedInfo(
        name: program.nodes[node].name, position: position, inputs: own[0].shape[1],
        outputs: own[0].shape[0], hasBias: true,
        rectifies: rectified(by: node),
        weight: program.tensor(own[0], in: parameters).values,
        bias: program.tensor(own[1], in: parameters).values)
    }
  }

  /// The fully connected layer behind the rectifier that `node` reads.
  private func rectified(by node: Int) -> String? {
    let input = program.nodes[node].inputs[0]
    guard program.nodes[input].layer == .rectifier else { return nil }
    let source = program.nodes[program.nodes[input].inputs[0]]
    guard case .fullyConnected = source.layer else { return nil }
    return source.name
  }
}
