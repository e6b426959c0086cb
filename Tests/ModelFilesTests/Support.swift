// Fixtures of model files, and protocol buffers made by hand.

import FoundationEssentials
import ModelFiles
import TestSupport

/// That tools/goldens/model_files.py writes.
func fixture(_ name: String) -> String {
  packageDirectory() + "/Tests/ModelFilesTests/Fixtures/" + name
}

/// Every one of them.
let modelFixtures = [
  "convolutions.dynamo.onnx", "convolutions.external.onnx", "convolutions.legacy.onnx",
  "convolutions.pt2", "convolutions.decomposed.pt2", "fixed.pt2", "functions.onnx", "old.onnx",
  "tensors.onnx", "transformer.dynamo.onnx", "transformer.external.onnx",
  "transformer.legacy.onnx", "transformer.pt2", "transformer.decomposed.pt2", "written.pt2",
  "operators.pt2", "operators.decomposed.pt2",
]

/// What is said of the bytes; nil where they are a model whose constants can be read.
func refusal(_ bytes: [UInt8], path: String = "model") -> String? {
  do {
    let graph = try ModelGraph(decoding: bytes, path: path)
    for constant in graph.constants.values {
      guard try constant.floats().count == constant.count else { return "another count" }
    }
    return nil
  } catch {
    return String(describing: error)
  }
}

/// Whether what is said is one line of the one error that there is.
func isOneLine(_ bytes: [UInt8]) -> Bool {
  do {
    let graph = try ModelGraph(decoding: bytes, path: "model")
    for constant in graph.constants.values { _ = try constant.floats() }
    return true
  } catch {
    let text = String(describing: error)
    return error is ModelFileError && !text.contains("\n") && text.utf8.count < 3000
  }
}

/// A protocol buffer's message under construction.
struct Message {
  private(set) var bytes: [UInt8] = []

  static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  mutating func add(_ number: UInt64, _ content: [UInt8], length: UInt64? = nil) {
    bytes += Self.varint(number << 3 | 2)
    bytes += Self.varint(length ?? UInt64(content.count))
    bytes += content
  }

  func adding(_ number: UInt64, _ value: Int) -> Message {
    var copy = self
    copy.bytes += Self.varint(number << 3) + Self.varint(UInt64(bitPattern: Int64(value)))
    return copy
  }

  func adding(_ number: UInt64, _ content: [UInt8], length: UInt64? = nil) -> Message {
    var copy = self
    copy.add(number, content, length: length)
    return copy
  }

  func adding(_ number: UInt64, _ text: String) -> Message { adding(number, Array(text.utf8)) }

  func adding(_ number: UInt64, _ message: Message) -> Message { adding(number, message.bytes) }

  /// A node of ONNX.
  static func node(
    _ name: String, _ inputs: [String], _ outputs: [String], domain: String = ""
  ) -> Message {
    var node = Message()
    for input in inputs { node = node.adding(1, input) }
    for output in outputs { node = node.adding(2, output) }
    return node.adding(4, name).adding(7, domain)
  }

  /// With an attribute of a node: a number, a text or numbers.
  func with(_ name: String, _ value: Int) -> Message {
    adding(5, Message().adding(1, name).adding(3, value).adding(20, 2))
  }

  func with(_ name: String, _ value: String) -> Message {
    adding(5, Message().adding(1, name).adding(4, value).adding(20, 3))
  }

  func with(_ name: String, _ values: [Int]) -> Message {
    let packed = values.flatMap { Self.varint(UInt64(bitPattern: Int64($0))) }
    return adding(5, Message().adding(1, name).adding(8, packed).adding(20, 7))
  }

  /// A constant of ONNX, of 64-bit integers or floats.
  static func tensor(_ name: String, _ shape: [Int], _ values: [Int]) -> Message {
    let sizes = shape.reduce(Message()) { $0.adding(1, $1) }
    return values.reduce(sizes.adding(2, 7).adding(8, name)) { $0.adding(7, $1) }
  }

  static func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> Message {
    let sizes = shape.reduce(Message()) { $0.adding(1, $1) }
    let bytes = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32($0))) }
    }
    return sizes.adding(2, 1).adding(8, name).adding(9, bytes)
  }

  /// A float input or output of ONNX, of a batch of two numbers.
  static func value(_ name: String, type: Int = 1) -> Message {
    let shape = Message().adding(1, Message().adding(2, "N")).adding(1, Message().adding(1, 2))
    let tensor = Message().adding(1, type).adding(2, shape)
    return Message().adding(1, name).adding(2, Message().adding(1, tensor))
  }

  /// A model of ONNX with an input x and an output y.
  static func model(
    _ nodes: [Message], constants: [Message] = [], functions: [Message] = [], opset: Int = 20
  ) -> Message {
    var graph = Message()
    for node in nodes { graph.add(1, node.bytes) }
    for constant in constants { graph.add(5, constant.bytes) }
    graph = graph.adding(11, value("x")).adding(12, value("y"))
    var model = Message().adding(1, 10).adding(7, graph)
    model = model.adding(8, Message().adding(1, "").adding(2, opset))
    for function in functions { model = model.adding(25, function) }
    return model
  }
}

/// What PyTorch makes of the fixtures.
struct Expected: Decodable {
  /// In Float64: logits of two images.
  let convolutions: [Double]
  let transformer: [Double]
  let written: [Double]
  /// A parameter whose strides are not its sizes'.
  let turned: [Float]

  static func read() throws -> Expected {
    let bytes = try Scratch.read(path: fixture("expected.json"))
    return try JSONDecoder().decode(Expected.self, from: Data(bytes))
  }
}
