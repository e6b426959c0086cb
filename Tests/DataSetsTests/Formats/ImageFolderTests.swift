// Image folders: which files they are, in which order, under which names, and what is said where they are none.

import DataSets
import FoundationEssentials
import Glibc
import TestSupport
import Testing

private let steps = "squash=8,crop=6"

private func write(_ file: String, as name: String, in folder: TemporaryFolder) throws {
  let parts = name.split(separator: "/").dropLast()
  if !parts.isEmpty {
    try FileManager.default.createDirectory(
      atPath: folder.path + "/" + parts.joined(separator: "/"), withIntermediateDirectories: true)
  }
  try folder.write([UInt8](try imageFixture(file)), to: name)
}

private func load(_ text: String, _ steps: String = steps) throws -> ImageDataSet {
  try DataSource.load(text, for: try Preprocessing(parsing: steps))
}

/// Each pixel's colours together, of planes.
private func interleaved(_ planes: [UInt8]) -> [UInt8] {
  let size = planes.count / 3
  var pixels: [UInt8] = []
  for i in 0..<size { for channel in 0..<3 { pixels.append(planes[channel * size + i]) } }
  return pixels
}

private func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return "\(error)" }
  return "nothing was thrown"
}

@Test func classFoldersAreWalkedInTheOrderOfTheirBytes() throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "n01443537/b.PNG", in: folder)
  try write("grey.jpg", as: "n01443537/a/deep/z.jpeg", in: folder)
  try write("baseline-420.jpg", as: "n01443537/B.jpg", in: folder)
  try write("cmyk.jpg", as: "Zebra/x.JPEG", in: folder)
  try write("rgb.png", as: "n01443537/.hidden.png", in: folder)
  try write("rgb.png", as: "n01443537/notes.txt", in: folder)
  let set = try load(folder.path)
  #expect(
    set.keys == ["Zebra/x.JPEG", "n01443537/B.jpg", "n01443537/b.PNG", "n01443537/a/deep/z.jpeg"])
  #expect(set.labels == [0, 1, 1, 1])
  #expect(
    set.classes == [
      ClassName(key: "Zebra", name: "Zebra"), ClassName(key: "n01443537", name: "goldfish"),
    ])
  #expect(set.name == "folder:" + (folder.path.split(separator: "/").last ?? ""))
  #expect(set.shape == ImageShape(channels: 3, height: 6, width: 6))
  let file = [UInt8](try imageFixture("rgb.png"))
  let whole = try ImageDecoder.decode(file.span.bytes)
  let small = try Preprocessing(parsing: steps).geometry.apply(whole).pixels
  let image = Array(try set.image(2))
  #expect(interleaved(image) == small)
}

/// The content counts, not the sizes that it is brought to; a byte of a file does.
@Test func fingerprintsTellContent() throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "a/1.png", in: folder)
  try write("grey.png", as: "b/1.png", in: folder)
  let set = try load(folder.path)
  #expect(try load("folder:" + folder.path + "/", "imagenet").fingerprint == set.fingerprint)
  try write("rgb-16.png", as: "b/1.png", in: folder)
  #expect(try load(folder.path).fingerprint != set.fingerprint)
  try write("grey.png", as: "b/1.png", in: folder)
  #expect(try load(folder.path).fingerprint == set.fingerprint)
  try FileManager.default.moveItem(atPath: folder.path + "/b", toPath: folder.path + "/c")
  #expect(try load(folder.path).fingerprint != set.fingerprint)
}

@Test(arguments: [
  ("labels.csv", "file,label\none.png,n01440764\ntwo.jpg,n02099601\n\nthree.png,n01440764\n"),
  ("labels.txt", "one.png n01440764\r\ntwo.jpg\tn02099601\nthree.png   n01440764"),
])
func filesAreLabelledByAList(_ name: String, _ text: String) throws {
  let folder = try TemporaryFolder()
  for file in ["one.png", "three.png", "unlisted.png"] {
    try write("rgb.png", as: file, in: folder)
  }
  try write("grey.jpg", as: "two.jpg", in: folder)
  try folder.write(Array(text.utf8), to: name)
  let set = try load(folder.path)
  #expect(set.keys == ["one.png", "two.jpg", "three.png"] && set.labels == [0, 1, 0])
  #expect(set.classes.map(\.name) == ["tench", "golden retriever"])
  #expect(set.classes.map(\.key) == ["n01440764", "n02099601"])
}

