// Pickles that are cut short, changed or made to harm: an error in one line, or a tree.

import Pickle
import Testing

struct HostilePickleTests {
  @Test(arguments: [
    ("", "its end, cut short"), (".", "a value on the stack, found none"),
    ("N", "its end, cut short"), ("(.", "a value on the stack"),
    ("t.", "a mark on the stack"), ("e.", "a mark on the stack"), ("\u{87}.", "3 values"),
    ("N(\u{85}.", "1 values on the stack, found 0"), ("h\u{05}.", "in the memo at 5"),
    ("j\u{FF}\u{FF}\u{FF}\u{FF}.", "in the memo at 4294967295"),
    ("NNa.", "a list to append to, found None"), ("NNNs.", "a dictionary to store in"),
    ("}(Nu.", "keys with values"), ("NNb.", "an object to give its state"),
    ("\u{80}\u{06}N.", "protocols up to 5, found 6"),
    ("\u{82}\u{01}.", "the extension registry"), ("\u{97}.", "a buffer outside"),
    ("\u{FF}.", "found byte 255"), ("T\u{FF}\u{FF}\u{FF}\u{FF}.", "-1 bytes"),
    ("T\u{FF}\u{FF}\u{FF}\u{7F}.", "2147483647 bytes, found 1 left"),
    ("\u{8b}\u{00}\u{00}\u{00}\u{80}.", "-2147483648 bytes"),
    (
      "\u{8e}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}.",
      "a size, found 18446744073709551615"
    ),
    ("\u{8e}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{FF}\u{7F}.", "9223372036854775807 bytes"),
    ("\u{95}\u{FF}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}N.", "255 bytes"),
    ("X\u{01}\u{00}\u{00}\u{00}\u{FF}.", "UTF-8 text"), ("cos", "the end of a line"),
    ("\u{88}\u{88}\u{93}.", "the name of a class"), ("(o.", "a class, found none"),
    ("I\u{31}x\n.", "64 bits, found 1x"), ("I99999999999999999999\n.", "64 bits"),
    ("Fx\n.", "a number, found x"), ("S'a\n.", "in quotes"), ("S'\n.", "in quotes"),
    ("S'\\x4'\n.", "two hexadecimal digits"), ("S'\\x+4'\n.", "two hexadecimal digits"),
    ("S'\\'\n.", "the string's end"), ("S'\\q'\n.", "an escape of Python's repr, found \\q"),
    ("V\\u004\n.", "4 hexadecimal digits"), ("V\\ud800\n.", "a character, found the number 55296"),
    ("V\\U00110000\n.", "found the number 1114112"),
    ("c" + String(repeating: "a", count: 1001) + "\na\n.", "at most 1000"),
  ])
  func malformedPicklesAreRefused(text: String, part: String) {
    let error = #expect(throws: PickleError.self) { try parsed(text) }
    let message = error?.description ?? ""
    #expect(message.hasPrefix("byte ") && message.contains(part), "\(message)")
    #expect(!message.contains("\n"))
  }

  /// A million lists, each within the next, and a value that doubles a million times.
  @Test func deepNestingAndMemoBombsTakeNoStack() throws {
    let depth = 1_000_000
    var nested = [UInt8](repeating: UInt8(ascii: "]"), count: depth)
    nested += [UInt8](repeating: UInt8(ascii: "a"), count: depth - 1) + raw(".")
    let tree = try PickleTree(parsing: nested[...])
    #expect(tree.elements(tree.root)?.count == 1)
    let marks = [UInt8](repeating: UInt8(ascii: "("), count: depth)
    #expect(throws: PickleError.self) { try PickleTree(parsing: (marks + raw("."))[...]) }
    let doubled = raw("N") + (0..<depth).flatMap { _ in raw("2\u{86}") } + raw(".")
    #expect(
      try PickleTree(parsing: doubled[...]).elements(PickleTree(parsing: doubled[...]).root)?.count
        == 2)
  }

  /// Each value put into its container by an opcode of its own; were the container copied each time, this would not
  /// end within hours.
  @Test(
    arguments: [
      ("]", "Na"), ("\u{8f}", "(N\u{90}"), ("}", "NNs"), ("cm\nf\n)R", "Na"), ("cm\nf\n)R", "NNs"),
    ])
  func containersGrowInLinearTime(start: String, step: String) throws {
    let steps = raw(step)
    var bytes = raw(start)
    for _ in 0..<1_000_000 { bytes += steps }
    let tree = try PickleTree(parsing: (bytes + raw("."))[...])
    let size =
      switch tree[tree.root] {
      case .list(let elements), .set(let elements): elements.count
      case .dictionary(let pairs): pairs.count
      case .object(let object): object.elements.count + object.pairs.count
      default: 0
      }
    #expect(size == 1_000_000)
  }

  @Test func tooManyOpcodesAreRefused() {
    let bytes = (0..<10_000_001).flatMap { _ in raw("N0") } + raw("N.")
    let error = #expect(throws: PickleError.self) { try PickleTree(parsing: bytes[...]) }
    #expect(error?.description.contains("at most 20000000 opcodes") == true)
  }

  /// Opcodes more often than other bytes, by a fixed seed.
  @Test func randomPrograms() {
    var state: UInt64 = 11
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let opcodes = raw("(.012FGIJKLMNPQRSTUVXabcdeghijloprqstu)]}BC") + Array(0x80...0x98)
    var (trees, errors) = (0, 0)
    for _ in 0..<20_000 {
      var bytes: [UInt8] = raw("NK\u{01}}](")
      for _ in 0..<next(60) {
        bytes.append(next(3) > 0 ? opcodes[next(opcodes.count)] : UInt8(next(256)))
      }
      bytes += raw("1.")
      do {
        let tree = try PickleTree(parsing: bytes[...])
        _ = (tree.kind(tree.root), tree.entries(tree.root), tree.call(tree.root))
        trees += 1
      } catch {
        #expect(!error.description.contains("\n"))
        errors += 1
      }
    }
    #expect(trees > 100 && errors > 100)
  }
}
