// Image folders: which files they are, in which order, under which names, and what is said where they are none.

import DataSets
import FoundationEssentials
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
  #expect(message { _ = try load(folder.path) }.contains("found images without labels"))
  try write("rgb.png", as: "class/.x.png", in: folder)
  #expect(
    message { _ = try load(folder.path) }.contains("expected files ending in .jpg, .jpeg, .png"))
  try write("rgb.png", as: "class/x.png", in: folder)
  #expect(
    message { _ = try load(folder.path, "resize=256") }.contains(
      "expected a preprocessing that makes its images one size (crop=N or squash=N)"))
  #expect(message { _ = try DataSource.load(folder.path) }.contains("found none"))
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
      == "\(folder.path)/a/2.JPEG: expected a JPEG or PNG image, found other first bytes")
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
  #expect(interleaved(found) == whole)
  #expect(try set.prepared(by: .cifarAlexNet).image(1) == set.image(1))
}

/// The photographs of ../shared/data, where they are.
@Test(.enabled(if: FileManager.default.fileExists(atPath: "../shared/data/imagenette/photos")))
func photographsAreRead() throws {
  let set = try load("../shared/data/imagenette/photos", "imagenet")
  #expect(set.name == "folder:photos" && set.classes.count == 10 && set.count == 500)
  #expect(set.overImageNetClasses()?.labels.max() == 701)
  for i in stride(from: 0, to: set.count, by: 50) {
    let image = try set.image(i)
    #expect(image.count == 3 * 224 * 224 && Set(image).count > 50)
  }
}
