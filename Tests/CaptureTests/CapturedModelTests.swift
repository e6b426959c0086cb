// A model's name: that of its weight file without its extension.

import Capture
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
}