@Test(arguments: [
  ("one.png,0,1\n", "labels.csv: expected FILE,LABEL in line 1, found 'one.png,0,1'"),
  ("one.png,0\ngone.png,0\n", "expected files of this folder, found 'gone.png' in line 2"),
  ("one.png,0\none.png,1\n", "expected every file once, found 'one.png' again in line 2"),
  ("file,label\n", "expected an image, found none"),
])
func listsThatDoNotFit(_ text: String, _ expected: String) throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "one.png", in: folder)
  try folder.write(Array(text.utf8), to: "labels.csv")
  #expect(message { _ = try load(folder.path) }.contains(expected))
}

@Test func byteOrderMarksAreNoPartOfAFilesName() throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "one.png", in: folder)
  try folder.write(Array("\u{FEFF}one.png,cat\r\n".utf8), to: "labels.csv")
  #expect(try load(folder.path).keys == ["one.png"])
}

@Test func foldersCalledLikeImagesAreWalked() throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "a/b.jpg/1.png", in: folder)
  try write("grey.jpg", as: "a/empty.png/.hidden", in: folder)
  #expect(try load(folder.path).keys == ["a/b.jpg/1.png"])
}

@Test func aFileThatCannotBeOpenedLeavesTheOthers() throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "a/1.png", in: folder)
  let link = folder.path + "/a/2.png"
  try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "nowhere.png")
  let set = try load(folder.path)
  _ = try set.image(0)
  #expect(
    message { _ = try set.image(1) } == "\(link): expected a readable file, found none")
  try write("grey.png", as: "a/nowhere.png", in: folder)
  #expect(try load(folder.path).fingerprint != set.fingerprint)
}

@Test func labelsThatAreNumbersAreInTheirOrder() throws {
  let folder = try TemporaryFolder()
  for (file, _) in [("a.png", 10), ("b.png", 9)] { try write("rgb.png", as: file, in: folder) }
  try folder.write(Array("a.png 10\nb.png 9\n".utf8), to: "labels.txt")
  #expect(try load(folder.path).classes.map(\.key) == ["9", "10"])
}

@Test func foldersThatAreNoDataSets() throws {
  let folder = try TemporaryFolder()
  #expect(
    message { _ = try load("folder:" + folder.path) }.contains("expected a folder for each class"))
  #expect(
    message { _ = try load(folder.path) }.contains("or folders of images, found an empty folder"))
  try write("rgb.png", as: "one.png", in: folder)
  let unlabelled = try load(folder.path)
  #expect(unlabelled.classes.isEmpty && unlabelled.labels == unlabelled.keys.map { _ in nil })
  #expect(!unlabelled.keys.isEmpty)
  #expect(unlabelled.notes.contains { $0.contains("images without labels") })
  try write("rgb.png", as: "class/.x.png", in: folder)
  #expect(
    message { _ = try load(folder.path) }.contains(
      "expected JPEG, PNG, WebP, BMP or PNM images, found none in its folder"))
  try write("rgb.png", as: "class/x.png", in: folder)
  #expect(message { _ = try load("folder:/nowhere/at/all") }.contains("/nowhere/at/all"))
}

@Test func aFileThatIsNoImageIsToldWhenItIsAskedFor() throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "a/1.png", in: folder)
  try folder.write(Array("no image".utf8), to: "a/2.JPEG")
  let set = try load(folder.path)
  _ = try set.image(0)
  #expect(
    message { _ = try set.image(1) }
      == "\(folder.path)/a/2.JPEG: expected a JPEG, PNG, WebP, BMP or PNM image, found other first bytes"
  )
}

