import Foundation
import NetworkTestSupport
import Networks
import Testing
import WeightFiles

struct WeightFileTests {
  /// A name may hold what moves a terminal's cursor; a message does not.
  @Test func messagesShowNoControlCharacters() throws {
    let name = "\u{1B}[2J\u{7}"
    let escaped = #"\u001b[2J\u0007"#
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return ""
    }
    let headers = [
      #"{"NAME":{"dtype":"F3","shape":[1],"data_offsets":[0,4]}}"#,
      #"{"NAME":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"NAME":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      #"{"NAME":{"NAME":"F32"}}"#, #"{"__metadata__":{"NAME":"","NAME":""}}"#,
    ]
    var messages = headers.map { header in
      let text = Array(header.replacing("NAME", with: escaped).utf8)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
      return message {
        _ = try WeightFile(decoding: length + text + [UInt8](repeating: 0, count: 8), path: "x")
      }
    }
    let network = single(.fullyConnected(FullyConnected(outputs: 1)), over: MapShape(vector: 1))
    messages.append(
      message { try network.load([name: Tensor(shape: [1], values: [0])], path: "x") })
    for message in messages {
      #expect(!message.isEmpty && !message.unicodeScalars.contains { $0.value < 32 }, "\(message)")
    }
  }

  /// Swift takes two spellings of "é" for one name; a tensor that took the other's place would be lost.
  @Test(arguments: [
    #"{"caf\u00e9":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"cafe\u0301":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"__metadata__":{"caf\u00e9":"","cafe\u0301":""}}"#,
  ])
  func alikeNamesAreRefused(header: String) {
    let text = Array(header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    let error = #expect(throws: WeightFileError.self) {
      try WeightFile(decoding: length + text + [UInt8](repeating: 0, count: 8), path: "x")
    }
    #expect(error?.description.contains("whose names differ in their letters, found two") == true)
  }

  @Test func messagesHaveAnEnd() {
    let name = String(repeating: "n", count: 5000)
    let shape = Array(repeating: "1", count: 5000).joined(separator: ",")
    for header in [
      #"{"\#(name)":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
      #"{"a":{"dtype":"F32","shape":[\#(shape)],"data_offsets":[0,5]}}"#,
      #"{"a":{"\#(name)":1}}"#, #"{"\#(name)":1,"\#(name)":1}"#,
    ] {
      let text = Array(header.utf8)
      let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
      let error = #expect(throws: WeightFileError.self) {
        try WeightFile(decoding: length + text + [UInt8](repeating: 0, count: 8), path: "x")
      }
      #expect((error?.description.count ?? 0) < 400, "\(error?.description ?? "")")
    }
  }

  private let file = WeightFile(
    tensors: [
      "b": Tensor(shape: [2, 3], values: [1, -2, 3.5, .infinity, 0, -0.0]),
      "a": Tensor(shape: [], values: [7]), "empty": Tensor(shape: [0, 4], values: []),
    ], metadata: ["note": "tab\t \"quoted\" \\ é 🐟", "architecture": "alexnet-cifar"])

  @Test func readsWhatItWrote() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "weights-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try file.write(path)
    #expect(try WeightFile.read(path) == file)
    var changed = file
    changed.metadata["note"] = "short"
    try changed.write(path)
    #expect(try WeightFile.read(path) == changed)
  }

  @Test func hashesTensorsAndNotMetadata() {
    var other = file
    other.metadata = [:]
    #expect(other.sha256 == file.sha256)
    other.tensors["b"] = Tensor(shape: [3, 2], values: file.tensors["b"]?.values ?? [])
    #expect(other.sha256 != file.sha256)
  }

  @Test func readsEscapesAndSpaces() throws {
    let text =
      #" {"__metadata__" : {"k\u00e9\uD83D\uDC1F\n":"\/\"\\"} , "t":{"shape":[1],"data_offsets":[0,4],"dtype":"F32"}} "#
    let decoded = try WeightFile(decoding: bytes(text, data: [0, 0, 128, 63]), path: "p")
    #expect(decoded.metadata == ["ké🐟\n": "/\"\\"])
    #expect(decoded.tensors == ["t": Tensor(shape: [1], values: [1])])
  }

  static let f32 = #""dtype":"F32","shape":[1],"data_offsets""#
  static let hostile: [(header: String, dataCount: Int, message: String)] = [
    ("", 0, "\"{\""),
    ("{", 0, "the end"),
    ("{}x", 0, "the end"),
    ("{}", 4, "0 bytes of data, found 4"),
    ("[]", 0, "\"{\""),
    (#"{"a":{\#(f32):[0,4]},"a":{\#(f32):[4,8]}}"#, 8, "every name once"),
    (#"{"a":{\#(f32):[0,4]},"b":{\#(f32):[0,4]}}"#, 8, "tensor b to begin at byte 4"),
    (#"{"a":{\#(f32):[4,8]}}"#, 8, "begin at byte 0"),
    (#"{"a":{\#(f32):[0,4]}}"#, 3, "cut short"),
    (#"{"a":{\#(f32):[4,0]}}"#, 4, "expected 4 bytes"),
    (#"{"a":{\#(f32):[0,8]}}"#, 8, "expected 4 bytes"),
    (#"{"a":{\#(f32):[0,99999999999999999999]}}"#, 8, "non-negative integer"),
    (#"{"a":{\#(f32):[-4,0]}}"#, 8, "non-negative integer"),
    (#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#, 8, "found C64"),
    (#"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}}"#, 4, "expected 2 bytes"),
    (#"{"a\nb":{"dtype":"F32","shape":[1]}}"#, 4, "tensor a·b:"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4, "smaller"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "data_offsets"),
    (#"{"a":{"dtype":"F32","other":[1]}}"#, 4, "other"),
    (#"{"a\uD800":{}}"#, 0, "surrogate"),
    (#"{"a\uZZZZ":{}}"#, 0, "hexadecimal"),
    ("{\"a\u{1}\":{}}", 0, "printable"),
    (#"{"a"#, 0, "end of a string"),
    (#"{"a":"#, 0, "the end"),
    (#"{"a\"#, 0, "an escape"),
  ]

  @Test(arguments: hostile.indices)
  func refusesHostileFiles(_ index: Int) throws {
    let (header, dataCount, message) = Self.hostile[index]
    let bytes = bytes(header, data: Array(repeating: 0, count: dataCount))
    let error = #expect(throws: WeightFileError.self) {
      try WeightFile(decoding: bytes, path: "evil.safetensors")
    }
    let text = error?.description ?? ""
    #expect(text.contains(message), "\(text)")
    #expect(text.hasPrefix("evil.safetensors: ") && !text.contains("\n"))
  }

  @Test func refusesEveryTruncation() {
    let whole = file.encoded()
    for count in 0..<whole.count {
      #expect(throws: WeightFileError.self) {
        try WeightFile(decoding: Array(whole[..<count]), path: "cut")
      }
    }
  }

  @Test(arguments: [UInt64.max, 1 << 63, 100_000_001, 3])
  func refusesHeadersThatDoNotFit(_ length: UInt64) {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + [123, 125]
    #expect(throws: WeightFileError.self) { try WeightFile(decoding: bytes, path: "long") }
  }

  @Test func refusesBytesThatAreNoUTF8() {
    var bytes = bytes(#"{"a":{}}"#, data: [])
    bytes[10] = 0xFF
    #expect(throws: WeightFileError.self) { try WeightFile(decoding: bytes, path: "latin") }
  }

  @Test func namesMissingFilesAndDirectories() {
    for path in ["/nowhere/weights.safetensors", "/tmp"] {
      let error = #expect(throws: WeightFileError.self) { try WeightFile.read(path) }
      #expect(error?.description.hasPrefix(path + ": ") == true)
      #expect(throws: WeightFileError.self) { try file.write(path) }
    }
  }

  private func bytes(_ header: String, data: [UInt8]) -> [UInt8] {
    let text = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
  }
}
