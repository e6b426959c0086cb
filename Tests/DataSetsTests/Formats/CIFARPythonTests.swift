// CIFAR-10's Python version and both forms of CIFAR-100 (fixtures: tools/goldens/python_batches.py).

import DataSets
import Foundation
import Testing

private func fixture(_ name: String) throws -> [UInt8] {
  let folder = try #require(
    Bundle.module.url(forResource: "python", withExtension: nil, subdirectory: "Fixtures"))
  return Array(try Data(contentsOf: folder.appending(path: name)))
}

private func message(_ folder: TemporaryFolder) -> String {
  do {
    _ = try DataSource.load(folder.path + ":test")
    return "loaded"
  } catch {
    return error.description.replacing(folder.path + "/", with: "")
  }
}

private func pythonFolder(_ batch: [UInt8]) throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  try folder.write(batch, to: "test_batch")
  try folder.write(fixture("batches.meta"), to: "batches.meta")
  return folder
}

@Test(arguments: ["batch", "batch-2", "batch-4"])
func pythonBatchesAreTheBinaryOnes(name: String) throws {
  let binary = try TemporaryFolder()
  try binary.writeClassNames()
  try binary.writeBatch("test_batch.bin", labels: [1, 0, 7])
  let folder = try pythonFolder(try fixture(name))
  let set = try DataSource.load(folder.path + ":test")
  #expect(set.name == "cifar-10:test" && set.labels == [1, 0, 7])
  #expect(set.fingerprint == (try DataSource.load(binary.path + ":test")).fingerprint)
  try folder.write(try fixture(name), to: "data_batch_2")
  try folder.write(try fixture(name), to: "data_batch_10")
  let train = try DataSource.load(folder.path + ":train")
  #expect(train.keys.map { $0.prefix(13) }.last == "data_batch_10" && train.count == 6)
}

@Test func bothFormsOfCIFAR100Agree() throws {
  let python = try TemporaryFolder()
  try python.write(fixture("hundred"), to: "test")
  try python.write(fixture("meta"), to: "meta")
  let binary = try TemporaryFolder()
  try binary.write(
    Array((0..<100).map { "class\($0)\n" }.joined().utf8), to: "fine_label_names.txt")
  var records: [UInt8] = []
  for (record, labels) in [[3, 99], [4, 0]].enumerated() {
    records += labels.map(UInt8.init)
    for pixel in 0..<3072 { records.append(UInt8((labels[1] + 7 * record + pixel) % 256)) }
  }
  try binary.write(records, to: "test.bin")
  let sets = try [python, binary].map { try DataSource.load($0.path + ":test") }
  #expect(sets[0].labels == [99, 0] && sets[0].keys == ["test/00000", "test/00001"])
  #expect(sets[0].classes[99].key == "class99" && sets[0].name == "cifar-100:test")
  #expect(sets[0].fingerprint == sets[1].fingerprint && sets[1].name == sets[0].name)
  #expect(try DataSource(binary.path).splits() == ["test"])
  try binary.write(Array(repeating: 0, count: 3073), to: "test.bin")
  #expect(message(binary).hasPrefix("test.bin: expected records of 3074 bytes, found 3073"))
}

@Test func truncatedPicklesAreRefusedInALine() throws {
  let whole = try fixture("batch")
  let folder = try pythonFolder(whole)
  for count in Array(0..<300) + Array(stride(from: 300, to: whole.count, by: 97)) {
    try folder.write(Array(whole[..<count]), to: "test_batch")
    let text = message(folder)
    #expect(text.hasPrefix("test_batch: ") && !text.contains("\n"), "\(count): \(text)")
  }
}

@Test func changedPicklesNeverTrap() throws {
  let whole = try fixture("batch")
  let folder = try pythonFolder(whole)
  var state: UInt64 = 5
  func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
  var refused = 0
  for _ in 0..<500 {
    var bytes = whole
    // The pixels, which may be anything, are behind the first 230 bytes.
    bytes[next(230)] = [0, 1, 0x7F, 0xFF, UInt8(next(256))][next(5)]
    try folder.write(bytes, to: "test_batch")
    let text = message(folder)
    #expect(!text.contains("\n"))
    if text != "loaded" { refused += 1 }
  }
  #expect(refused > 100)
}

@Test(arguments: [
  (
    "_reconstruct", "_otherwise__", "asks for numpy.core.multiarray._otherwise__, which is no NumPy"
  ),
  ("cnumpy\nndarray", "cnumpy\nmemmap_", "asks for numpy.core.multiarray._reconstruct"),
  ("cnumpy\ndtype", "cnumpy\nother", "expected a numpy.dtype, found a call of numpy.other"),
  ("U\u{2}u1", "U\u{2}u2", "expected 18432 bytes"), ("U\u{2}u1", "U\u{2}V1", "found V1"),
  ("U\u{6}labels", "U\u{6}lapels", "expected an entry 'labels', found only batch_label, lapels"),
  ("K\u{1}K\u{0}K\u{7}e", "K\u{1}K\u{A}K\u{7}e", "expected labels 0 to 9, found 10 in record 1"),
  ("M\u{3}\u{0}M", "M\u{2}\u{0}M", "expected 6144 bytes for shape [2, 3072], found 9216"),
])
func otherPicklesAreRefusedByName(old: String, new: String, part: String) throws {
  let text = String(String.UnicodeScalarView(try fixture("batch").map { UnicodeScalar($0) }))
  let changed = text.replacing(old, with: new).unicodeScalars.map { UInt8($0.value) }
  let folder = try pythonFolder(changed)
  #expect(message(folder).hasPrefix("test_batch: "))
  #expect(message(folder).contains(part), "\(message(folder))")
}
