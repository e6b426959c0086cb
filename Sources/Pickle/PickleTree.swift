// A pickle as an inert tree, and the questions its readers ask. What functions and classes mean is
// the readers' affair.

internal import Basics

/// The nodes of one pickle. They refer to each other by number: shared ones are stored once, a list
/// may contain itself, and nothing is as deep as the pickle nests when it is copied or freed.
package struct PickleTree: Sendable {
  var nodes: [PickleNode] = []
  package internal(set) var root = PickleReference(index: 0)
  /// Where the bytes behind the pickle begin, an index of what was parsed.
  package internal(set) var end = 0

  /// Parses the pickle that `bytes` begin with; more may follow.
  package init(parsing bytes: ArraySlice<UInt8>) throws(PickleError) {
    var machine = PickleMachine(bytes)
    self = try machine.run()
  }

  init() {}

  package subscript(_ reference: PickleReference) -> PickleNode { nodes[reference.index] }

  package func int(_ reference: PickleReference) -> Int? {
    guard case .int(let value) = self[reference] else { return nil }
    return value
  }

  package func bool(_ reference: PickleReference) -> Bool? {
    guard case .bool(let value) = self[reference] else { return nil }
    return value
  }

  /// A string, or bytes that are UTF-8, as Python 2's strings are.
  package func text(_ reference: PickleReference) -> String? {
    switch self[reference] {
    case .string(let text): text
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    default: nil
    }
  }

  package func isNone(_ reference: PickleReference) -> Bool {
    if case .none = self[reference] { true } else { false }
  }

  package func elements(_ reference: PickleReference) -> [PickleReference]? {
    switch self[reference] {
    case .list(let elements), .tuple(let elements): elements
    default: nil
    }
  }

  /// Of a list or tuple of whole numbers, `most` at most.
  package func ints(_ reference: PickleReference, most: Int = .max) -> [Int]? {
    guard let elements = elements(reference), elements.count <= most else { return nil }
    let numbers = elements.compactMap(int)
    return numbers.count == elements.count ? numbers : nil
  }

  /// `module.name` of a class or function.
  package func global(_ reference: PickleReference) -> String? {
    guard case .global(let module, let name) = self[reference] else { return nil }
    return "\(module).\(name)"
  }

  /// The name of what was called and the arguments, of the result of a call.
  package func call(
    _ reference: PickleReference
  ) -> (name: String, arguments: [PickleReference], state: PickleReference?)? {
    guard case .object(let object) = self[reference], let name = global(object.function),
      let arguments = elements(object.arguments)
    else { return nil }
    return (name, arguments, object.state)
  }

  /// Whether it has `entries`.
  package func isDictionary(_ reference: PickleReference) -> Bool {
    switch self[reference] {
    case .dictionary: true
    case .object(let object): global(object.function) == "collections.OrderedDict"
    default: false
    }
  }

  /// What a dictionary was made of, ordered or not, in the order of the file.
  package func pairs(_ reference: PickleReference) -> [PickleNode.Pair]? {
    switch self[reference] {
    case .dictionary(let own): return own
    case .object(let object) where global(object.function) == "collections.OrderedDict":
      // Python 2 passes the pairs to the constructor, as a list of lists.
      let arguments = elements(object.arguments) ?? []
      let passed = arguments.first.flatMap(elements) ?? []
      return
        passed.compactMap { pair in
          guard let pair = elements(pair), pair.count == 2 else { return nil }
          return (pair[0], pair[1])
        } + object.pairs
    default: return nil
    }
  }

  /// The entries of a dictionary, ordered or not, whose keys are texts; of a key that comes twice,
  /// the last.
  package func entries(_ reference: PickleReference) -> [(key: String, value: PickleReference)]? {
    guard let pairs = pairs(reference) else { return nil }
    var positions: [ByteText: Int] = [:]
    var entries: [(key: String, value: PickleReference)] = []
    for pair in pairs {
      guard let key = text(pair.key) else { continue }
      if let position = positions[ByteText(key)] {
        entries[position].value = pair.value
      } else {
        positions[ByteText(key)] = entries.count
        entries.append((key, pair.value))
      }
    }
    return entries
  }

  /// Of everything that the pickle keeps outside, whether or not the root leads to it.
  package var persistentIdentifiers: [PickleReference] {
    nodes.compactMap { if case .persistent(let identifier) = $0 { identifier } else { nil } }
  }

  /// What a value is, for messages.
  package func kind(_ reference: PickleReference) -> String {
    switch self[reference] {
    case .none: "None"
    case .bool: "a bool"
    case .int, .bigInt: "a whole number"
    case .float: "a float"
    case .bytes: "bytes"
    case .string: "a string"
    case .list: "a list"
    case .tuple: "a tuple"
    case .dictionary: "a dictionary"
    case .set: "a set"
    case .global(let module, let name): "\(module).\(name)".shown()
    case .object(let object): "a call of \((global(object.function) ?? "a value").shown())"
    case .persistent: "a reference out of the pickle"
    }
  }
}