@Test func someOfImageNetsClassesBecomeAllThousand() throws {
  #expect(ImageNetClasses.all.count == 1000)
  #expect(ImageNetClasses.all.map(\.key) == ImageNetClasses.all.map(\.key).sorted())
  #expect(ImageNetClasses.all[0] == ClassName(key: "n01440764", name: "tench"))
  #expect(ImageNetClasses.all[999] == ClassName(key: "n15075141", name: "toilet tissue"))
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "n15075141/1.png", in: folder)
  try write("grey.jpg", as: "n01443537/1.jpg", in: folder)
  let set = try load(folder.path)
  let all = try #require(set.overImageNetClasses())
  #expect(all.labels == [1, 999] && all.classes == ImageNetClasses.all && all.keys == set.keys)
  #expect(all.fingerprint != set.fingerprint)
  #expect(try all.image(0) == set.image(0))
  try write("grey.jpg", as: "other/1.jpg", in: folder)
  #expect(try load(folder.path).overImageNetClasses() == nil)
}

/// Sets of one size are resized as files are.
@Test func setsOfOneSizeAreResizedToo() throws {
  let set = try DataSource.load("shapes:test:3")
  let steps = try Preprocessing(parsing: "resize=48,crop=40")
  let large = try set.prepared(by: steps)
  #expect(large.shape == ImageShape(channels: 3, height: 40, width: 40))
  #expect(large.fingerprint == set.fingerprint && large.name == set.name)
  let image = Array(try set.image(1))
  let pixels = interleaved(image)
  let whole = steps.geometry.apply(DecodedImage(height: 32, width: 32, pixels: pixels)).pixels
  let found = Array(try large.image(1))
  #expect(difference(interleaved(found), whole) == nil)
  #expect(try set.prepared(by: .cifarAlexNet).image(1) == set.image(1))
}

/// The photographs of ../shared/data, where they are.
@Test(.enabled(if: FileManager.default.fileExists(atPath: "../shared/data/imagenette/photos")))
func photographsAreRead() throws {
  let set = try load("../shared/data/imagenette/photos", "imagenet")
  #expect(set.name == "folder:photos" && set.classes.count == 10 && set.count == 500)
  #expect(set.overImageNetClasses()?.labels.compactMap(\.self).max() == 701)
  for i in stride(from: 0, to: set.count, by: 50) {
    let image = try set.image(i)
    #expect(image.count == 3 * 224 * 224 && Set(image).count > 50)
  }
}

/// Makes `path/NAME` of bytes that may be no UTF-8, and writes an image into it.
private func makeFolder(_ name: [UInt8], in folder: TemporaryFolder) throws {
  let path = Array((folder.path + "/").utf8) + name
  try #require(mkdir(path.map(CChar.init(bitPattern:)) + [0], 0o755) == 0)
  try makeImage(name + Array("/1.png".utf8), in: folder)
}

private func makeImage(_ name: [UInt8], in folder: TemporaryFolder) throws {
  let file = Array((folder.path + "/").utf8) + name
  let descriptor = open(file.map(CChar.init(bitPattern:)) + [0], O_WRONLY | O_CREAT, 0o644)
  defer { close(descriptor) }
  let bytes = [UInt8](try imageFixture("rgb.png"))
  try #require(write(descriptor, bytes, bytes.count) == bytes.count)
}

/// "é" in one scalar and in two are two folders, and two classes in the order of their bytes.
@Test func classFoldersAreTheirBytes() throws {
  let folder = try TemporaryFolder()
  let names = ["cafe\u{301}", "caf\u{E9}"]
  for name in names.reversed() { try makeFolder(Array(name.utf8), in: folder) }
  let set = try load(folder.path)
  #expect(set.classes.map { Array($0.key.utf8) } == names.map { Array($0.utf8) })
  #expect(set.labels == [0, 1])
  #expect(set.keys.map { Array($0.utf8) } == names.map { Array(($0 + "/1.png").utf8) })
  try folder.write(
    Array("\(names[1])/1.png,\(names[1])\n\(names[0])/1.png,\(names[0])\n".utf8), to: "labels.csv")
  let listed = try load(folder.path)
  #expect(listed.labels == [1, 0] && listed.classes == set.classes)
}

