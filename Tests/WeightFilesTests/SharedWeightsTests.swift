// Published weights in PyTorch's formats, where they are beside the repository; see README.md
// there.

import Foundation
import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

private let folder = sharedData + "/weights"

@Suite(.enabled(if: FileManager.default.fileExists(atPath: folder)))
struct SharedWeightsTests {
  /// As published, with CUDA storages and DataParallel's names, and as it is written today.
  @Test func bothFormatsHoldTheSameNetwork() throws {
    let old = try WeightFile.read(folder + "/resnet20-cifar10-legacy.th")
    let new = try WeightFile.read(folder + "/resnet20-cifar10.pth")
    #expect(old.tensors.count > 90 && old.tensors["conv1.weight"]?.shape == [16, 3, 3, 3])
    #expect(old.sha256 == new.sha256)
  }

  @Test(arguments: ["untrained", "best", "overtrained", "random"])
  func trainedNetworksLoad(state: String) throws {
    let path = folder + "/alexnet-cifar-\(state).pth"
    let file = try WeightFile.read(path)
    #expect(
      try difference(Network(file, path: path, architecture: .alexNetCIFAR).tensors, file.tensors)
        == nil)
  }

  @Test func squeezeNetHas52Tensors() throws {
    let file = try WeightFile.read(folder + "/squeezenet1_1-bgr.pth")
    #expect(file.tensors.count == 52)
    #expect(file.tensors["features.0.weight"]?.shape == [64, 3, 3, 3])
  }
}
