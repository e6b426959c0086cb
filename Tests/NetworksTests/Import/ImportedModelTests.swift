import Foundation
import Networks
import TestSupport
import Testing

/// Small networks as PyTorch exports them, in all forms, against PyTorch's own logits (tools/goldens/model_files.py).
@Suite struct ImportedModelTests {
  private struct Expected: Decodable {
    let input: [Float]
    let convolutions: [Float]
    let transformer: [Float]
    let written: [Float]
    let operators: [Float]
  }

  private static func fixture(_ name: String) -> String {
    packageDirectory() + "/Tests/ModelFilesTests/Fixtures/" + name
  }

  private let expected: Expected

  init() throws {
    expected = try JSONDecoder().decode(
      Expected.self, from: Data(contentsOf: URL(filePath: Self.fixture("expected.json"))))
  }

  @Test(arguments: [
    "convolutions.pt2", "convolutions.decomposed.pt2", "convolutions.dynamo.onnx",
    "convolutions.external.onnx", "convolutions.legacy.onnx", "transformer.pt2",
    "transformer.decomposed.pt2", "transformer.dynamo.onnx", "transformer.external.onnx",
    "transformer.legacy.onnx", "written.pt2", "operators.pt2", "operators.decomposed.pt2",
  ])
  func logitsArePyTorchs(name: String) throws {
    let network = try Network(ImportedModel(path: Self.fixture(name)))
    let logits =
      switch name.prefix(while: { $0 != "." }) {
      case "written": expected.written
      case "operators": expected.operators
      case "transformer": expected.transformer
      default: expected.convolutions
      }
    let result = network.forward(expected.input, count: 2)
    #expect(result.logits.count == logits.count)
    let largest = logits.reduce(0) { max($0, abs($1)) }
    for (own, other) in zip(result.logits, logits) { #expect(abs(own - other) < 1e-5 * largest) }
  }

  @Test func layersHaveTheirModulesNames() throws {
    let names = try Network(ImportedModel(path: Self.fixture("transformer.pt2"))).parameterNames
    for name in ["patches.weight", "token", "positions", "norm1.weight", "attn.qkv.bias"] {
      #expect(names.contains(name), "\(names)")
    }
  }

  @Test func aBatchThatIsBakedInIsRefused() {
    let error = #expect(throws: NetworkError.self) {
      try ImportedModel(path: Self.fixture("fixed.pt2"))
    }
    #expect(error?.description.contains("dynamic_shapes") == true)
  }
}
