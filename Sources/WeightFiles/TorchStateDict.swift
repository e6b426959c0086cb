// What a pickle of PyTorch's says about tensors. Nothing in it is run: the few functions that stand
// for a tensor are known by name, every other one is refused, and what stands beside the weights is
// not looked at. torch/_utils.py and torch/serialization.py.

internal import Basics
internal import Pickle

/// The dictionaries of tensors by name that a pickle holds, bare or within others.
struct TorchStateDict {
  private let tree: PickleTree
  private let path: String

  /// How many dictionaries are looked at, those nearest to the root first, and how deep: an
  /// optimiser may keep one for every parameter.
  private static let mostDictionaries = 10_000
  private static let mostLevels = 8

  init(_ tree: PickleTree, path: String) {
    self.tree = tree
    self.path = path
  }

  /// Every dictionary that holds tensors, the root's first.
  ///
  /// - Throws: `WeightFileError` for a pickle without one, which says what it asks for instead.
  func dictionaries() throws -> [StoredDictionary] {
    guard let own = tree.entries(tree.root) else {
      if let call = tree.call(tree.root) { throw refusal(call.name) }
      throw fail("a dictionary of tensors by name", tree.kind(tree.root))
    }
    var found: [StoredDictionary] = []
    var seen: Set<PickleReference> = [tree.root]
    var level = [(path: [String](), entries: own)]
    for _ in 0..<Self.mostLevels where !level.isEmpty {
      var inner: [(path: [String], entries: [(key: String, value: PickleReference)])] = []
      for (path, entries) in level {
        let calls = entries.filter { !tree.isDictionary($0.value) && isObject($0.value) }
        if !calls.isEmpty {
          found.append(
            StoredDictionary(path: path, entries: calls.map { ($0.key, entry($0.value, $0.key)) }))
        }
        for (key, value) in entries where seen.count < Self.mostDictionaries {
          guard tree.isDictionary(value), seen.insert(value).inserted,
            let entries = tree.entries(value)
          else { continue }
          inner.append((path + [key], entries))
        }
      }
      level = inner
    }
    let holding = found.filter(\.holdsTensors)
    if holding.isEmpty {
      for case .refused(let error) in found.flatMap({ $0.entries.map(\.entry) }) { throw error }
      throw fail(
        "a dictionary of tensors by name",
        own.isEmpty
          ? "an empty dictionary"
          : "only \(own.prefix(5).map { $0.key.shown(30) }.joined(separator: ", "))")
    }
    return holding
  }

  private func isObject(_ value: PickleReference) -> Bool {
    if case .object = tree[value] { true } else { false }
  }

  private func entry(_ value: PickleReference, _ name: String) -> StoredEntry {
    do {
      return .tensor(try tensor(value, name: name))
    } catch {
      return .refused(error)
    }
  }

  /// Of every storage that the pickle mentions, weights or not, in the order of the pickle.
  func storages() throws -> [TensorStorage] {
    try tree.persistentIdentifiers.map { try storage($0).base }
  }

  private func tensor(
    _ value: PickleReference, name: String
  ) throws(WeightFileError) -> StoredTensor {
    var value = value
    let most = StoredTensor.mostDimensions
    // A parameter wraps a tensor.
    for _ in 0..<4 {
      guard let call = tree.call(value) else {
        throw fail("\(name.shown()) to be a tensor", tree.kind(value))
      }
      let arguments = call.arguments
      switch call.name {
      case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
        "torch.nn.parameter.Parameter":
        guard let data = arguments.first else { throw fail("\(name.shown()) with data", "none") }
        value = data
      case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
        guard arguments.count >= 4, case .persistent(let identifier) = tree[arguments[0]],
          let offset = tree.int(arguments[1]), let shape = tree.ints(arguments[2], most: most),
          let strides = tree.ints(arguments[3], most: most)
        else {
          throw fail("\(name.shown()) with storage, offset, shape and strides", "other values")
        }
        let (storage, start) = try storage(identifier)
        let (sum, overflow) = offset.addingReportingOverflow(start)
        guard !overflow else { throw fail("\(name.shown()) within its storage", "\(offset)") }
        return StoredTensor(
          name: name, storage: storage, offset: sum, shape: shape, strides: strides)
      default: throw refusal(call.name)
      }
    }
    throw fail("\(name.shown()) to be a tensor", "parameters within parameters")
  }

  /// ('storage', class, key, location, elements) and in the legacy format None or (key, offset,
  /// elements) of a view behind it. The location is where PyTorch would put it: of no concern.
  private func storage(
    _ identifier: PickleReference
  ) throws(WeightFileError) -> (base: TensorStorage, start: Int) {
    guard let parts = tree.elements(identifier), parts.count >= 5,
      tree.text(parts[0]) == "storage", let global = tree.global(parts[1]),
      let key = tree.text(parts[2]), let count = tree.int(parts[4]), count >= 0,
      key.utf8.count <= 1000
    else { throw fail("a storage with class, key, location and size", "other values") }
    guard let type = ElementType(storage: global) else {
      throw fail(
        "storages of \(ElementType.allCases.map(\.storage).joined(separator: ", "))",
        global.shown())
    }
    var start = 0
    if parts.count > 5, !tree.isNone(parts[5]) {
      guard let view = tree.elements(parts[5]), view.count == 3, let offset = tree.int(view[1]),
        offset >= 0
      else { throw fail("a view with key, offset and size", "other values") }
      start = offset
    }
    return (TensorStorage(key: key, type: type, count: count), start)
  }

  private func refusal(_ name: String) -> WeightFileError {
    if ForeignFile.makesArrays(name) { return fail("PyTorch tensors", ForeignFile.arrays) }
    return WeightFileError(
      "\(path): asks for \(name.shown()), which is no part of a state dict and is not run; save "
        + "model.state_dict() instead.")
  }

  private func fail(_ expected: String, _ found: String) -> WeightFileError {
    WeightFileError("\(path): expected \(expected), found \(found).")
  }
}
