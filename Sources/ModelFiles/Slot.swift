// Where an operator's inputs and settings go in an `Operation`: the right-hand sides of the readers' tables.

/// The argument that an input or setting becomes.
enum Slot: ExpressibleByStringLiteral, Sendable {
  /// As it is, by this name.
  case same(String)
  /// A number of 0 or 1 that says whether.
  case flag(String)
  /// A list of two, of which a single number stands for both; an empty one is left out.
  case pair(String)
  /// A list, of which a single number may be the only one.
  case list(String)
  /// Without a meaning in evaluation.
  case ignored
  /// What the operations cannot say but for this value.
  case only(Argument)
  /// A type to compute in, of those that change nothing here: kinds of float.
  case floating

  init(stringLiteral name: String) { self = .same(name) }

  /// Whether `place` loses nothing of it.
  func allows(_ argument: Argument) -> Bool {
    switch (self, argument) {
    case (.only(let value), _): argument == value
    case (.floating, .text(let type)): type.contains("float")
    case (.floating, _): false
    default: true
    }
  }

  func place(_ argument: Argument, in arguments: inout [String: Argument]) {
    switch (self, argument) {
    case (.same(let name), _): arguments[name] = argument
    case (.flag(let name), .int(let number)): arguments[name] = .bool(number != 0)
    case (.flag(let name), _): arguments[name] = argument
    case (.pair, .list([])): break
    case (.pair(let name), .int), (.pair(let name), .float):
      arguments[name] = .list([argument, argument])
    case (.pair(let name), .list(let list)) where list.count == 1:
      arguments[name] = .list(list + list)
    case (.pair(let name), _): arguments[name] = argument
    case (.list(let name), .int), (.list(let name), .value): arguments[name] = .list([argument])
    case (.list(let name), _): arguments[name] = argument
    case (.ignored, _), (.only, _), (.floating, _): break
    }
  }
}

extension Argument {
  static func ints(_ integers: [Int]) -> Argument { .list(integers.map { .int($0) }) }
}

/// Which of a node's inputs and settings its translation has looked at: what nobody reads is refused, not ignored.
final class SlotsRead {
  private(set) var names: Set<String> = []
  private(set) var positions: Set<Int> = []

  func note(_ name: String) { names.insert(name) }
  func note(_ position: Int) { positions.insert(position) }
}
