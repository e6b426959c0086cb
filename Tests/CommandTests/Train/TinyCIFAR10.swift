// A folder like CIFAR-10's binary version, with twenty images a batch.

import Foundation

enum TinyCIFAR10 {
  static let classes = [
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
  ]

  /// Labels go round from 0 to 9; pixels come from a little linear generator.
  static func write(to directory: String) throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let names = classes.map { $0 + "\n" }.joined() + "\n"
    try CommandTests.write(names.utf8, to: directory + "/batches.meta.txt")
    var state: UInt32 = 1
    for file in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      var records: [UInt8] = []
      for record in 0..<20 {
        records.append(UInt8(record % 10))
        for _ in 0..<3072 {
          state = state &* 1_664_525 &+ 1_013_904_223
          records.append(UInt8(state >> 24))
        }
      }
      try CommandTests.write(records, to: directory + "/" + file)
    }
  }
}
