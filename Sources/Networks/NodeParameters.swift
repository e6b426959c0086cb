// Where the nodes of a program find their parameters.

internal import Synchronization

/// Pointers into storages that it keeps alive. Those of an inference graph are made from the parameters when they
/// are first needed and again when they have changed.
@safe
final class NodeParameters: @unchecked Sendable {
  private let whole: Program
  private let parameters: FloatStorage
  private let graph: InferenceGraph?
  private(set) var weights: [Floats?]
  private(set) var biases: [Floats?]
  private let folded: FloatStorage
  /// Node → where its folded weights begin, and behind them its bias.
  private let offsets: [Int?]
  private let isStale = Mutex(true)

  /// As they are trained: of every node of `program` itself.
  init(_ program: Program, in parameters: FloatStorage) {
    whole = program
    self.parameters = parameters
    graph = nil
    folded = FloatStorage(count: 0)
    offsets = []
    unsafe weights = program.nodes.indices.map { node in
      unsafe program.pass.parameter(.weight, of: node).map { unsafe parameters.base + $0.offset }
    }
    unsafe biases = program.nodes.indices.map { node in
      unsafe program.pass.parameter(.bias, of: node).map { unsafe parameters.base + $0.offset }
    }
  }

  /// As inference uses them: batch normalisation folded.
  init(_ graph: InferenceGraph, of whole: Program, in parameters: FloatStorage) {
    self.whole = whole
    self.parameters = parameters
    self.graph = graph
    var next = 0
    var offsets: [Int?] = []
    unsafe weights = []
    unsafe biases = []
    for (source, normalisation) in zip(graph.sources, graph.normalisations) {
      let weight = whole.pass.parameter(.weight, of: source)
      let bias = whole.pass.parameter(.bias, of: source)
      unsafe weights.append(weight.map { unsafe parameters.base + $0.offset })
      unsafe biases.append(bias.map { unsafe parameters.base + $0.offset })
      guard normalisation != nil, let weight else {
        offsets.append(nil)
        continue
      }
      offsets.append(next)
      next += weight.count.alignedFloats + weight.shape[0].alignedFloats
    }
    folded = FloatStorage(count: next)
    self.offsets = offsets
    for (node, offset) in offsets.enumerated() {
      guard let offset, let weight = whole.pass.parameter(.weight, of: graph.sources[node])
      else { continue }
      unsafe weights[node] = folded.base + offset
      unsafe biases[node] = folded.base + offset + weight.count.alignedFloats
    }
  }

  /// To be called after every change of the parameters.
  func parametersChanged() { isStale.withLock { $0 = true } }

  /// To be called before every use.
  func refresh() {
    isStale.withLock { isStale in
      guard isStale else { return }
      fold()
      isStale = false
    }
  }

  private func fold() {
    guard let graph else { return }
    for (node, normalisation) in graph.normalisations.enumerated() {
      guard let normalisation, let weight = unsafe weights[node], let bias = unsafe biases[node],
        case .batchNormalisation(let layer) = whole.nodes[normalisation].layer,
        let source = whole.pass.parameter(.weight, of: graph.sources[node])
      else { continue }
      let own = whole.pass.parameter(.bias, of: graph.sources[node])
      func value(_ role: Parameter.Role, _ channel: Int) -> Float {
        guard let parameter = whole.pass.parameter(role, of: normalisation) else { return 0 }
        return unsafe parameters.base[parameter.offset + channel]
      }
      let size = source.count / source.shape[0]
      for channel in 0..<source.shape[0] {
        let (scale, shift) = layer.folded(
          weight: value(.weight, channel), bias: value(.bias, channel),
          mean: value(.runningMean, channel), variance: value(.runningVariance, channel))
        let from = unsafe parameters.base + source.offset + channel * size
        for i in 0..<size {
          unsafe weight[channel * size + i] = Float(Double(from[i]) * scale)
        }
        let before = own.map { unsafe Double(parameters.base[$0.offset + channel]) } ?? 0
        unsafe bias[channel] = Float(before * scale + shift)
      }
    }
  }
}
