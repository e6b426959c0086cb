// All operations in order, and what came of them: nodes that lead to the output, or what the engine does not run.

internal import Basics
internal import ModelFiles
internal import WeightFiles

/// Operations that were refused, each for a reason.
struct Refusals {
  private var reasons: [(reason: String, places: [String])] = []

  var isEmpty: Bool { reasons.isEmpty }

  mutating func add(_ operation: Operation, _ reason: String) {
    let place = [operation.scope, operation.name].first { !$0.isEmpty } ?? "unnamed"
    if let known = reasons.firstIndex(where: { $0.reason.hasBytes(of: reason) }) {
      reasons[known].places.append(place)
    } else {
      reasons.append((reason, [place]))
    }
  }

  /// Every reason with how often and where it holds.
  var line: String {
    let count = reasons.reduce(0) { $0 + $1.places.count }
    return "expected operations that the engine runs, found \(count) that it does not: "
      + reasons.map { reason, places in
        "\(reason), \(places.count) × (\(listed(places.map { $0.shown(120) }, most: 3)))"
      }.joined(separator: "; ")
  }
}

extension Lowering {
  /// - Parameter outputs: Values that are read when all is done.
  func run(_ operations: [Operation], outputs: [String]) -> Refusals {
    var refusals = Refusals()
    // Elements of constants that were computed and are read by what is to come.
    var folded = 0
    let lastReads = Self.lastReads(operations, outputs)
    for (position, operation) in operations.enumerated() {
      defer {
        for name in lastReads[position] ?? [] { folded -= release(name) }
      }
      let outputs = operation.outputs
      let call = LoweredOperation(operation: operation, lowering: self)
      do {
        guard !call.readsRefused else {
          for output in outputs { set(output, .refused) }
          continue
        }
        let results: [LoweredValue]
        if let numbers = try BatchNumbers.evaluate(call) {
          results = [.perSample(numbers)]
        } else if let folded = try Folding.evaluate(call) {
          results = folded.map(LoweredValue.folded)
          use(call.constants)
        } else if let handler = Self.handlers[operation.kind] {
          results = try handler(self, call)
        } else {
          throw NetworkError(operation.reason)
        }
        guard
          results.count >= outputs.count || outputs.dropFirst(results.count).allSatisfy(\.isEmpty)
        else {
          throw NetworkError("expected \(outputs.count) outputs, found \(results.count)")
        }
        for (name, result) in zip(outputs, results) where !name.isEmpty {
          switch result {
          case .view(let view): try Limits.check(view.sizes)
          case .folded(let tensor):
            folded += tensor.memory
            guard folded <= Limits.folded, tensor.shape.count <= 2 * Limits.axes else {
              throw NetworkError("expected \(Limits.folded) elements of constants at most")
            }
          case .perSample, .refused: break
          }
          set(name, result)
        }
      } catch {
        let reason = "\(error)"
        refusals.add(
          operation, operation.origin.shown(120) + (reason.isEmpty ? "" : ": \(reason)"))
        for output in outputs { set(output, .refused) }
      }
    }
    return refusals
  }

  /// By the last operation that reads it, every value that is no output.
  private static func lastReads(
    _ operations: [Operation], _ outputs: [String]
  ) -> [Int: [String]] {
    var last: [String: Int] = [:]
    for (position, operation) in operations.enumerated() {
      for argument in operation.arguments.values {
        for name in argument.values { last[name] = position }
      }
    }
    for name in outputs { last[name] = nil }
    return Dictionary(grouping: last.keys) { last[$0] ?? 0 }
  }

  /// Forgets a computed constant; how many elements it had.
  private func release(_ name: String) -> Int {
    guard case .folded(let tensor)? = value(name), tensor.memory > 0 else { return 0 }
    forget(name)
    return tensor.memory
  }

  /// The nodes that lead to an output, in order; and how many tokens of every image the output is of, each with a vector of
  /// its own, nil where it is one vector of the image.
  func network(
    to output: String
  ) throws -> (nodes: [Node], tensors: [String: Tensor], tokens: Int?) {
    guard case .view(let view)? = value(output) else {
      throw NetworkError("expected the output \(output.shown(100)) to be computed of the input")
    }
    guard view.sizes.count >= 1, view.batchAxis == 0, view.sizes[0] == 1 else {
      throw NetworkError("expected a vector for each image, found \(described(view))")
    }
    let dense = try dense(view, in: Array(view.sizes.indices))
    let last = try node(dense, as: MapShape(vector: view.count))
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    isNeeded[last] = true
    isNeeded[0] = true
    for position in nodes.indices.reversed() where isNeeded[position] {
      for input in nodes[position].inputs { isNeeded[input] = true }
    }
    var places = [Int](repeating: 0, count: nodes.count)
    var kept: [Node] = []
    for position in nodes.indices where isNeeded[position] {
      places[position] = kept.count
      let node = nodes[position]
      kept.append(
        Node(
          node.name, node.layer, inputs: node.inputs.map { places[$0] },
          parameterNames: node.parameterNames))
    }
    let architecture = Architecture(name: "", input: shapes[0], nodes: kept)
    guard last > 0, ProgramGraph(architecture, fusesSums: false).carriesGradient.last == true
    else {
      throw NetworkError("expected an output that is computed of the input")
    }
    let names = Set(ShapePass(architecture).parameters.map(\.name))
    return (
      kept, tensors.filter { names.contains($0.key) },
      view.sizes.count == 3 && view.sizes[1] > 1 ? view.sizes[1] : nil
    )
  }

  /// The file's own tensors that were used, by its names.
  func ownTensors() throws -> [String: Tensor] {
    var result: [String: Tensor] = [:]
    for (name, constant) in used where !constant.type.isInteger {
      result[name] = Tensor(shape: constant.shape, values: try constant.floats())
    }
    return result
  }
}

extension Operation {
  /// Why a reader did not take it; empty where it does not know it at all.
  fileprivate var reason: String {
    if case .text(let reason)? = arguments["reason"] { reason } else { "" }
  }
}

extension LoweredOperation {
  /// Whether a value that it reads could not be computed.
  var readsRefused: Bool { operation.arguments.values.contains(where: isRefused) }

  private func isRefused(_ argument: Argument) -> Bool {
    switch argument {
    case .value(let name): if case .refused? = lowering.value(name) { true } else { false }
    case .list(let list): list.contains(where: isRefused)
    default: false
    }
  }

  /// The file's own constants among its operands.
  var constants: [ModelConstant] { operation.arguments.values.flatMap(constants) }

  private func constants(_ argument: Argument) -> [ModelConstant] {
    switch argument {
    case .value(let name):
      if case .folded(let tensor)? = lowering.value(name), let own = tensor.constant {
        [own]
      } else {
        []
      }
    case .list(let list): list.flatMap(constants)
    default: []
    }
  }
}