@Test func namesThatAreNoTextAreRefused() throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "cat/1.png", in: folder)
  // Of no concern: no image, and hidden.
  try makeImage([0xFE] + Array(".txt".utf8), in: folder)
  try makeImage(Array("cat/.".utf8) + [0xFE] + Array(".png".utf8), in: folder)
  let set = try load(folder.path)
  #expect(set.keys == ["cat/1.png"] && set.notes.count == 1)
  #expect(
    set.notes.first?.hasSuffix(
      "passed over 1 that is no JPEG, PNG, WebP, BMP or PNM image: 1 × .txt") == true)
  try makeImage(Array("cat/".utf8) + [0xFE] + Array(".PNG".utf8), in: folder)
  #expect(
    message { _ = try load(folder.path) }.contains(
      "cat: expected names in UTF-8, found '\\xfe.PNG'; rename it"))
  try makeFolder([0x63, 0x6F, 0x6C, 0xFE], in: folder)
  for path in [folder.path, "folder:" + folder.path] {
    #expect(
      message { _ = try load(path) }.contains(
        "expected names in UTF-8, found 'col\\xfe'; rename it"))
  }
}

/// What a folder holds beside its samples is counted.
@Test func whatIsPassedOverIsTold() throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "cat/1.png", in: folder)
  try write("rgb.png", as: "cat/2.txt", in: folder)
  try write("rgb.png", as: "cat/deep/3.TXT", in: folder)
  try folder.write(Array("text".utf8), to: "cat/README")
  try write("rgb.png", as: "stray.png", in: folder)
  try write("rgb.png", as: "__MACOSX/cat/._1.png", in: folder)
  try FileManager.default.createDirectory(
    atPath: folder.path + "/dog", withIntermediateDirectories: true)
  let set = try load(folder.path)
  #expect(set.classes.map(\.key) == ["cat", "dog"] && set.keys == ["cat/1.png"])
  #expect(
    set.notes == [
      "\(folder.path): passed over 4 that are no JPEG, PNG, WebP, BMP or PNM images: 2 × .txt, 1 × __MACOSX, "
        + "1 × no extension",
      "\(folder.path): 1 of the class folders holds no image and is a class without samples: dog",
      "\(folder.path): left out 1 image beside the class folders: stray.png",
    ])
  try folder.write(Array("name,kind\ncat/1.png,cat\n".utf8), to: "labels.csv")
  let listed = try load(folder.path)
  #expect(listed.keys == ["cat/1.png"])
  #expect(
    listed.notes == [
      "\(folder.path)/labels.csv: line 1, 'name,kind', names no file here and is taken for a heading",
      "\(folder.path): passed over 4 that are no JPEG, PNG, WebP, BMP or PNM images: 2 × .txt, 1 × __MACOSX, "
        + "1 × no extension",
      "\(folder.path): left out 1 image not in the list of labels: stray.png",
    ])
}

/// A name may hold what divides lines: a line is divided where a file is found.
@Test(arguments: [
  ("labels.txt", "a,b.png cat\none.png dog\n"), ("labels.csv", "a,b.png,cat\none.png,dog\n"),
  ("labels.csv", "\"a,b.png\",cat\n\"one.png\",\"dog\"\n"),
  ("labels.csv", "a,b.png\tcat\none.png\tdog\n"),
  ("labels.txt", "a,b.png  cat\n\n one.png , \"dog\"\n"),
])
func namesMayHoldWhatDividesLines(_ name: String, _ text: String) throws {
  let folder = try TemporaryFolder()
  for file in ["a,b.png", "one.png"] { try write("rgb.png", as: file, in: folder) }
  try folder.write(Array(text.utf8), to: name)
  let set = try load(folder.path)
  #expect(set.keys == ["a,b.png", "one.png"] && set.classes.map(\.key) == ["cat", "dog"])
  #expect(set.notes.isEmpty)
}

@Test(arguments: [
  ("a,b.png cat\none.png dog\n", "expected files of this folder, found 'a,b.png' in line 1"),
  ("one.png,cat\n\"two.png,cat\n", "expected FILE,LABEL in line 2"),
  ("one.png golden retriever\n", "expected FILE,LABEL in line 1"),
])
func linesThatNameNoFile(_ text: String, _ expected: String) throws {
  let folder = try TemporaryFolder()
  try write("rgb.png", as: "one.png", in: folder)
  try folder.write(Array(text.utf8), to: "labels.txt")
  #expect(message { _ = try load(folder.path) }.contains(expected))
}
