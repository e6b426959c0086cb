// What is said of published data sets that are incomplete, broken, ambiguous or harmful, and of names that mean none.

import DataSets
import Foundation
import TestSupport
import Testing

private let array = Array("\u{93}NUMPY".unicodeScalars.map { UInt8($0.value) })

private func npy(_ element: String, _ shape: String, _ bytes: [UInt8]) -> [UInt8] {
  let header = "{'descr': '\(element)', 'fortran_order': False, 'shape': \(shape), }\n"
  return array + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8) + bytes
}

// MARK: Names

@Test func corruptionsAndSeveritiesAreListed() throws {
  let copy = try PublishedCopy("CIFAR-10-C")
  #expect(
    copy.message("")
      == "DIR: expected a corruption and a severity from 1 to 5, found none; write DIR:fog:3, or another of fog, gaussian_noise"
  )
  #expect(
    copy.message(":gausian_noise:3")
      == "DIR: expected a corruption whose array is there, found 'gausian_noise'; did you mean 'gaussian_noise'? (known: fog, gaussian_noise)"
  )
  #expect(
    copy.message(":gaussian_noise")
      == "DIR:gaussian_noise: expected a severity from 1 to 5, found none; write DIR:gaussian_noise:3"
  )
  for severity in ["0", "6", "x", "", "3:4"] {
    #expect(copy.message(":gaussian_noise:\(severity)").contains("found '\(severity)'"))
  }
  #expect(copy.message(":labels:1").contains("found 'labels'"))
  #expect(try DataSource(copy.path).splits().count == 10)
}

/// A place that torchvision puts data sets in is not passed over where nobody knows what it holds.
@Test(.enabled(if: geteuid() != 0, "root lists any folder"))
func aPlaceThatCannotBeListedIsTold() throws {
  let copy = try PublishedCopy("CIFAR-10-C")
  let inner = copy.path + "/raw"
  try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
  chmod(inner, 0)
  defer { chmod(inner, 0o700) }
  for form in ["", "cifar-10-c:"] {
    #expect(
      copy.message("", form: form)
        == "DIR/raw: expected a folder that can be listed, found Permission denied")
  }
}

@Test func corruptionsPairWithTheCleanTestSet() throws {
  let clean = try DataSource.load(publishedFixtures + "/protocol-2:test")
  let noisy = try DataSource.load(publishedFixtures + "/CIFAR-10-C:gaussian_noise:5")
  #expect(noisy.keys == clean.keys && noisy.classes == clean.classes)
  #expect(noisy.labels == clean.labels && noisy.fingerprint != clean.fingerprint)
  let hundred = try DataSource.load(publishedFixtures + "/CIFAR-100-C:gaussian_noise:5")
  #expect(
    hundred.keys == (try DataSource.load(publishedFixtures + "/root/cifar-100-python:test")).keys)
  #expect(
    hundred.name == "cifar-100-c:gaussian_noise:5" && noisy.name == "cifar-10-c:gaussian_noise:5")
}

/// The files of CIFAR-10-C and CIFAR-100-C are called alike.
@Test func labelsTellTheCorruptedSetsApart() throws {
  let copy = try PublishedCopy("CIFAR-100-C")
  let plain = copy.path.replacing("CIFAR-100-C", with: "corrupted")
  try FileManager.default.moveItem(atPath: copy.path, toPath: plain)
  #expect(try DataSource.load(plain + ":gaussian_noise:1").classes.count == 100)
  try Data(npy("|u1", "(10,)", [3, 8, 3, 8, 3, 8, 3, 8, 3, 8]))
    .write(to: URL(filePath: plain + "/labels.npy"))
  #expect(try DataSource.load(plain + ":gaussian_noise:1").classes.count == 10)
  #expect(try DataSource.load("cifar-100-c:\(plain):gaussian_noise:1").classes.count == 100)
}

@Test func rootsWithSeveralDataSetsListThem() throws {
  let copy = try PublishedCopy("root")
  let found = copy.message(":test")
  #expect(found.hasPrefix("DIR: expected one data set, found 6; write "))
  for place in [
    "idx:DIR/MNIST/raw:test", "fashion-mnist:DIR/FashionMNIST/raw:test",
    "kmnist:DIR/KMNIST/raw:test",
    "emnist:DIR/EMNIST/raw:test", "cifar-10:DIR/cifar-10-batches-py:test",
    "cifar-100:DIR/cifar-100-python:test",
  ] {
    #expect(found.contains(place))
  }
  // These names may be any of three.
  #expect(copy.message(":test", form: "idx:").contains("found 3"))
  #expect(copy.message(":letters:test", form: "emnist:") == "loaded")
  #expect(copy.message(":test", form: "cifar-100:") == "loaded")
  #expect(
    copy.message(":test", form: "svhn:").contains("expected train_32x32.mat, test_32x32.mat or"))
}

