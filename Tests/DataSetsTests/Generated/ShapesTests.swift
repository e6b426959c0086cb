// The generated data set: the same bytes on every machine, disjoint splits, twins in two styles.

import DataSets
import Testing

@Test(arguments: [
  ("shapes:test:50", "a7de2d958e1d26a374fde7cae2a2b5e543ec8e40e861f3829c1725809a9af28f"),
  ("shapes:train:50@7", "cbebf41891072860030e65989045f7ba1ee794f2a84059402e0ce4118921b9be"),
  ("shapes-stylised:test:50", "77816f771d755e1ca018a28c25c6623c4ece1adfb1da7dfa21e144d92b4c9016"),
])
func bytesAreTheSameEverywhere(text: String, fingerprint: String) throws {
  #expect(try DataSource.load(text).fingerprint == fingerprint)
}

@Test func namesSayWhatDiffersFromTheUsual() throws {
  #expect(try DataSource.load("shapes:test").name == "shapes:test")
  #expect(try DataSource.load("shapes:test:1000@0").name == "shapes:test")
  #expect(try DataSource.load("shapes:test:20@7").name == "shapes:test:20@7")
}

@Test func smallerSetsBeginLargerOnes() throws {
  let large = try DataSource.load("shapes:train:30")
  let small = try DataSource.load("shapes:train:20")
  #expect(
    try (0..<small.count).allSatisfy { try large.image($0).elementsEqual(small.image($0)) })
  #expect(small.keys.last == "train/00019")
  #expect(Array(large.keys.prefix(20)) == small.keys)
}

@Test func classesAreBalanced() throws {
  let set = try DataSource.load("shapes:test:100")
  #expect(set.classes.count == 10)
  for label in 0..<10 { #expect(set.labels.filter { $0 == label }.count == 10) }
}

@Test func splitsSeedsAndStylesDiffer() throws {
  let sets = try [
    "shapes:train:200", "shapes:test:200", "shapes:test:200@1", "shapes-stylised:test:200",
  ].map { try DataSource.load($0) }
  var images: Set<[UInt8]> = []
  for set in sets { for i in 0..<set.count { images.insert(Array(try set.image(i))) } }
  #expect(images.count == 800)
}

@Test func stylisedSetsShareClassesKeysAndLabels() throws {
  let plain = try DataSource.load("shapes:test:40")
  let stylised = try DataSource.load("shapes-stylised:test:40")
  #expect(plain.classes == stylised.classes)
  #expect(plain.keys == stylised.keys)
  #expect(plain.labels == stylised.labels)
  #expect(stylised.name == "shapes-stylised:test:40")
}

@Test func otherSplitsKeepTheSeed() throws {
  #expect(try DataSource("shapes:train:500@7").with(split: "test").description == "shapes:test@7")
  #expect(try DataSource("shapes").splits() == ["train", "test"])
  #expect(try DataSource("shapes").split == nil)
}

@Test(arguments: [
  ("shapes", "shapes: expected a split, found none; write shapes:train or shapes:test"),
  ("shapes:tset", "shapes:tset: expected one of its splits train, test, found 'tset'"),
  ("shapes:test:0", "shapes:test:0: expected a number of images from 1 to 1000000, found '0'"),
  ("shapes:test:x", "shapes:test:x: expected a number of images from 1 to 1000000, found 'x'"),
  ("shapes:test@x", "shapes:test@x: expected a seed, 0 or more, found 'x'"),
  ("shapes:test:1:2", "shapes:test:1:2: expected shapes:SPLIT[:COUNT][@SEED], found more parts"),
])
func wrongTextsAreSaidInOneLine(text: String, message: String) {
  do {
    _ = try DataSource.load(text)
    Issue.record("'\(text)' was loaded.")
  } catch {
    #expect(error.description == message)
  }
}
