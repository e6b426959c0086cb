// MNIST's IDX files: what is read, compressed or not, and what is said of broken ones.

import DataSets
import Foundation
import TestSupport
import Testing

private func array(_ sizes: [Int], _ elements: [UInt8]) -> [UInt8] {
  let header = sizes.flatMap { size in (0..<4).map { UInt8(size >> (24 - 8 * $0) & 255) } }
  return [0, 0, 8, UInt8(sizes.count)] + header + elements
}

/// gzip with one stored block.
private func compressed(_ bytes: [UInt8]) -> [UInt8] {
  var checksum: UInt32 = ~0
  for byte in bytes {
    checksum ^= UInt32(byte)
    for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 0 ? 0 : 0xEDB8_8320) }
  }
  func little(_ value: UInt32, _ width: UInt32) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  let count = UInt32(bytes.count)
  return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1] + little(count, 2) + little(~count, 2) + bytes
    + little(~checksum, 4) + little(count, 4)
}

private let images = array([2, 2, 3], Array(1...12))
private let labels = array([2], [7, 0])

private func message(_ folder: TemporaryFolder) -> String {
  do {
    _ = try DataSource.load(folder.path + ":test")
    return "loaded"
  } catch {
    return error.description.replacing(folder.path + "/", with: "")
  }
}

@Test func greyImagesHaveThreeEqualChannels() throws {
  let plain = try TemporaryFolder()
  try plain.write(images, to: "t10k-images-idx3-ubyte")
  try plain.write(labels, to: "t10k-labels-idx1-ubyte")
  let zipped = try TemporaryFolder()
  try zipped.write(compressed(images), to: "t10k-images.idx3-ubyte.gz")
  try zipped.write(compressed(labels), to: "t10k-labels-idx1-ubyte.gz")
  let set = try DataSource.load(plain.path + ":test")
  #expect(set.name == "idx:test" && set.labels == [7, 0])
  #expect(set.shape == ImageShape(channels: 3, height: 2, width: 3))
  #expect(
    set.keys == ["t10k/00000", "t10k/00001"] && set.classes.map(\.key) == (0...9).map(String.init))
  #expect(try Array(set.image(1)) == (0..<3).flatMap { _ in [UInt8](7...12) })
  #expect(try DataSource.load("idx:\(zipped.path):test").fingerprint == set.fingerprint)
  #expect(try DataSource("idx:\(zipped.path)").splits() == ["test"])
  #expect(try DataSource("idx:\(plain.path):train").with(split: "test").load().count == 2)
}

@Test func foldersWithoutTheFilesAreSaidSo() throws {
  let empty = try TemporaryFolder()
  let error = #expect(throws: DataSetError.self) { try DataSource.load("idx:\(empty.path):test") }
  #expect(error?.description.contains("t10k-images-idx3-ubyte") == true)
  try empty.write(images, to: "t10k-images-idx3-ubyte")
  #expect(message(empty).hasPrefix("t10k-labels-idx1-ubyte: expected a readable file"))
}

@Test(
  arguments: [
    ([], "found 0 bytes"), (Array("text, not an array".utf8), "found other first bytes"),
    (array([2], [1, 2]), "found 10 bytes"),
    (array([2, 2, 2, 3], Array(1...24)), "found other first"),
    (
      array([2, 2, 4], Array(1...12)), "expected 16 bytes of elements for shape [2, 2, 4], found 12"
    ),
    (
      array([2, 2, 3], Array(1...13)),
      "expected 12 bytes of elements for shape [2, 2, 3], found more"
    ),
    (array([0, 2, 3], []), "expected images, found the shape [0, 2, 3]"),
    (array([-1, -1, -1], []), "a shape that fits a file"),
    (array([1, 2, 3], Array(1...6)), "expected 1 labels, one an image, found 2"),
  ] as [([UInt8], String)])
func brokenArraysAreRefused(bytes: [UInt8], part: String) throws {
  let folder = try TemporaryFolder()
  try folder.write(labels, to: "t10k-labels-idx1-ubyte")
  for name in ["t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte.gz"] {
    try folder.write(name.hasSuffix("gz") ? compressed(bytes) : bytes, to: name)
    #expect(message(folder).contains(part), "\(message(folder))")
    try FileManager.default.removeItem(atPath: folder.path + "/" + name)
  }
}

@Test func truncatedAndDamagedFilesAreRefused() throws {
  let folder = try TemporaryFolder()
  try folder.write(labels, to: "t10k-labels-idx1-ubyte")
  for (whole, end) in [(images, ""), (compressed(images), ".gz")] {
    let name = "t10k-images-idx3-ubyte" + end
    for count in 0..<whole.count {
      try folder.write(Array(whole[..<count]), to: name)
      #expect(message(folder).hasPrefix(name + ": expected "), "\(count)")
    }
    var damaged = whole
    damaged[end.isEmpty ? 3 : 35] ^= 1
    try folder.write(damaged, to: name)
    #expect(message(folder).hasPrefix(name + ": expected "))
    try FileManager.default.removeItem(atPath: folder.path + "/" + name)
  }
  try folder.write(images, to: "t10k-images-idx3-ubyte")
  try folder.write(array([2], [7, 10]), to: "t10k-labels-idx1-ubyte")
  #expect(message(folder).hasSuffix("expected labels 0 to 9, found 10 at position 1"))
}

private let shared = sharedData + "/mnist"

@Test(.enabled(if: FileManager.default.fileExists(atPath: shared)))
func publishedMNISTIsRead() throws {
  let set = try DataSource.load(shared + ":test")
  #expect(set.count == 10_000 && set.shape == ImageShape(channels: 3, height: 28, width: 28))
  #expect(set.labels.prefix(5) == [7, 2, 1, 0, 4])
}
