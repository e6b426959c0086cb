// PyTorch files for tests: those that PyTorch wrote, and archives and pickles made by hand.

import Foundation
import Networks
import Testing

/// Text as bytes, each scalar one byte.
func raw(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

func little(_ value: UInt64, _ width: Int) -> [UInt8] {
  (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}

func torchFixture(_ name: String) throws -> [UInt8] {
  let folder = try #require(
    Bundle.module.url(forResource: "torch", withExtension: nil, subdirectory: "Fixtures"))
  return Array(try Data(contentsOf: folder.appending(path: name)))
}

func scratchFile(_ bytes: [UInt8]) throws -> String {
  let path = FileManager.default.temporaryDirectory
    .appending(path: "weights-\(UUID().uuidString)").path
  try Data(bytes).write(to: URL(filePath: path))
  return path
}

func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

/// A zip archive without compression, as PyTorch writes it; every number may be made wrong.
struct ArchiveMaker {
  struct Entry {
    var name: String
    var content: [UInt8]
    var method: UInt64 = 0
    var flags: UInt64 = 0
    var offset: UInt64?
    var size: UInt64?
    var extra: [UInt8] = []
  }

  var entries: [Entry]
  var count: UInt64?
  var directoryOffset: UInt64?
  var directorySize: UInt64?
  /// Between the directory and its end.
  var behindDirectory: [UInt8] = []

  init(_ entries: [Entry]) { self.entries = entries }

  /// A state dict of which `pickle` is `data.pkl`.
  init(pickle: [UInt8], storages: [[UInt8]] = [[UInt8](repeating: 0, count: 16)]) {
    entries = [Entry(name: "a/data.pkl", content: pickle)]
    for (key, content) in storages.enumerated() {
      entries.append(Entry(name: "a/data/\(key)", content: content))
    }
  }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for entry in entries {
      let name = Array(entry.name.utf8)
      let size = entry.size ?? UInt64(entry.content.count)
      let shared =
        little(entry.flags, 2) + little(entry.method, 2) + little(0, 8) + little(size, 4)
        + little(size, 4) + little(UInt64(name.count), 2)
      let offset = entry.offset ?? UInt64(file.count)
      file += raw("PK\u{3}\u{4}") + little(20, 2) + shared + little(0, 2) + name + entry.content
      directory += raw("PK\u{1}\u{2}") + little(0, 2) + little(20, 2) + shared
      directory += little(UInt64(entry.extra.count), 2) + little(0, 10) + little(offset, 4)
      directory += name + entry.extra
    }
    let start = directoryOffset ?? UInt64(file.count)
    let total = count ?? UInt64(entries.count)
    return file + directory + behindDirectory + raw("PK\u{5}\u{6}") + little(0, 4)
      + little(total, 2) + little(total, 2)
      + little(directorySize ?? UInt64(directory.count), 4) + little(start, 4) + little(0, 2)
  }
}

/// A pickle of {"w": tensor} whose tensor has one storage "0".
func tensorPickle(
  storage: String = "FloatStorage", count: Int = 4, offset: Int = 0, shape: [Int] = [2, 2],
  strides: [Int] = [2, 1], repeats: Int = 1
) -> [UInt8] {
  func number(_ value: Int) -> String { "L\(value)L\n" }
  func tuple(_ values: [Int]) -> String { "(" + values.map(number).joined() + "t" }
  let tensor =
    "ctorch._utils\n_rebuild_tensor_v2\n((U\u{7}storagectorch\n\(storage)\nU\u{1}0U\u{3}cpu"
    + "\(number(count))tQ\(number(offset))\(tuple(shape))\(tuple(strides))\u{89}NtR"
  let entries = (0..<repeats).map { "U\u{5}w\(String($0 + 1000).suffix(4))" + tensor }.joined()
  return raw("\u{80}\u{2}}(" + entries + "u.")
}
