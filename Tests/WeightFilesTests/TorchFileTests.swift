// Files that PyTorch wrote (tools/goldens/weight_files.py), in both of its formats.

import Networks
import Testing
import WeightFiles

struct TorchFileTests {
  /// Multiples of 1/4 from `start`/4 on.
  private static func numbers(_ shape: [Int], start: Int) -> Tensor {
    Tensor(
      shape: shape, values: (0..<shape.reduce(1, *)).map { Float(start + $0) / 4 })
  }

  private static let state = [
    "conv.weight": numbers([2, 3, 2, 2], start: 0), "fc.weight": numbers([3, 4], start: -5),
    "fc.bias": numbers([3], start: 9),
  ]

  @Test(arguments: [
    "plain", "plain-legacy", "nested", "nested-legacy", "half", "half-legacy", "bfloat16",
    "bfloat16-legacy", "double", "double-legacy", "views", "views-legacy", "parameters",
    "parameters-legacy", "cuda-legacy", "protocol4",
  ])
  func allHoldTheSameWeights(name: String) throws {
    let file = try WeightFile(decoding: torchFixture(name + ".pth"), path: name)
    #expect(file.tensors == Self.state)
    #expect(file.metadata.isEmpty)
  }

  @Test(arguments: ["integers", "integers-legacy"])
  func otherTypesBecomeFloats(name: String) throws {
    let file = try WeightFile(decoding: torchFixture(name + ".pth"), path: name)
    #expect(
      file.tensors == [
        "int64": Tensor(shape: [2], values: [-1, 1_099_511_627_776]),
        "int32": Tensor(shape: [1], values: [-7]), "int16": Tensor(shape: [1], values: [-300]),
        "int8": Tensor(shape: [1], values: [-3]), "uint8": Tensor(shape: [1], values: [200]),
        "bool": Tensor(shape: [2], values: [1, 0]), "empty": Tensor(shape: [0, 3], values: []),
        "scalar": Tensor(shape: [], values: [2.5]),
        "expanded": Tensor(shape: [3], values: [1.5, 1.5, 1.5]),
      ])
  }

  @Test(arguments: [
    ("complex", "found torch.ComplexFloatStorage"),
    ("module", "asks for torch.nn.modules.linear.Linear, which is no part of a state dict"),
    ("compressed", "stored without compression, as PyTorch does, found compression method 8"),
  ])
  func othersAreRefusedByName(name: String, part: String) throws {
    let bytes = try torchFixture(name + ".pth")
    let error = #expect(throws: WeightFileError.self) { try WeightFile(decoding: bytes, path: "w") }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["", "PK", "not weights at all", "\u{80}\u{2}}.", "PK\u{5}\u{6}"])
  func otherFilesNameTheFormats(text: String) {
    let error = #expect(throws: WeightFileError.self) {
      try WeightFile(decoding: raw(text), path: "notes.txt")
    }
    let start =
      "notes.txt: expected a .safetensors file or PyTorch weights (zip or legacy format), "
    #expect(error?.description.hasPrefix(start) == true)
  }

  /// Views of one storage, and a file on the disk instead of bytes.
  @Test func filesAreReadInPlace() throws {
    let path = try scratchFile(torchFixture("views.pth"))
    defer { remove(path) }
    #expect(try WeightFile.read(path).tensors == Self.state)
    let other = try scratchFile(torchFixture("half-legacy.pth"))
    defer { remove(other) }
    #expect(try WeightFile.read(other).tensors == Self.state)
  }

  @Test(arguments: [
    ("F16", [0x00, 0x3C, 0x01, 0x00] as [UInt8], [1, 0x1p-24] as [Float]),
    ("BF16", [0x80, 0x3F, 0xC0, 0xFF], [1, -Float.nan]),
    ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F], [1.5]),
    ("I64", [254] + Array(repeating: 255, count: 7), [-2]),
    ("I32", [254, 255, 255, 255], [-2]), ("I16", [254, 255], [-2]), ("I8", [254], [-2]),
    ("U8", [254], [254]), ("BOOL", [0, 1], [0, 1]),
  ])
  func safetensorsHoldTheSameTypes(type: String, data: [UInt8], values: [Float]) throws {
    let header = raw(
      "{\"t\":{\"dtype\":\"\(type)\",\"shape\":[\(values.count)],\"data_offsets\":[0,\(data.count)]}}"
    )
    let bytes = little(UInt64(header.count), 8) + header + data
    let tensor = try #require(WeightFile(decoding: bytes, path: "s").tensors["t"])
    #expect(tensor.shape == [values.count])
    #expect(zip(tensor.values, values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
  }
}
