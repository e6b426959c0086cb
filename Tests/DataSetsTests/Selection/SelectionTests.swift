// Choosing samples and classes, and the labels assigned to them.

import DataSets
import FoundationEssentials
import Testing

/// 3 classes of 10, 20 and 5 samples, in turn as long as they last.
private let set: ImageDataSet = {
  let labels = (0..<20).flatMap { round in [0, 1, 2].filter { round < [10, 20, 5][$0] } }
  return ImageDataSet(
    name: "tiny", shape: ImageShape(channels: 1, height: 1, width: 1),
    classes: [("n1", "cat"), ("n2", "dog"), ("n3", "2")].map { ClassName(key: $0, name: $1) },
    labels: labels, keys: labels.indices.map { "\($0)" },
    pixels: labels.map { UInt8($0) })
}()

private func counts(_ indices: [Int]) -> [Int] {
  (0..<3).map { label in indices.filter { set.labels[$0] == label }.count }
}

private func choice(_ text: String) throws -> ClassChoice { try ClassChoice(parsing: text) }

@Test func withoutOptionsEverySampleIsTaken() throws {
  #expect(try Selection().indices(in: set) == Array(0..<35))
}

@Test func perClassTakesSoManyOfEach() throws {
  let indices = try Selection(perClass: 7, seed: 1).indices(in: set)
  #expect(indices == indices.sorted())
  #expect(counts(indices) == [7, 7, 5])
  let larger = try Selection(perClass: 9, seed: 1).indices(in: set)
  #expect(Set(indices).isSubset(of: larger))
  #expect(try Selection(perClass: 7, seed: 2).indices(in: set) != indices)
}

/// Classes of one size are drawn from one by one: their samples stand in other places of their classes.
@Test func everyClassIsDrawnByItself() throws {
  let labels = (0..<120).map { $0 % 3 }
  let even = ImageDataSet(
    name: "even", shape: ImageShape(channels: 1, height: 1, width: 1),
    classes: ["a", "b", "c"].map { ClassName(key: $0, name: $0) }, labels: labels,
    keys: labels.indices.map { "\($0)" }, pixels: labels.map { UInt8($0) })
  let indices = try Selection(perClass: 10, seed: 1).indices(in: even)
  let places = (0..<3).map { label in indices.filter { $0 % 3 == label }.map { $0 / 3 } }
  #expect(places.map(\.count) == [10, 10, 10] && Set(places).count == 3)
}

@Test func limitComesAfterPerClass() throws {
  let perClass = try Selection(perClass: 7, seed: 1).indices(in: set)
  let both = try Selection(limit: 6, perClass: 7, seed: 1).indices(in: set)
  #expect(both.count == 6)
  #expect(both == both.sorted())
  #expect(Set(both).isSubset(of: perClass))
  #expect(try Selection(limit: 100).indices(in: set).count == 35)
}

@Test func classesAreKeysNamesOrPositions() throws {
  #expect(try choice("n1,dog").positions(in: set, seed: 0) == [0, 1])
  #expect(try choice("1, 0").positions(in: set, seed: 0) == [0, 1])
  // A class named like a number is found by its name first: the position 2 is it as well.
  #expect(try choice("2").positions(in: set, seed: 0) == [2])
  let indices = try Selection(classes: choice("dog,dog")).indices(in: set)
  #expect(counts(indices) == [0, 20, 0])
}

/// A network of thousand classes may see samples of ten.
@Test func randomClassesHaveSamples() throws {
  let classes = (0..<100).map { ClassName(key: "c\($0)", name: "c\($0)") }
  let sparse = ImageDataSet(
    name: "sparse", shape: ImageShape(channels: 1, height: 1, width: 1), classes: classes,
    labels: [7, 50, 93], keys: ["a", "b", "c"], pixels: [0, 0, 0])
  #expect(try ClassChoice.random(3).positions(in: sparse, seed: 1) == [7, 50, 93])
  #expect(throws: DataSetError.self) { try ClassChoice.random(4).positions(in: sparse, seed: 1) }
}

@Test func randomClassesDependOnTheSeed() throws {
  let drawn = try Set((0..<20).map { try choice("random:2").positions(in: set, seed: $0) })
  #expect(drawn.count == 3)
  #expect(drawn.allSatisfy { $0.count == 2 && $0 == $0.sorted() })
}

@Test func wrongClassesAreSaidInOneLine() {
  func message(_ text: String) -> String {
    do {
      return "\(try choice(text).positions(in: set, seed: 0))"
    } catch {
      return "\(error)"
    }
  }
  #expect(message("n7") == "tiny: no class 'n7'; did you mean 'n1'? (known: n1, n2, n3)")
  #expect(message("elephant") == "tiny: no class 'elephant'; known: n1, n2, n3")
  #expect(message("3").contains("no class '3'"))
  #expect(message("random:4") == "tiny: expected at least 4 classes with samples, found 3")
  #expect(message("random:x").contains("random:K"))
  #expect(message("cat,,dog").contains("an empty item"))
  #expect(message("").contains("an empty item"))
}

@Test func wrongNumbersAreRefused() {
  #expect(throws: DataSetError.self) { try Selection(limit: 0).indices(in: set) }
  #expect(throws: DataSetError.self) { try Selection(perClass: -1).indices(in: set) }
}

@Test func selectionsAreKeptAsJSON() throws {
  let selection = Selection(perClass: 3, classes: try choice("cat,dog"), seed: 4)
  let encoder = JSONEncoder()
  encoder.outputFormatting = .sortedKeys
  let data = try encoder.encode(selection)
  #expect(
    String(decoding: data, as: UTF8.self) == #"{"classes":"cat,dog","perClass":3,"seed":4}"#)
  #expect(try JSONDecoder().decode(Selection.self, from: data) == selection)
}

@Test func labelModesAreParsed() throws {
  #expect(try LabelMode(parsing: "true") == .true)
  #expect(try LabelMode(parsing: "random") == .random(fraction: 1))
  #expect(try LabelMode(parsing: "random:0.25").description == "random:0.25")
  for text in ["", "false", "random:", "random:0", "random:1.5", "random:nan", "random:-1"] {
    #expect(throws: DataSetError.self) { try LabelMode(parsing: text) }
  }
}

@Test func randomLabelsAreDrawnOnceBySeed() throws {
  let shapes = try DataSource.load("shapes:test:1000")
  let full = assignedLabels(for: shapes, mode: .random(fraction: 1), seed: 3)
  #expect(full == assignedLabels(for: shapes, mode: .random(fraction: 1), seed: 3))
  #expect(full != assignedLabels(for: shapes, mode: .random(fraction: 1), seed: 4))
  #expect(assignedLabels(for: shapes, mode: .true, seed: 3) == shapes.labels)
  let kept = zip(full, shapes.labels).filter { $0 == $1 }.count
  #expect((60...140).contains(kept))
  for label in 0..<10 { #expect((60...140).contains(full.filter { $0 == label }.count)) }

  let half = assignedLabels(for: shapes, mode: .random(fraction: 0.5), seed: 3)
  #expect(half.indices.allSatisfy { half[$0] == full[$0] || half[$0] == shapes.labels[$0] })
  let changed = zip(half, shapes.labels).filter { $0 != $1 }.count
  #expect((390...510).contains(changed))
}
