// What tells the program of a model file from another over the same tensors. Names of values and nodes are no part of it: they are
// the exporter's choice.

internal import ContentHash
internal import WeightFiles

extension ModelGraph {
  /// SHA-256, in hex, over what the caller is handed, every operation in its order with its settings and operands, and which
  /// values come out. Of constants whose name is among `tensors` the name stands in it; of all others type, shape and bytes.
  ///
  /// - Throws: `ModelFileError` where the file does not have a constant's bytes.
  package func programHash(without tensors: Set<String>) throws -> String {
    var hasher = ProgramHasher(constants: constants, tensors: tensors)
    for input in inputs { hasher.add(input) }
    for operation in operations { try hasher.add(operation) }
    for output in outputs { try hasher.add(.value(output)) }
    return hasher.finish()
  }
}

private struct ProgramHasher: ~Copyable {
  private let constants: [String: ModelConstant]
  private let tensors: Set<String>
  private var hasher = ContentHasher()
  /// Values in the order in which they come up.
  private var numbers: [String: Int] = [:]

  init(constants: [String: ModelConstant], tensors: Set<String>) {
    (self.constants, self.tensors) = (constants, tensors)
    hasher.update("engram program 1")
  }

  consuming func finish() -> String { hasher.finish() }

  mutating func add(_ input: ModelInput) {
    hasher.update("input \(input.type.rawValue)")
    add(input.sizes.count)
    for size in input.sizes {
      // Of an open one its name says nothing.
      if case .fixed(let number) = size { add(number) } else { add(-1) }
    }
    number(input.name)
  }

  mutating func add(_ operation: Operation) throws {
    hasher.update(operation.kind.rawValue)
    add(operation.arguments.count)
    let arguments = operation.arguments.sorted {
      $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
    }
    for (name, argument) in arguments {
      hasher.update(name)
      try add(argument)
    }
    add(operation.outputs.count)
    for output in operation.outputs { number(output) }
  }

  mutating func add(_ argument: Argument) throws {
    switch argument {
    case .value(let name): try add(value: name)
    case .int(let number):
      hasher.update("int")
      add(number)
    case .float(let number):
      hasher.update("float")
      hasher.update(number.bitPattern)
    case .bool(let flag): hasher.update(flag ? "true" : "false")
    case .text(let text):
      hasher.update("text")
      hasher.update(text)
    case .list(let list):
      hasher.update("list")
      add(list.count)
      for element in list { try add(element) }
    }
  }

  private mutating func add(value name: String) throws {
    if let number = numbers[name] {
      hasher.update("value")
      add(number)
    } else if let constant = constants[name] {
      let isTensor = tensors.contains(constant.name)
      hasher.update(isTensor ? "tensor \(constant.name)" : "constant \(constant.type.rawValue)")
      add(constant.shape.count)
      for size in constant.shape { add(size) }
      if !isTensor { hasher.update(try constant.bytes()) }
    } else {
      hasher.update("none")
    }
  }

  private mutating func number(_ name: String) { numbers[name] = numbers.count }

  private mutating func add(_ number: Int) { hasher.update(UInt64(bitPattern: Int64(number))) }
}
