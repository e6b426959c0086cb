// Published weights on the data they were published for, where that data lies beside the project.

import DataSets
import Foundation
import NetworkTestSupport
import Networks
import TestSupport
import Testing
import WeightFiles

private let data = sharedData

private let isPresent = FileManager.default.fileExists(
  atPath: "\(data)/weights/resnet20-cifar10.pth")

@Suite(.enabled(if: isPresent, "needs \(data)"))
struct RealWeightsTests {
  /// 91.73 % of CIFAR-10's test batch, and the logits that PyTorch gave.
  @Test func resNet20ReproducesItsPublishedAccuracy() throws {
    let set = try DataSource.load("\(data)/cifar-10-batches-bin:test")
    let expected = try npyFloats("\(data)/weights/resnet20-cifar10-test-logits.npy")
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    let source: SampleSource = { position, sample in
      for (i, byte) in ((try? set.image(position)) ?? []).enumerated() {
        sample[i] = (Float(byte) / 255 - mean[i / 1024]) / deviation[i / 1024]
      }
    }
    let architecture = try Architecture.named("resnet20-cifar")
    var logits: [[Float]] = []
    for file in ["resnet20-cifar10.pth", "resnet20-cifar10-legacy.th"] {
      let path = "\(data)/weights/\(file)"
      let network = try Network(
        WeightFile.read(path), path: path, architecture: architecture)
      logits.append(network.forward(count: set.count, source: source).logits)
      let labels = set.labels.compactMap(\.self)
      #expect(network.evaluate(labels: labels, source: source).correct == 9173)
    }
    #expect(difference(logits[0], logits[1]) == nil)
    let error = relativeError(logits[0], expected)
    #expect(error < 1e-4, "\(error)")
  }
}

/// The values of an array file of little-endian Float32.
private func npyFloats(_ path: String) throws -> [Float] {
  let bytes = try Data(contentsOf: URL(filePath: path))
  let header = Int(bytes[8]) | Int(bytes[9]) << 8
  let body = bytes.dropFirst(10 + header)
  return stride(from: body.startIndex, to: body.endIndex, by: 4).map { at in
    Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(body[at + $1]) << (8 * UInt32($1)) })
  }
}
