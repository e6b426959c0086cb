// The stack machine that a pickle is a program for: protocols 0 to 5. No extension registry, no
// out-of-band buffers. https://docs.python.org/3/library/pickletools.html, with CPython's
// Lib/pickletools.py for each opcode.

/// Runs a pickle's opcodes over references to inert nodes. An opcode makes one node and pushes one
/// reference at most, so the number of opcodes limits the memory; nothing recurses.
struct PickleMachine {
  /// A state dict needs some thirty for a tensor.
  private static let mostOpcodes = 20_000_000

  var bytes: PickleBytes
  var tree = PickleTree()
  private var stack: [PickleReference] = []
  /// Heights of the stack.
  private var marks: [Int] = []
  private var memo: [Int: PickleReference] = [:]

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = PickleBytes(bytes) }

  mutating func run() throws(PickleError) -> PickleTree {
    for _ in 0..<Self.mostOpcodes {
      let opcode = try bytes.byte()
      if opcode == UInt8(ascii: ".") {
        tree.root = try pop()
        tree.end = bytes.position
        return tree
      }
      if try container(opcode) { continue }
      if try value(opcode) { continue }
      guard try call(opcode) else {
        throw bytes.failure("an opcode of protocols 0 to 5", Self.named(opcode))
      }
    }
    throw bytes.failure("at most \(Self.mostOpcodes) opcodes", "more")
  }

  mutating func push(_ node: PickleNode) {
    stack.append(PickleReference(index: tree.nodes.count))
    tree.nodes.append(node)
  }

  mutating func repush(_ reference: PickleReference) { stack.append(reference) }

  /// The mark is a floor: what is beneath it stays.
  mutating func pop() throws(PickleError) -> PickleReference {
    guard stack.count > marks.last ?? 0, let top = stack.popLast() else {
      throw bytes.failure("a value on the stack", "none")
    }
    return top
  }

  private func top() throws(PickleError) -> PickleReference {
    guard stack.count > marks.last ?? 0, let top = stack.last else {
      throw bytes.failure("a value on the stack", "none")
    }
    return top
  }

  mutating func popToMark() throws(PickleError) -> [PickleReference] {
    guard let mark = marks.popLast() else { throw bytes.failure("a mark on the stack", "none") }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func pop(_ count: Int) throws(PickleError) -> [PickleReference] {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw bytes.failure("\(count) values on the stack", "\(stack.count - (marks.last ?? 0))")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  /// The stack, the memo and containers.
  private mutating func container(_ opcode: UInt8) throws(PickleError) -> Bool {
    switch UnicodeScalar(opcode) {
    case "(": marks.append(stack.count)
    case "0": if stack.count == marks.last { marks.removeLast() } else { _ = try pop() }
    case "1": _ = try popToMark()
    case "2": stack.append(try top())
    case "p": memo[try bytes.decimal()] = try top()
    case "q": memo[try bytes.count(1)] = try top()
    case "r": memo[try bytes.count(4)] = try top()
    case "\u{94}": memo[memo.count] = try top()
    case "g": try recall(try bytes.decimal())
    case "h": try recall(try bytes.count(1))
    case "j": try recall(try bytes.count(4))
    case ")": push(.tuple([]))
    case "t": push(.tuple(try popToMark()))
    case "\u{85}": push(.tuple(try pop(1)))
    case "\u{86}": push(.tuple(try pop(2)))
    case "\u{87}": push(.tuple(try pop(3)))
    case "]": push(.list([]))
    case "l": push(.list(try popToMark()))
    case "}": push(.dictionary([]))
    case "d": push(.dictionary(try pairs(try popToMark())))
    case "\u{8f}": push(.set([]))
    case "\u{91}": push(.set(try popToMark()))
    case "a": try append([try pop()])
    case "e", "\u{90}": try append(try popToMark())
    case "s": try store(try pop(2))
    case "u": try store(try popToMark())
    default: return false
    }
    return true
  }

  private mutating func recall(_ key: Int) throws(PickleError) {
    guard let reference = memo[key] else {
      throw bytes.failure("a value in the memo at \(key)", "none")
    }
    stack.append(reference)
  }

  private func pairs(_ flat: [PickleReference]) throws(PickleError) -> [PickleNode.Pair] {
    guard flat.count % 2 == 0 else { throw bytes.failure("keys with values", "a key without one") }
    return stride(from: 0, to: flat.count, by: 2).map { (flat[$0], flat[$0 + 1]) }
  }

  // What is changed is taken out of its place first, so that its array grows without being copied.

  private mutating func append(_ new: [PickleReference]) throws(PickleError) {
    let target = try top()
    if case .list(var elements) = tree[target] {
      tree.nodes[target.index] = .none
      elements += new
      tree.nodes[target.index] = .list(elements)
    } else if case .set(var elements) = tree[target] {
      tree.nodes[target.index] = .none
      elements += new
      tree.nodes[target.index] = .set(elements)
    } else if case .object(var object) = tree[target] {
      tree.nodes[target.index] = .none
      object.elements += new
      tree.nodes[target.index] = .object(object)
    } else {
      throw bytes.failure("a list to append to", tree.kind(target))
    }
  }

  private mutating func store(_ flat: [PickleReference]) throws(PickleError) {
    let new = try pairs(flat)
    let target = try top()
    if case .dictionary(var old) = tree[target] {
      tree.nodes[target.index] = .none
      old += new
      tree.nodes[target.index] = .dictionary(old)
    } else if case .object(var object) = tree[target] {
      tree.nodes[target.index] = .none
      object.pairs += new
      tree.nodes[target.index] = .object(object)
    } else {
      throw bytes.failure("a dictionary to store in", tree.kind(target))
    }
  }

  private static func named(_ opcode: UInt8) -> String {
    switch opcode {
    case 0x82...0x84: "a reference to the extension registry"
    case 0x97, 0x98: "a buffer outside of the file"
    default: "byte \(opcode)"
    }
  }
}