@Test func foldersNameFashionAndKuzushiji() throws {
  let copy = try PublishedCopy("root/FashionMNIST")
  let fashion = try DataSource.load(copy.path + ":test")
  #expect(fashion.name == "fashion-mnist:test" && fashion.classes[0].key == "T-shirt/top")
  #expect(fashion.notes.first?.contains("fashion-mnist, as the folder is called; idx:") == true)
  let digits = try DataSource.load("idx:\(copy.path)/raw:test")
  #expect(digits.classes.map(\.key) == (0...9).map { "\($0)" } && digits.notes.isEmpty)
  let other = copy.path.replacing("FashionMNIST", with: "clothes")
  try FileManager.default.moveItem(atPath: copy.path, toPath: other)
  #expect(try DataSource.load(other + ":test").classes[0].key == "0")
  #expect(try DataSource.load("fashion-mnist:\(other):test").classes[0].key == "T-shirt/top")
}

@Test func splitsOfEveryFormAreListed() throws {
  for (folder, text, part) in [
    ("svhn", ":valid", "one of its splits train, test, extra, found 'valid'"),
    ("svhn", "", "expected a split, found none; write DIR:train or DIR:test or DIR:extra"),
    ("cifar-10.1", ":v5", "one of its splits v4, v6, found 'v5'"),
    ("emnist-gzip", "", "one of its splits letters:test, found none; write DIR:letters:test"),
    ("emnist-gzip", ":test", "one of its splits letters:test, found 'test'"),
    ("emnist-gzip", ":letters:test:turned", "found 'letters:test:turned'"),
    ("stl", ":val", "expected one of its splits train, unlabeled, found 'val'"),
    ("kmnist-arrays", ":train", "one of its splits test, found 'train'"),
    (
      "archives/medmnist.npz", "",
      "expected a split, found none; write DIR:train or DIR:test or DIR:val"
    ),
    ("archives/medmnist.npz", ":x", "one of its splits train, test, val, found 'x'"),
    (
      "archives/plain.npz", ":test",
      "expected no split, as its images are the array images, found 'test'"
    ),
    (
      "archives/own-names.npz", "",
      "found pictures, kinds; name them with npy:DIR:images=NAME,labels=NAME"
    ),
    ("archives/own-names.npz", ":images=x,labels=y", "found only pictures, kinds"),
  ] {
    let found = try PublishedCopy(folder).message(text)
    #expect(found.contains(part), "\(found)")
  }
}

@Test func testSplitsBelongToWhatIsTrainedOn() throws {
  let emnist = try DataSource(publishedFixtures + "/root/EMNIST/raw:letters:train")
  #expect(try emnist.testSplit() == "letters:test")
  #expect(try DataSource(publishedFixtures + "/svhn:train").testSplit() == "test")
  #expect(try DataSource(publishedFixtures + "/svhn:test").testSplit() == nil)
  #expect(try DataSource(publishedFixtures + "/svhn:extra").testSplit() == "test")
  #expect(try DataSource(publishedFixtures + "/CIFAR-10-C:fog:1").testSplit() == nil)
  #expect(
    emnist.with(split: "letters:test").description.hasSuffix("/root/EMNIST/raw:letters:test"))
}

// MARK: Contents

