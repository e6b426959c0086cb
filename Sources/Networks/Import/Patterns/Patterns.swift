// Operations that a file has in parts, made whole before they are lowered. What reads a part besides keeps it.

internal import ModelFiles

/// Replaces the last operation of a pattern by the whole; what nobody reads any more leads to no output and goes with the
/// nodes that the network does not need.
struct Patterns {
  private(set) var graph: ModelGraph
  private let producers: [String: Int]

  static let all: [@Sendable (Patterns, Int) -> Operation?] = [
    { $0.silu($1) }, { $0.gelu($1) }, { $0.hardSwish($1) }, { $0.linear($1) },
    { $0.safeSoftmax($1) }, { $0.attention($1) }, { $0.repeatedMatrix($1) },
  ]

  static func applied(to graph: ModelGraph) -> ModelGraph {
    var patterns = Patterns(graph)
    for position in graph.operations.indices {
      for pattern in all {
        guard let whole = pattern(patterns, position) else { continue }
        patterns.graph.operations[position] = whole
        break
      }
    }
    patterns.removeUnread()
    return patterns.graph
  }

  private init(_ graph: ModelGraph) {
    self.graph = graph
    var producers: [String: Int] = [:]
    for (position, operation) in graph.operations.enumerated() {
      for output in operation.outputs { producers[output] = position }
    }
    self.producers = producers
  }

  /// Operations whose outputs nobody reads would be lowered for nothing.
  private mutating func removeUnread() {
    var read = Set(graph.outputs)
    func note(_ argument: Argument) {
      switch argument {
      case .value(let name): read.insert(name)
      case .list(let list): list.forEach(note)
      default: break
      }
    }
    var kept: [Operation] = []
    for operation in graph.operations.reversed()
    where operation.outputs.contains(where: read.contains) {
      operation.arguments.values.forEach(note)
      kept.append(operation)
    }
    graph.operations = kept.reversed()
  }

  // What patterns ask

  /// The operation of a kind that an argument is the output of, through copies.
  func source(_ argument: Argument?, _ kinds: OperationKind...) -> Operation? {
    var argument = argument
    while case .value(let name)? = argument, let position = producers[name] {
      let operation = graph.operations[position]
      if kinds.contains(operation.kind) { return operation }
      guard operation.kind == .identity || operation.isCastToFloat else { return nil }
      argument = operation.arguments["input"]
    }
    return nil
  }

  /// A number that stands in the file.
  func number(_ argument: Argument?) -> Double? {
    switch argument {
    case .float(let number)?: return number
    case .int(let number)?: return Double(number)
    case .value(let name)?:
      guard let constant = graph.constants[name], constant.count == 1 else { return nil }
      return (try? constant.floats())?.first.map(Double.init)
    default: return nil
    }
  }

  /// The two operands, whichever is a number second.
  func scaled(_ operation: Operation) -> (value: Argument, number: Double)? {
    guard let a = operation.arguments["a"], let b = operation.arguments["b"] else { return nil }
    if let number = number(b) { return (a, number) }
    if let number = number(a) { return (b, number) }
    return nil
  }

  func operands(_ operation: Operation) -> (Argument, Argument)? {
    guard let a = operation.arguments["a"], let b = operation.arguments["b"] else { return nil }
    return (a, b)
  }

  static func near(_ number: Double, _ other: Double) -> Bool {
    abs(number - other) <= 1e-6 * abs(other)
  }
}

extension Operation {
  /// Between kinds of float a cast changes nothing here.
  fileprivate var isCastToFloat: Bool {
    guard kind == .cast, case .text(let type)? = arguments["type"] else { return false }
    return type.contains("float")
  }
}
