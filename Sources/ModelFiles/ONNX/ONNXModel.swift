// ONNX's ModelProto, as far as a network needs it, and how much a file may hold. Fields by their numbers in onnx.proto3; no
// training information.

internal import WeightFiles

/// An ONNX file as it describes itself.
struct ONNXModel {
  private(set) var producer = ""
  /// By domain; "ai.onnx" is the empty one.
  private(set) var opsets: [String: Int] = [:]
  private(set) var graph = ONNXGraph()
  private(set) var functions: [ONNXFunction] = []
  private(set) var metadata: [String: String] = [:]
  private(set) var hasGraph = false

  init(_ source: ByteSource) throws {
    var budget = ONNXBudget(source)
    try ProtobufMessage(source).fields { field in
      switch field.number {
      case 2: producer = try field.text()
      case 7:
        guard !hasGraph else { throw source.refuse("one graph", "two") }
        hasGraph = true
        graph = try ONNXGraph(field.submessage(), &budget)
      case 8:
        let (domain, version) = try Self.opset(field.submessage())
        opsets[domain] = version
      case 14:
        let (key, value) = try Self.pair(field.submessage())
        metadata[key] = value
      case 25:
        try budget.take()
        functions.append(try ONNXFunction(field.submessage(), &budget))
      default: break
      }
    }
  }

  /// Whether the bytes begin as a ModelProto does: fields of its own, of the right kinds, among them a graph. One that is cut
  /// short is one too. Nothing but these fields' lengths is read.
  static func begins(_ source: ByteSource) -> Bool {
    let window = ByteWindow(source)
    var position = 0
    var seen: Set<Int> = []
    while position < source.count {
      guard let tag = try? ProtobufMessage.varint(window, &position, before: source.count),
        let number = Int(exactly: tag >> 3)
      else { break }
      switch (number, tag & 7) {
      case (1, 0), (5, 0):
        guard (try? ProtobufMessage.varint(window, &position, before: source.count)) != nil
        else { return false }
      case (2, 2), (3, 2), (4, 2), (6, 2), (7, 2), (8, 2), (14, 2), (20, 2), (25, 2), (26, 2):
        guard let length = try? ProtobufMessage.varint(window, &position, before: source.count)
        else { return false }
        seen.insert(number)
        guard length <= UInt64(source.count - position) else {
          return number == 7 || seen.contains(7)
        }
        position += Int(length)
      default: return false
      }
      seen.insert(number)
    }
    return seen.contains(7)
  }

  /// A StringStringEntryProto.
  static func pair(_ message: ProtobufMessage) throws -> (key: String, value: String) {
    var (key, value) = ("", "")
    try message.fields { field in
      switch field.number {
      case 1: key = try field.text()
      case 2: value = try field.text()
      default: break
      }
    }
    return (key, value)
  }

  /// An OperatorSetIdProto.
  static func opset(_ message: ProtobufMessage) throws -> (domain: String, version: Int) {
    var (domain, version) = ("", 0)
    try message.fields { field in
      switch field.number {
      case 1: domain = ONNXModel.domain(try field.text())
      case 2: version = try field.int()
      default: break
      }
    }
    return (domain, version)
  }

  static func domain(_ text: String) -> String { text == "ai.onnx" ? "" : text }
}

/// How much of everything a file may describe: a network has some thousand nodes, and a node of two bytes must not cost
/// hundreds of times as many.
struct ONNXBudget {
  private let source: ByteSource
  private var left = 1 << 19

  init(_ source: ByteSource) { self.source = source }

  mutating func take(_ count: Int = 1) throws {
    left -= count
    guard left >= 0 else {
      throw source.refuse("at most \(1 << 19) nodes, values and attributes", "more")
    }
  }
}
