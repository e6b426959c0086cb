// Reading CIFAR-10's binary batches: order, keys, and what is said of broken folders.

import DataSets
import Testing

private func smallFolder() throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  try folder.writeClassNames()
  try folder.writeBatch("data_batch_10.bin", labels: [9])
  try folder.writeBatch("data_batch_2.bin", labels: [3, 4])
  try folder.writeBatch("test_batch.bin", labels: [1, 0, 7])
  return folder
}

private func message(_ text: String) -> String {
  do {
    _ = try DataSource.load(text)
    return "loaded"
  } catch {
    return error.description
  }
}

@Test func batchesComeInNumericOrder() throws {
  let folder = try smallFolder()
  let set = try DataSource.load(folder.path + ":train")
  #expect(set.name == "cifar-10:train")
  #expect(set.keys == ["data_batch_2/00000", "data_batch_2/00001", "data_batch_10/00000"])
  #expect(set.labels == [3, 4, 9])
  #expect(set.shape == ImageShape(channels: 3, height: 32, width: 32))
  #expect(set.classes.map(\.key) == TemporaryFolder.classNames)
  let expected: [UInt8] = (0..<3072).map { UInt8((11 + $0) % 256) }
  #expect(try Array(set.image(1)) == expected)
}

@Test func theFingerprintTellsContentsApart() throws {
  let (folder, twin) = (try smallFolder(), try smallFolder())
  let same = try DataSource.load(twin.path + ":test")
  let set = try DataSource.load(folder.path + ":test")
  #expect(set.fingerprint == same.fingerprint)
  try folder.writeBatch("test_batch.bin", labels: [1, 0, 8])
  #expect(try DataSource.load(folder.path + ":test").fingerprint != set.fingerprint)
  #expect(try DataSource.load(folder.path + ":train").fingerprint != set.fingerprint)
}

@Test func aMissingSplitNamesThoseThereAre() throws {
  let folder = try smallFolder()
  #expect(
    message(folder.path)
      == "\(folder.path): expected a split, found none; write \(folder.path):train or "
      + "\(folder.path):test")
  #expect(message(folder.path + ":valid").hasSuffix("splits train, test, found 'valid'"))
}

@Test func foldersThatAreNoneAreSaidSo() throws {
  let empty = try TemporaryFolder()
  #expect(message(empty.path + ":test").hasSuffix("or folders of images, found an empty folder"))
  #expect(message(empty.path + "/none:test").contains("found no folder"))
  #expect(message("shaeps:test").contains("or shapes, shapes-stylised, npy:FOLDER or FILE.npz"))
}

@Test func truncatedBatchesAreRefused() throws {
  let folder = try smallFolder()
  try folder.write([UInt8](repeating: 1, count: 3072), to: "test_batch.bin")
  #expect(
    message(folder.path + ":test")
      == "\(folder.path)/test_batch.bin: expected records of 3073 bytes, found 3072 bytes; "
      + "the file is cut short or is no CIFAR-10 batch")
  try folder.write([], to: "test_batch.bin")
  #expect(message(folder.path + ":test").contains("found an empty file"))
}

@Test func labelsOutOfRangeAreRefused() throws {
  let folder = try smallFolder()
  try folder.writeBatch("test_batch.bin", labels: [9, 10])
  #expect(
    message(folder.path + ":test")
      == "\(folder.path)/test_batch.bin: expected labels 0 to 9, found 10 in record 1")
}

@Test func classNamesMustBeTen() throws {
  let folder = try smallFolder()
  try folder.write(Array("cat\ndog\n".utf8), to: "batches.meta.txt")
  #expect(message(folder.path + ":test").contains("expected ten different class names"))
}