@Test(
  arguments: [
    (
      "CIFAR-10-C", ":gaussian_noise:1", "labels.npy", npy("|u1", "(3,)", [0, 1, 2]),
      "10 labels, one an image, found 3"
    ),
    (
      "CIFAR-10-C", ":gaussian_noise:1", "labels.npy",
      npy("|u1", "(10,)", [3, 8, 3, 8, 3, 7, 3, 8, 3, 8]),
      "the same 2 labels for every severity, found 7 at position 5, 8 at 1"
    ),
    (
      "CIFAR-10-C", ":gaussian_noise:1", "gaussian_noise.npy",
      npy("|u1", "(2, 3)", [0, 1, 2, 3, 4, 5]),
      "expected uint8 of the shape [5 × N, 32, 32, 3], severity after severity, found uint8 of [2, 3]"
    ),
    ("CIFAR-10-C", ":fog:1", "fog.npy", npy("<f4", "(1,)", [0, 1, 2, 3]), "found float32 of [1]"),
    (
      "cifar-10.1", ":v4", "cifar10.1_v4_labels.npy", npy("|u1", "(2,)", [0, 1]),
      "1 labels, one an image, found 2"
    ),
    (
      "cifar-10.1", ":v4", "cifar10.1_v4_labels.npy", npy("|u1", "(1,)", [10]),
      "labels 0 to 9, found 10"
    ),
    (
      "cifar-10.1", ":v4", "cifar10.1_v4_data.npy", npy("|u1", "(1,)", [10]),
      "the shape [N, 32, 32, 3]"
    ),
    ("stl", ":train", "stl10_binary/train_y.bin", [1], "expected 2 labels, one an image, found 1"),
    (
      "stl", ":train", "stl10_binary/train_y.bin", [1, 11],
      "expected labels 1 to 10, found 11 at position 1"
    ),
    (
      "stl", ":train", "stl10_binary/train_y.bin", [1, 0],
      "expected labels 1 to 10, found 0 at position 1"
    ),
    (
      "stl", ":train", "stl10_binary/train_X.bin", [1, 2],
      "images of 27648 bytes, found 2 bytes; the file is cut"
    ),
    (
      "stl", ":train", "stl10_binary/class_names.txt", Array("a\nb\n".utf8),
      "ten different class names"
    ),
    (
      "svhn", ":test", "test_32x32.mat", [],
      "expected a MATLAB file of level 5, found an empty file"
    ),
    (
      "svhn", ":test", "test_32x32.mat", Array(String(repeating: "x", count: 200).utf8),
      "found other first bytes"
    ),
    (
      "svhn", ":test", "test_32x32.mat",
      Array("MATLAB 7.3 MAT-file".utf8) + [UInt8](repeating: 32, count: 105) + [0, 2, 0x49, 0x4D],
      "found one of version 7.3; save it in MATLAB with -v7"
    ),
    (
      "emnist-gzip", ":letters:test", "emnist-letters-mapping.txt",
      Array("1 65 97\n3 66 98\n".utf8),
      "expected LABEL CODE with the label 2 in its line, found '3 66 98'"
    ),
    (
      "emnist-gzip", ":letters:test", "emnist-letters-mapping.txt", Array("1 65 97\n".utf8),
      "expected 26 different characters, found 1"
    ),
    (
      "kmnist-arrays", ":test", "kmnist-test-labels.npz", Array("PK".utf8),
      "expected a .npz file, a zip archive of arrays, found other first bytes"
    ),
  ] as [(String, String, String, [UInt8], String)])
func brokenFilesAreSaidSo(
  folder: String, text: String, file: String, bytes: [UInt8], part: String
) throws {
  let copy = try PublishedCopy(folder)
  try copy.write(bytes, to: file)
  #expect(copy.message(text).hasPrefix("DIR/" + file), "\(copy.message(text))")
  #expect(copy.message(text).contains(part), "\(copy.message(text))")
}

@Test(arguments: [
  ("CIFAR-10-C", ":fog:1", "labels.npy"), ("cifar-10.1", ":v6", "cifar10.1_v6_labels.npy"),
  ("stl", ":train", "stl10_binary/train_y.bin"),
  ("kmnist-arrays", ":test", "kmnist-test-labels.npz"),
  ("root/MNIST", ":test", "raw/t10k-labels-idx1-ubyte"),
])
func missingLabelsAreNamed(folder: String, text: String, file: String) throws {
  let copy = try PublishedCopy(folder)
  try copy.remove(file)
  #expect(copy.message(text).hasPrefix("DIR/\(file): expected a readable file"))
  #expect(copy.message(text).contains("found none"))
}

/// The y of test_32x32.mat, which is not compressed: its shape is [2, 1], its bytes 10 and 2 stand in the last element.
@Test func labelsBeyondTenAreRefused() throws {
  let copy = try PublishedCopy("svhn")
  var bytes = try copy.read("test_32x32.mat")
  let place = try #require(bytes.lastIndex(of: 10))
  bytes[place] = 11
  try copy.write(bytes, to: "test_32x32.mat")
  #expect(
    copy.message(":test").contains(
      "labels 1 to 10 in 'y', 10 being the digit 0, found 11.0 at position 0"))
  // A variable of another name.
  let name = try #require(bytes.lastIndex(of: UInt8(ascii: "y")))
  bytes[name] = UInt8(ascii: "z")
  try copy.write(bytes, to: "test_32x32.mat")
  #expect(copy.message(":test").contains("expected a variable 'y', found X, z"))
}

// MARK: Pages

/// The one list of forms is what an empty folder is told of.
@Test func everyFormIsOnThePage() throws {
  let empty = try TemporaryFolder()
  let text = publishedMessage(empty.path + ":test")
  let list = try #require(text.firstMatch(of: /\((cifar-10, [^)]*)\)/)).output.1
  let forms = list.split(separator: ", ")
  #expect(forms.count > 10)
  let path = packageDirectory() + "/Sources/Topics/data.md"
  let page = try String(contentsOfFile: path, encoding: .utf8)
  for form in forms where !page.contains("`\(form)`") {
    Issue.record("the topic data lacks \(form)")
  }
}
