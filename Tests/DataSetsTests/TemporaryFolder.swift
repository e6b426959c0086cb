// A folder of its own for each test, and tiny CIFAR-10 batches in it.

import FoundationEssentials

final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory
      .appending(path: "engram-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(filePath: path + "/" + name))
  }

  static let classNames = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  func writeClassNames() throws {
    try write(
      Array((Self.classNames.joined(separator: "\n") + "\n\n").utf8), to: "batches.meta.txt")
  }

  /// Pixel p of record r is (label + 7 r + p) mod 256.
  func writeBatch(_ name: String, labels: [UInt8]) throws {
    try write(
      labels.enumerated().flatMap { record, label in
        [label] + (0..<3072).map { UInt8((Int(label) + 7 * record + $0) % 256) }
      }, to: name)
  }
}
