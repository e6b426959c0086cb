// What a pickle of PyTorch's says about tensors. Nothing in it is run: the few functions that stand
// for a tensor are known by name, every other one is refused, and what stands beside the weights is
// not looked at. torch/_utils.py and torch/serialization.py.

internal import Basics
internal import Pickle

/// The tensors by name of a pickled state dict, bare or within a dictionary.
struct TorchStateDict {
  private let tree: PickleTree
  private let path: String

  /// Under which training scripts keep the state dict beside epochs and optimisers.
  static let outerKeys = ["state_dict", "model_state_dict", "model", "net"]

  init(_ tree: PickleTree, path: String) {
    self.tree = tree
    self.path = path
  }

  /// - Throws: `WeightFileError` for a pickle without a state dict or with other calls among the
  ///   weights.
  func tensors() throws -> [StoredTensor] {
    let entries = try weights()
    let isParallel = entries.allSatisfy { $0.key.hasPrefix("module.") }
    return try entries.map { key, value in
      // DataParallel's own level is no part of a name.
      let name = isParallel ? String(key.dropFirst("module.".count)) : key
      return try tensor(value, name: name)
    }
  }

  /// Of every storage that the pickle mentions, weights or not, in the order of the pickle.
  func storages() throws -> [TensorStorage] {
    try tree.persistentIdentifiers.map { try storage($0).base }
  }

  /// The entries that are calls, all of them tensors if this is a state dict.
  private func weights() throws -> [(key: String, value: PickleReference)] {
    var level = tree.root
    for _ in 0..<4 {
      guard let entries = tree.entries(level) else { break }
      let inner = Self.outerKeys.lazy.compactMap { key in
        entries.first { $0.key == key && tree.isDictionary($0.value) }
      }.first
      if let inner {
        level = inner.value
        continue
      }
      let calls = entries.filter { if case .object = tree[$0.value] { true } else { false } }
        .filter { !tree.isDictionary($0.value) }
      guard calls.isEmpty else { return calls }
      let keys = entries.prefix(5).map { $0.key.shown(30) }.joined(separator: ", ")
      throw fail("tensors by name", entries.isEmpty ? "an empty dictionary" : "only \(keys)")
    }
    if let call = tree.call(level) { throw refusal(call.name) }
    throw fail("a dictionary of tensors by name", tree.kind(level))
  }

  private func tensor(_ value: PickleReference, name: String) throws -> StoredTensor {
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
  ) throws -> (base: TensorStorage, start: Int) {
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
    WeightFileError(
      "\(path): asks for \(name.shown()), which is no part of a state dict and is not run; save "
        + "model.state_dict() instead.")
  }

  private func fail(_ expected: String, _ found: String) -> WeightFileError {
    WeightFileError("\(path): expected \(expected), found \(found).")
  }
}
