// Model files cut short, changed and made to mislead: an error in one line, or a model; never a trap, never memory by the
// word of the file.

import ModelFiles
import TestSupport
import Testing

struct HostileModelTests {
  private static let small = [
    "old.onnx", "tensors.onnx", "functions.onnx", "convolutions.legacy.onnx",
  ]

  @Test(arguments: small)
  func everyTruncationIsRefused(name: String) throws {
    let whole = try Scratch.read(path: fixture(name))
    // Between two fields behind the graph a file may end: what these say may be left out.
    var models = 0
    for count in 0..<whole.count {
      if let said = refusal(Array(whole[..<count])) {
        #expect(said.hasPrefix("model: ") && !said.contains("\n"))
      } else {
        models += 1
      }
    }
    #expect(models < 6)
  }

  @Test func everyTruncationOfAnArchiveIsRefused() throws {
    let whole = try Scratch.read(path: fixture("convolutions.pt2"))
    for count in stride(from: 0, to: whole.count, by: 7) {
      #expect(refusal(Array(whole[..<count])) != nil, "\(count) of \(whole.count) bytes")
    }
  }

  @Test(arguments: modelFixtures)
  func changedBytesNeverTrap(name: String) throws {
    let whole = try Scratch.read(path: fixture(name))
    var state = UInt64(whole.count)
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    for round in 0..<300 {
      var bytes = whole
      for _ in 0...round % 4 {
        let extremes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(next(256))]
        bytes[next(bytes.count)] = extremes[next(extremes.count)]
      }
      #expect(isOneLine(bytes), "round \(round)")
    }
  }

  @Test(arguments: small)
  func movedBytesNeverTrap(name: String) throws {
    let whole = try Scratch.read(path: fixture(name))
    for position in stride(from: 0, to: whole.count, by: 3) {
      var bytes = whole
      bytes.remove(at: position)
      #expect(isOneLine(bytes))
      bytes = whole
      bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0x7F], at: position)
      #expect(isOneLine(bytes))
    }
  }

  @Test func lengthsAreCheckedAgainstWhatIsLeft() {
    for length in [1 << 31, UInt64(Int.max), UInt64.max] {
      let graph = Message().adding(1, [1, 2, 3], length: length)
      let said = refusal(Message().adding(1, 10).adding(7, graph).bytes)
      #expect(said?.contains("within its message") == true)
    }
    // Elements that no file has, of a tensor with its numbers one by one, raw and elsewhere.
    let large = Message().adding(1, 1 << 40).adding(2, 1).adding(8, "w")
    for constant in [large, large.adding(4, [0, 0, 0, 0]), large.adding(9, [0, 0, 0, 0])] {
      let model = Message.model([.node("Add", ["x", "w"], ["y"])], constants: [constant])
      #expect(refusal(model.bytes)?.contains("w") == true)
    }
    let endless = large.adding(1, 1 << 40)
    #expect(
      refusal(Message.model([.node("Add", ["x", "w"], ["y"])], constants: [endless]).bytes)?
        .contains("product") == true)
  }

  @Test func repeatedFieldsAreBounded() {
    let axes = (0..<1000).reduce(Message().adding(2, 1).adding(8, "w")) { made, _ in
      made.adding(1, 1)
    }
    let model = Message.model([.node("Add", ["x", "w"], ["y"])], constants: [axes])
    #expect(refusal(model.bytes)?.contains("64 axes") == true)
    // A node of two bytes, a million times.
    let nodes = [[UInt8]](repeating: [0x0A, 0], count: 1_100_000).flatMap { $0 }
    #expect(refusal(Message().adding(1, 10).adding(7, nodes).bytes)?.contains("524288") == true)
  }

  @Test func functionsThatCallEachOtherAreRefused() {
    func function(_ name: String, calling others: [String]) -> Message {
      var made = Message().adding(1, name).adding(4, "a").adding(5, "b").adding(10, "own")
      for (index, other) in others.enumerated() {
        let output = index == others.count - 1 ? "b" : "t\(index)"
        made = made.adding(
          7, Message.node(other, [index == 0 ? "a" : "t\(index - 1)"], [output], domain: "own"))
      }
      return made
    }
    let call = Message.node("f", ["x"], ["y"], domain: "own")
    let circle = [function("f", calling: ["g"]), function("g", calling: ["f"])]
    #expect(
      refusal(Message.model([call], functions: circle).bytes)?.contains("call themselves") == true)
    // Twice as many nodes at every level.
    let doubling = (0..<30).map {
      function($0 == 0 ? "f" : "f\($0)", calling: ["f\($0 + 1)", "f\($0 + 1)"])
    }
    #expect(refusal(Message.model([call], functions: doubling).bytes)?.contains("at most") == true)
  }

  @Test func circlesAndStrangersAreRefused() {
    func said(_ nodes: [Message]) -> String { refusal(Message.model(nodes).bytes) ?? "" }
    #expect(
      said([.node("Add", ["x", "b"], ["a"]), .node("Add", ["x", "a"], ["b"])]).contains("circle"))
    #expect(said([.node("Add", ["x", "nobody"], ["y"])]).contains("nobody"))
    #expect(said([.node("Relu", ["x"], ["y"]), .node("Relu", ["x"], ["y"])]).contains("once"))
    #expect(said([.node("Relu", ["x"], ["x"])]).contains("once"))
    #expect(said([.node("Relu", ["x"], ["z"])]).contains("output y"))
    // A chain as long as a file allows is no recursion.
    let chain = (0..<100_000).reversed().map {
      Message.node("Relu", [$0 == 0 ? "x" : "\($0)"], [$0 == 99_999 ? "y" : "\($0 + 1)"])
    }
    #expect(said(chain) == "")
  }

  @Test func dataOutsideTheFolderIsRefused() throws {
    let scratch = try Scratch()
    _ = try scratch.write([UInt8](repeating: 0, count: 8), to: "weights")
    func said(_ entries: [(String, String)]) throws -> String? {
      var tensor = Message().adding(1, 2).adding(2, 1).adding(8, "w").adding(14, 1)
      for (key, value) in entries {
        tensor = tensor.adding(13, Message().adding(1, key).adding(2, value))
      }
      let model = Message.model([.node("Add", ["x", "w"], ["y"])], constants: [tensor])
      let path = try scratch.write(model.bytes, to: "model.onnx")
      return refusal(model.bytes, path: path)
    }
    #expect(try said([("location", "weights")]) == nil)
    #expect(try said([("location", "weights"), ("offset", "0"), ("length", "8")]) == nil)
    for place in ["../weights", "/etc/passwd", "a/../../weights", "a//b", "..", "a\\b"] {
      #expect(try said([("location", place)])?.contains("own folder") == true, "\(place)")
    }
    #expect(try said([("location", "missing")])?.contains("belongs beside it") == true)
    #expect(
      try said([("location", "weights"), ("offset", "1")])?.contains("8 bytes in all") == true)
    #expect(try said([("location", "weights"), ("offset", "-1")])?.contains("place") == true)
    #expect(try said([("location", "weights"), ("length", "4")])?.contains("8 bytes") == true)
    #expect(try said([("location", "weights"), ("offset", "9223372036854775807")]) != nil)
    #expect(try said([])?.contains("no name") == true)
  }

  @Test func typesThatAreNoneOfOursAreNamed() {
    for (type, name) in [(4, "UINT16"), (12, "UINT32"), (22, "INT4"), (8, "STRING"), (99, "99")] {
      let tensor = Message().adding(1, 1).adding(2, type).adding(8, "w").adding(9, [0, 0])
      let model = Message.model([.node("Add", ["x", "w"], ["y"])], constants: [tensor])
      #expect(refusal(model.bytes)?.contains(name) == true)
    }
  }

  @Test func operatorSetsThatAreNotKnownAreRefused() {
    for opset in [1, 6, 99] {
      let said = refusal(Message.model([.node("Relu", ["x"], ["y"])], opset: opset).bytes)
      #expect(
        said?.contains("operator set 7 to") == true && said?.contains("torch.onnx.export") == true)
    }
  }
}
