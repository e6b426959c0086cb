// Published data sets that are cut short, changed or made to harm: one line, never a trap.

import DataSets
import Foundation
import Testing

func publishedMessage(_ text: String) -> String {
  do {
    _ = try DataSource.load(text)
    return "loaded"
  } catch {
    return error.description
  }
}

/// A copy of a fixture, without the folder's path in messages.
struct PublishedCopy {
  let scratch = try? TemporaryFolder()
  let path: String

  init(_ fixture: String) throws {
    path = (scratch?.path ?? "") + "/" + (fixture.split(separator: "/").last ?? "")
    try FileManager.default.copyItem(atPath: publishedFixtures + "/" + fixture, toPath: path)
  }

  func message(_ rest: String, form: String = "") -> String {
    publishedMessage(form + path + rest).replacing(path, with: "DIR")
  }

  func read(_ file: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path + "/" + file)))
  }

  func write(_ bytes: [UInt8], to file: String) throws {
    try Data(bytes).write(to: URL(filePath: path + "/" + file))
  }

  func remove(_ file: String) throws {
    try FileManager.default.removeItem(atPath: path + "/" + file)
  }
}

/// What lies in a mapped file and is cut off while it is used would end the program where it is read.
@Test func filesThatAreCutShortMeanwhileAreSaidSo() throws {
  for (folder, text, file) in [
    ("CIFAR-10-C", ":gaussian_noise:5", "gaussian_noise.npy"),
    ("stl", ":train", "stl10_binary/train_X.bin"), ("svhn", ":test", "test_32x32.mat"),
    ("root/MNIST", ":test", "raw/t10k-images-idx3-ubyte"),
    ("archives", "/medmnist.npz:test", "medmnist.npz"),
  ] {
    let copy = try PublishedCopy(folder)
    let set = try DataSource.load(copy.path + text)
    let whole = try copy.read(file)
    let handle = try FileHandle(forWritingTo: URL(filePath: copy.path + "/" + file))
    try handle.truncate(atOffset: 100)
    let error = #expect(throws: DataSetError.self) { try set.image(1) }
    #expect(
      error?.description.hasSuffix(
        "\(file): expected \(whole.count) bytes, as before, found 100; the file was cut short while it was read"
      ) == true, "\(String(describing: error))")
  }
}

@Test func pipesAreNotWaitedFor() throws {
  let copy = try PublishedCopy("svhn")
  try copy.remove("test_32x32.mat")
  try #require(mkfifo(copy.path + "/test_32x32.mat", 0o600) == 0)
  #expect(copy.message(":test") == "DIR/test_32x32.mat: expected a file, found a folder or device")
}

private struct Hostile: Sendable, CustomTestStringConvertible {
  let folder: String
  let text: String
  let file: String
  var form = ""
  var testDescription: String { file }
}

private let hostile = [
  Hostile(folder: "CIFAR-10-C", text: ":gaussian_noise:2", file: "gaussian_noise.npy"),
  Hostile(folder: "CIFAR-10-C", text: ":gaussian_noise:2", file: "labels.npy"),
  Hostile(folder: "cifar-10.1", text: ":v4", file: "cifar10.1_v4_data.npy"),
  Hostile(folder: "svhn", text: ":train", file: "train_32x32.mat"),
  Hostile(folder: "svhn", text: ":test", file: "test_32x32.mat"),
  Hostile(folder: "stl", text: ":train", file: "stl10_binary/train_X.bin"),
  Hostile(
    folder: "emnist-gzip", text: ":letters:test", file: "emnist-letters-test-images-idx3-ubyte.gz"),
  Hostile(folder: "kmnist-arrays", text: ":test", file: "kmnist-test-imgs.npz"),
  Hostile(folder: "archives", text: "/medmnist.npz:test", file: "medmnist.npz"),
  Hostile(folder: "archives", text: "/keras.npz:test", file: "keras.npz"),
  Hostile(folder: "arrays/unit-float32", text: "", file: "images.npy", form: "npy:"),
  Hostile(folder: "arrays/one-hot-f4", text: "", file: "labels.npy", form: "npy:"),
  Hostile(folder: "protocol-0", text: ":test", file: "cifar-10-batches-py/test_batch"),
  Hostile(folder: "protocol-5", text: ":test", file: "cifar-10-batches-py/test_batch"),
]

@Test(arguments: hostile)
private func truncatedFilesAreRefusedInALine(case: Hostile) throws {
  let copy = try PublishedCopy(`case`.folder)
  let whole = try copy.read(`case`.file)
  let steps =
    Array(0..<min(200, whole.count))
    + Array(stride(from: 200, to: whole.count, by: max(1, whole.count / 40)))
  for count in steps + [whole.count - 1] {
    try copy.write(Array(whole[..<count]), to: `case`.file)
    let text = copy.message(`case`.text, form: `case`.form)
    #expect(
      text.hasPrefix("DIR") && !text.contains("\n") && text.utf8.count < 600, "\(count): \(text)")
  }
}

@Test(arguments: hostile)
private func changedFilesNeverTrap(case: Hostile) throws {
  let copy = try PublishedCopy(`case`.folder)
  let whole = try copy.read(`case`.file)
  var state: UInt64 = 11
  func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % bound
  }
  for round in 0..<150 {
    var bytes = whole
    for _ in 0..<1 + next(3) {
      // Headers, and what stands at the end of an archive, are more telling than pixels.
      let place = [
        next(min(300, whole.count)), whole.count - 1 - next(min(300, whole.count)),
        next(whole.count),
      ][next(3)]
      bytes[place] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(next(256))][next(6)]
    }
    try copy.write(bytes, to: `case`.file)
    let text = copy.message(`case`.text, form: `case`.form)
    #expect(!text.contains("\n") && text.utf8.count < 1000, "\(round): \(text)")
  }
}
