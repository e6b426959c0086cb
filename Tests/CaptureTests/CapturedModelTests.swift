// A model's name, that of its weight file without its extension; and weights as people have them, which are the plain
// file's with a line for every choice.

import Capture
import DataSets
import Foundation
import Networks
import Testing
import WeightFiles

struct CapturedModelTests {
  @Test(arguments: ["best.safetensors", "best.pth", "best.pt", "best.th", "best"])
  func namesHaveNoExtension(file: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "model-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: file).path
    try Network(.alexNetCIFAR, seed: 1).weightFile().write(path)
    let model = try CapturedModel(architecture: .alexNetCIFAR, weights: path, name: nil)
    #expect(model.name == "best")
  }

  private static let plain = Network(.alexNetCIFAR, seed: 1).weightFile()

  /// Over generated images; `reference` is a file of the folder, or one with a dictionary.
  private func input(
    _ files: [String: [String: Tensor]], _ reference: String, preprocessing: String? = nil
  ) throws -> CaptureInput {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "model-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, tensors) in files {
      try WeightFile(tensors: tensors).write(folder.appending(path: name).path)
    }
    return try CaptureInput(
      model: "alexnet-cifar", weights: folder.appending(path: reference).path,
      modelName: nil, state: nil, data: "shapes:test:2",
      preprocessing: preprocessing.map { try Preprocessing(parsing: $0) }, needsLayers: true)
  }

  private func prefixed(_ prefix: String, _ file: WeightFile = plain) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: file.tensors.map { (prefix + $0.key, $0.value) })
  }

  @Test func aDictionaryIsNamedBehindTheFile() throws {
    let other = Network(.alexNetCIFAR, seed: 2).weightFile()
    let tensors = prefixed("net.").merging(prefixed("ema.", other)) { first, _ in first }
    let usual = try input(["a.safetensors": tensors], "a.safetensors")
    let chosen = try input(["a.safetensors": tensors], "a.safetensors:ema")
    #expect(chosen.model.name == "a-ema" && chosen.model.weightsHash == other.sha256)
    #expect(usual.model.name == "a" && usual.model.weightsHash == Self.plain.sha256)
    #expect(
      usual.notes.contains { $0.hasSuffix("also fits: ema; --weights FILE:KEY takes such a one") })
    #expect(chosen.notes.contains { $0.hasSuffix("a.safetensors: took names without ema.") })
  }

  /// What does not fit is said of the part that was taken.
  @Test func faultsNameTheDictionary() {
    var tensors = prefixed("module.")
    tensors["module.fc2.bias"] = nil
    tensors["module.head"] = Tensor(shape: [1], values: [0])
    let error = #expect(throws: NetworkError.self) {
      try input(["a.safetensors": tensors], "a.safetensors")
    }
    #expect(
      error?.description.hasSuffix(
        "a.safetensors:module: expected the parameters of alexnet-cifar, found: fc2.bias is missing; "
          + "head is unexpected.") == true, "\(error?.description ?? "")")
  }

  /// Of the robustness library: used where the user does not say otherwise, and told either way.
  @Test func theFilesOwnNormalisationIsUsed() throws {
    var tensors = prefixed("module.model.")
    tensors["module.normalizer.new_mean"] = Tensor(shape: [3, 1, 1], values: [0.5, 0.25, 0.125])
    tensors["module.normalizer.new_std"] = Tensor(shape: [3, 1, 1], values: [0.25, 0.5, 0.75])
    let own = try input(["a.safetensors": tensors], "a.safetensors")
    let text = "crop=28,mean=0.5/0.25/0.125,std=0.25/0.5/0.75"
    #expect(own.preprocessing == (try Preprocessing(parsing: text)))
    #expect(own.notes.contains { $0.hasSuffix("; images are prepared so") })
    let other = try input(
      ["a.safetensors": tensors], "a.safetensors", preprocessing: "crop=28,standardise")
    #expect(other.preprocessing == (try Preprocessing(parsing: "crop=28,standardise")))
    #expect(other.notes.contains { $0.hasSuffix("is used instead") }, "\(other.notes)")
  }
}
