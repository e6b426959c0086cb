// A network: an architecture with parameters. Running it stands in Network+Forward and
// Network+Gradients, files in Network+Weights.

internal import Basics
package import WeightFiles

/// A fully connected layer of a network, with copies of its parameters.
package struct FullyConnectedInfo: Sendable {
  package let name: String
  /// 0 for the first fully connected layer.
  package let position: Int
  package let inputs: Int
  package let outputs: Int
  package let hasBias: Bool
  /// How many tokens of a sample it works on; nil where it has one vector of each.
  package let tokens: Int?
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
  /// The whole architecture: dropout drops, batch normalisation takes a block's own statistics.
  let training: Program
  /// The same without dropout and with batch normalisation folded: inference and attacks.
  let program: Program
  let parameters: FloatStorage
  /// What layers over tokens are taken of; nil where they are not lent.
  package let tokens: TokenReduction?
  let trainingPool: WorkspacePool
  let pool: WorkspacePool

  /// An untrained network: the distributions of the architecture's `initialisation`, the numbers of
  /// one `SplitMix64(seed:)`, weight before bias, layers in order, each tensor in the order files
  /// have it.
  package convenience init(_ architecture: Architecture, seed: UInt64) {
    self.init(zeroed: architecture)
    initialise(seed: seed)
  }

  /// A network whose parameters are all 0, to be loaded.
  ///
  /// - Parameter tokens: Makes linear layers over tokens fully connected layers of one token, of their mean, or of several.
  package init(zeroed architecture: Architecture, tokens: TokenReduction? = nil) {
    let architecture = tokens == nil ? architecture : architecture.lendingTokens()
    self.architecture = architecture
    self.tokens = tokens
    let graph = InferenceGraph(architecture)
    training = Program(architecture, isInference: false)
    program = Program(graph.architecture, isInference: true)
    parameters = FloatStorage(count: training.pass.parameterCount)
    trainingPool = WorkspacePool(
      training, parameters: NodeParameters(training, in: parameters))
    pool = WorkspacePool(
      program,
      parameters: NodeParameters(
        program, graph, of: training, in: parameters))
  }

  private func initialise(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    for parameter in training.pass.parameters {
      let node = training.nodes[parameter.node]
      let values: [Float]
      if case .batchNormalisation = node.layer {
        let isOne = parameter.role == .weight || parameter.role == .runningVariance
        values = [Float](repeating: isOne ? 1 : 0, count: parameter.count)
      } else {
        let distribution = architecture.initialisation.distribution(of: node)
        values =
          parameter.role == .weight
          ? distribution.weights(
            parameter.count, fanIn: parameter.fanIn, fanOut: parameter.fanOut,
            generator: &generator)
          : distribution.biases(parameter.count, fanIn: parameter.fanIn, generator: &generator)
      }
      training.store(values, as: parameter, in: parameters)
    }
    parametersChanged()
  }

  func parametersChanged() {
    pool.parameters.parametersChanged()
    trainingPool.parameters.parametersChanged()
  }

  /// Of those that are trained: running statistics are not counted.
  package var parameterCount: Int {
    training.pass.parameters.reduce(0) { $0 + ($1.role.isStatistic ? 0 : $1.count) }
  }
  package var classCount: Int { program.outputCount }
  /// With running statistics.
  package var parameterNames: [String] { training.pass.parameters.map(\.name) }

  /// Copies of all parameters and running statistics.
  package var tensors: [String: Tensor] { training.tensors(in: parameters) }

  /// A copy of one parameter, nil for an unknown name.
  package func tensor(_ name: String) -> Tensor? {
    training.pass.parameters.first { $0.name == name }.map { training.tensor($0, in: parameters) }
  }

  package var fullyConnected: [FullyConnectedInfo] {
    program.lentNodes.enumerated().compactMap { position, node in
      let name = program.nodes[node].name
      guard let weight = program.pass.parameter(.weight, of: node).flatMap({ tensor($0.name) })
      else { return nil }
      let bias = program.pass.parameter(.bias, of: node).flatMap { tensor($0.name) }
      return FullyConnectedInfo(
        name: name, position: position, inputs: weight.shape[1], outputs: weight.shape[0],
        hasBias: bias != nil, tokens: program.lentTokens(node), rectifies: rectified(by: node),
        weight: weight.values, bias: bias?.values)
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
