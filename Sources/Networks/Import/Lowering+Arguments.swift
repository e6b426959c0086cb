// What an operation says, read with the types that its lowering expects.

internal import Basics
internal import ModelFiles

/// An operation with the values it reads.
struct LoweredOperation {
  let operation: Operation
  let lowering: Lowering

  var kind: OperationKind { operation.kind }

  /// What the node is called: by the module of its parameter, by its scope, by its own name.
  func name(of parameter: String = "weight") -> String {
    if case .value(let value)? = operation.arguments[parameter],
      case .folded(let folded)? = lowering.value(value), let stored = folded.constant?.name
    {
      let suffix = ".\(parameter)"
      if stored.hasSuffix(suffix) { return String(stored.dropLast(suffix.count)) }
    }
    if !operation.scope.isEmpty { return operation.scope }
    return operation.name.isEmpty ? kind.rawValue : operation.name
  }

  func has(_ name: String) -> Bool { operation.arguments[name] != nil }

  func value(_ name: String) throws -> LoweredValue? {
    guard let argument = operation.arguments[name] else { return nil }
    return try value(argument, name)
  }

  private func value(_ argument: Argument, _ name: String) throws -> LoweredValue {
    switch argument {
    case .value(let value):
      guard let found = lowering.value(value) else {
        throw NetworkError(
          "\(name): expected a value that was computed before, found \(value.shown(200))")
      }
      return found
    case .int(let number):
      return .folded(FoldedTensor(shape: [], [Double(number)], .integer))
    case .float(let number): return .folded(FoldedTensor(shape: [], [number], .fraction))
    case .bool(let flag): return .folded(FoldedTensor(shape: [], [flag ? 1 : 0], .truth))
    case .list(let list):
      let parts = try list.map { try value($0, name) }
      var numbers: [Double] = []
      var kind: FoldedTensor.Kind?
      for part in parts {
        guard case .folded(let tensor) = part else {
          throw NetworkError("\(name): expected numbers that are known before the network runs")
        }
        numbers.append(try tensor.scalar())
        kind = kind?.joined(with: tensor.kind) ?? tensor.kind
      }
      return .folded(FoldedTensor(shape: [numbers.count], numbers, kind ?? .integer))
    case .text(let text): throw NetworkError("\(name): expected a value, found \(text.shown(200))")
    }
  }

  /// An operand that is computed for every sample, or a constant as such.
  func view(_ name: String = "input") throws -> View {
    switch try value(name) {
    case .view(let view)?: return view
    case .folded(let tensor)?:
      return try lowering.constant(tensor, named: self.name(of: name) + ".\(name)")
    default: throw NetworkError("expected \(name) to be a value")
    }
  }

  /// Known before the network runs; nil where it is left out.
  func folded(_ name: String) throws -> FoldedTensor? {
    switch try value(name) {
    case nil: return nil
    case .folded(let tensor)?: return tensor
    default: throw NetworkError("expected \(name) to be constant, it is computed of the input")
    }
  }

  func needed(_ name: String) throws -> FoldedTensor {
    guard let tensor = try folded(name) else { throw NetworkError("expected \(name), found none") }
    return tensor
  }

  func ints(_ name: String) throws -> [Int]? {
    do { return try folded(name)?.integers() } catch { throw NetworkError("\(name): \(error)") }
  }

  func ints(_ name: String, _ standard: [Int]) throws -> [Int] { try ints(name) ?? standard }

  /// One number stands for both.
  func pair(_ name: String, _ standard: [Int]) throws -> (Int, Int) {
    let list = try ints(name, standard)
    switch list.count {
    case 1: return (list[0], list[0])
    case 2: return (list[0], list[1])
    default: throw NetworkError("\(name): expected rows and columns, found \(list.count) numbers")
    }
  }

  func int(_ name: String) throws -> Int? {
    guard let list = try ints(name) else { return nil }
    guard list.count == 1 else { throw NetworkError("\(name): expected one number, found \(list)") }
    return list[0]
  }

  func int(_ name: String, _ standard: Int) throws -> Int { try int(name) ?? standard }

  func number(_ name: String) throws -> Double? { try folded(name)?.scalar() }

  func number(_ name: String, _ standard: Double) throws -> Double {
    try number(name) ?? standard
  }

  func flag(_ name: String, _ standard: Bool = false) throws -> Bool {
    try number(name).map { $0 != 0 } ?? standard
  }

  func text(_ name: String) -> String? {
    if case .text(let text)? = operation.arguments[name] { return text }
    return nil
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, of rank: Int) throws -> Int {
    let counted = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(counted) else {
      throw NetworkError("expected an axis of \(rank), found \(axis)")
    }
    return counted
  }

  /// The operands of a list.
  func list(_ name: String) throws -> [LoweredValue] {
    guard case .list(let arguments)? = operation.arguments[name] else {
      throw NetworkError("expected \(name) to be a list")
    }
    return try arguments.map { try value($0, name) }
  }
}
