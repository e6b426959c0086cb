// Where the nodes of a program find their parameters.

internal import Basics
internal import Synchronization

/// Pointers into storages that it keeps alive. Those of an inference graph are made from the
/// parameters when they are first needed and again when they have changed.
@safe
final class NodeParameters: @unchecked Sendable {
  private let whole: Program
  private let parameters: FloatStorage
  private let graph: InferenceGraph?
  private(set) var weights: [Floats?]
  private(set) var biases: [Floats?]
  /// Node → a layer's weights as forward passes multiply with them, where they are prepared: in inference, and in training
  /// a convolution's.
  private(set) var prepared: [Floats?]
  /// Node → its value, where that is a parameter or computed of parameters alone.
  private(set) var constants: [Floats?]
  /// Node → a convolution's weights as the gradient of its input multiplies with them.
  private(set) var turned: [Floats?]
  private let program: Program
  private let folded: FloatStorage
  private let preparedStorage: FloatStorage
  private let derived: FloatStorage
  private let turnedStorage: FloatStorage
  private let stale = Mutex((forward: true, backward: true))

  /// As they are trained: of every node of `program` itself.
  init(_ program: Program, in parameters: FloatStorage) {
    whole = program
    self.program = program
    self.parameters = parameters
    graph = nil
    folded = FloatStorage(count: 0)
    unsafe weights = program.nodes.indices.map { node in
      unsafe program.pass.parameter(.weight, of: node).map { unsafe parameters.base + $0.offset }
    }
    unsafe biases = program.nodes.indices.map { node in
      unsafe program.pass.parameter(.bias, of: node).map { unsafe parameters.base + $0.offset }
    }
    unsafe (prepared, preparedStorage) = Self.reserved(program.tiled.map { $0?.preparedCount })
    unsafe (constants, derived) = Self.constants(of: program, weights)
    unsafe (turned, turnedStorage) = Self.reserved(
      program.gradients.map { $0?.preparedCount })
  }

  /// As inference uses them: batch normalisation folded, convolutions prepared.
  init(
    _ program: Program, _ graph: InferenceGraph, of whole: Program, in parameters: FloatStorage
  ) {
    self.whole = whole
    self.parameters = parameters
    self.graph = graph
    self.program = program
    var next = 0
    func reserve(_ count: Int) -> Int {
      defer { next += count.alignedFloats }
      return next
    }
    let nodes = program.nodes.indices
    let own = nodes.map {
      graph.normalisations[$0] == nil ? nil : program.pass.parameter(.weight, of: $0)
    }
    let offsets = own.map { $0.map { (weight: reserve($0.count), bias: reserve($0.shape[0])) } }
    folded = FloatStorage(count: next)
    let base = unsafe folded.base
    unsafe weights = nodes.map { node in
      if let offset = offsets[node] { return unsafe base + offset.weight }
      return unsafe whole.pass.parameter(.weight, of: graph.sources[node]).map {
        unsafe parameters.base + $0.offset
      }
    }
    unsafe biases = nodes.map { node in
      if let offset = offsets[node] { return unsafe base + offset.bias }
      return unsafe whole.pass.parameter(.bias, of: graph.sources[node]).map {
        unsafe parameters.base + $0.offset
      }
    }
    unsafe (prepared, preparedStorage) = Self.reserved(nodes.map { program.preparedCount($0) })
    unsafe (constants, derived) = Self.constants(of: program, weights)
    unsafe (turned, turnedStorage) = Self.reserved(
      program.gradients.map { $0?.preparedCount })
  }

  /// Where constants lie: parameters themselves, and values of their own for what is computed of them.
  private static func constants(
    of program: Program, _ weights: [Floats?]
  ) -> (places: [Floats?], derived: FloatStorage) {
    var next = 0
    let offsets = program.nodes.indices.map { node -> Int? in
      guard case .derived(let layer) = program.nodes[node].layer else { return nil }
      defer { next += layer.output.count.alignedFloats }
      return next
    }
    let derived = FloatStorage(count: next)
    let places = unsafe program.nodes.indices.map { node in
      unsafe offsets[node].map { unsafe derived.base + $0 }
        ?? (program.nodes[node].isConstant ? weights[node] : nil)
    }
    return unsafe (places, derived)
  }

  /// Places of so many floats a node, which take memory once they are written to.
  private static func reserved(_ counts: [Int?]) -> (places: [Floats?], storage: FloatStorage) {
    var next = 0
    let offsets = counts.map { count -> Int? in
      guard let count, count > 0 else { return nil }
      defer { next += count.alignedFloats }
      return next
    }
    let storage = FloatStorage(count: next)
    return unsafe (
      offsets.map { offset in unsafe offset.map { unsafe storage.base + $0 } }, storage
    )
  }

  /// To be called after every change of the parameters.
  func parametersChanged() { stale.withLock { $0 = (true, true) } }

  /// To be called before every use.
  func refresh(forBackward isForBackward: Bool, threads: Int) {
    stale.withLock { stale in
      if stale.forward {
        fold()
        derive()
        prepare(threads: threads)
      }
      stale.forward = false
      if isForBackward, stale.backward {
        turn(threads: threads)
        stale.backward = false
      }
    }
  }

  // The last layers have the most weights, and go first.
  private func prepare(threads: Int) {
    Parallel.run(program.nodes.count, threads: threads) { _, place in
      let node = program.nodes.count - 1 - place
      guard let weight = unsafe weights[node], let target = unsafe prepared[node] else { return }
      unsafe program.prepare(node, weight: weight, into: target)
    }
  }

  private func turn(threads: Int) {
    Parallel.run(program.gradients.count, threads: threads) { _, place in
      let node = program.gradients.count - 1 - place
      guard let weight = unsafe weights[node], let target = unsafe turned[node] else { return }
      unsafe program.gradients[node]?.prepare(weight: weight, into: target)
    }
  }

  private func derive() {
    for (position, node) in program.nodes.enumerated() {
      guard case .derived(let layer) = node.layer, let target = unsafe constants[position] else {
        continue
      }
      let inputs = node.inputs.map { input -> [Float] in
        guard let source = unsafe constants[input] else { return [] }
        return unsafe Array(
          UnsafeBufferPointer(start: source, count: program.pass.shapes[input].count))
      }
      unsafe layer.value(of: inputs).withUnsafeBufferPointer { value in
        guard let base = value.baseAddress else { return }
        unsafe target.update(from: base, count: value.count)
      }
    }
  }

  private func fold() {
    guard let graph else { return }
    for (node, normalisation) in graph.normalisations.enumerated() {
      guard let normalisation, let weight = unsafe weights[node], let bias = unsafe biases[node],
        case .batchNormalisation(let layer) = whole.nodes[normalisation].layer,
        let source = whole.pass.parameter(.weight, of: graph.sources[node])
      else { continue }
      let isAlone = graph.sources[node] == normalisation
      let own = isAlone ? nil : whole.pass.parameter(.bias, of: graph.sources[node])
      func value(_ role: Parameter.Role, _ channel: Int) -> Float {
        guard let parameter = whole.pass.parameter(role, of: normalisation) else { return 0 }
        return unsafe parameters.base[parameter.offset + channel]
      }
      let size = source.count / source.shape[0]
      for channel in 0..<source.shape[0] {
        let (scale, shift) = layer.folded(
          weight: value(.weight, channel), bias: value(.bias, channel),
          mean: value(.runningMean, channel), variance: value(.runningVariance, channel))
        if isAlone {
          unsafe weight[channel] = Float(scale)
          unsafe bias[channel] = Float(shift)
          continue
        }
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
