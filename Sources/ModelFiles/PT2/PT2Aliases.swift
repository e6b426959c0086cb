// Programs that write into tensors in place, as programs that do not: what is written becomes a new value, and whoever looks
// at the same memory afterwards gets it. Views that cannot be written through are unknown operations.

/// Which values are the same memory, and what each name stands for now.
struct PT2Aliases {
  private struct View {
    /// A name that stands for itself.
    let parent: String
    /// Makes the view of its operand `input`.
    let operation: Operation
    let depth: Int
  }

  private struct Memory {
    var version = 0
    /// Views that were written, and what stands in them now; not in the memory's own value yet.
    var pending: [(view: String, value: String)] = []
  }

  /// The tensor that an operation in place gave back.
  private var same: [String: String] = [:]
  private var views: [String: View] = [:]
  /// By the name that is no view.
  private var memories: [String: Memory] = [:]
  /// The memory's version at which `current` was right.
  private var versions: [String: Int] = [:]
  private var current: [String: String] = [:]

  static let deepest = 64

  /// The value that `name` stands for now; operations that compute it are added.
  mutating func value(_ name: String, adding operations: inout [Operation]) -> String {
    let name = same[name] ?? name
    let base = base(of: name)
    guard let memory = memories[base], versions[name, default: 0] != memory.version else {
      return current[name] ?? name
    }
    if let view = views[name] {
      let parent = value(view.parent, adding: &operations)
      current[name] = Self.add(
        view.operation, of: parent, to: "\(name)@\(memory.version)", &operations)
    } else {
      current[name] = written(base, memory, &operations)
      memories[base]?.pending = []
    }
    versions[name] = memory.version
    return current[name] ?? name
  }

  /// Notes that `output` is a view of the operation's `input`, which has the name `parent` in the file; false for views of
  /// views without end.
  mutating func add(view output: String, of parent: String, by operation: Operation) -> Bool {
    let parent = same[parent] ?? parent
    let depth = (views[parent]?.depth ?? 0) + 1
    views[output] = View(parent: parent, operation: operation, depth: depth)
    versions[output] = memories[base(of: parent)]?.version ?? 0
    return depth <= Self.deepest
  }

  /// Notes that the tensor of this name is now what `output` says.
  mutating func write(_ output: String, into name: String) {
    let name = same[name] ?? name
    let base = base(of: name)
    same[output] = name
    current[name] = output
    memories[base, default: Memory()].version += 1
    versions[name] = memories[base]?.version
    if name != base { memories[base]?.pending.append((name, output)) }
  }

  private func base(of name: String) -> String {
    var name = name
    while let view = views[name] { name = view.parent }
    return name
  }

  /// The memory's value with all views in it that were written.
  private func written(
    _ base: String, _ memory: Memory, _ operations: inout [Operation]
  ) -> String {
    var whole = current[base] ?? base
    for (number, write) in memory.pending.enumerated() {
      let prefix = "\(base)@\(memory.version).\(number)"
      var chain: [View] = []
      var name = write.view
      while let view = views[name] {
        chain.insert(view, at: 0)
        name = view.parent
      }
      // What each view of the chain is a view of.
      var wholes = [whole]
      for (level, view) in chain.dropLast().enumerated() {
        wholes.append(
          Self.add(view.operation, of: wholes[level], to: "\(prefix)/\(level)", &operations))
      }
      var part = write.value
      for level in chain.indices.reversed() {
        part = Self.replace(
          chain[level].operation, in: wholes[level], with: part, to: "\(prefix)\\\(level)",
          &operations)
      }
      whole = part
    }
    return whole
  }

  private static func add(
    _ operation: Operation, of input: String, to output: String, _ operations: inout [Operation]
  ) -> String {
    var copy = operation
    copy.arguments["input"] = .value(input)
    copy.outputs = [output]
    operations.append(copy)
    return output
  }

  /// `whole` with `part` where `view` looks at it.
  private static func replace(
    _ view: Operation, in whole: String, with part: String, to output: String,
    _ operations: inout [Operation]
  ) -> String {
    func add(_ kind: OperationKind, _ arguments: [String: Argument], _ output: String) -> String {
      operations.append(
        Operation(
          kind, origin: view.origin, name: view.name, scope: view.scope, arguments,
          outputs: [output]))
      return output
    }
    var arguments = view.arguments
    switch view.kind {
    case .identity: return part
    case .slice:
      arguments["input"] = .value(whole)
      arguments["source"] = .value(part)
      return add(.replaceSlice, arguments, output)
    case .select:
      guard let axis = arguments["axis"], case .int(let index)? = arguments["index"] else { break }
      let source = add(
        .unsqueeze, ["input": .value(part), "axes": .list([axis])], output + "/source")
      let end = index == -1 || index == .max ? Int.max : index + 1
      return add(
        .replaceSlice,
        [
          "input": .value(whole), "source": .value(source), "axes": .list([axis]),
          "starts": .ints([index]), "ends": .ints([end]),
        ], output)
    case .reshape, .flatten, .unflatten, .squeeze, .unsqueeze:
      let shape = add(.shape, ["input": .value(whole)], output + "/shape")
      return add(.reshape, ["input": .value(part), "shape": .value(shape)], output)
    case .swapAxes:
      arguments["input"] = .value(part)
      return add(.swapAxes, arguments, output)
    case .transpose:
      guard case .list(let order)? = arguments["order"], let inverse = inverse(order) else { break }
      return add(.transpose, ["input": .value(part), "order": .ints(inverse)], output)
    default: break
    }
    return add(.unknown, ["inputs": .list([.value(whole), .value(part)])], output)
  }

  private static func inverse(_ order: [Argument]) -> [Int]? {
    var inverse = [Int?](repeating: nil, count: order.count)
    for (position, axis) in order.enumerated() {
      guard case .int(let axis) = axis, case let place = axis < 0 ? axis + order.count : axis,
        inverse.indices.contains(place)
      else { return nil }
      inverse[place] = position
    }
    let known = inverse.compactMap { $0 }
    return known.count == order.count ? known : nil
  }
}
