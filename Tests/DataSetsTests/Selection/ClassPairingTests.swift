// Which class each output says: by key, by name, by number, by position, or none.

import Basics
import DataSets
import Testing

/// One sample of each class.
private func set(_ keys: [String], names: [String]? = nil) -> ImageDataSet {
  ImageDataSet(
    name: "tiny", shape: ImageShape(channels: 1, height: 1, width: 1),
    classes: zip(keys, names ?? keys).map { ClassName(key: $0, name: $1) },
    labels: Array(keys.indices), keys: keys.indices.map { "s\($0)" },
    pixels: keys.map { _ in 7 })
}

private func list(_ entries: [(String, String)]) -> ClassList {
  ClassList(entries.map { (key: $0.0, name: $0.1) }, source: "classes of net.pth")
}

private func list(_ keys: [String]) -> ClassList { list(keys.map { ($0, $0) }) }

@Test func classesPairByKeyWhateverTheirOrder() {
  let pairing = ClassPairing(
    set(["dog", "ant", "cat"]), list: list(["cat", "cow", "dog"]), count: 3)
  #expect(pairing.outputs == [2, nil, 0])
  #expect(pairing.classes == [2, nil, 0])
  #expect(
    pairing.notes == [
      "tiny: 2 of its 3 classes are outputs of the network, by key (classes of net.pth)",
      "tiny: 1 of its 3 classes are no output of the network (its 3 outputs are those of classes of net.pth): ant; "
        + "their samples are foreign, and have no accuracy and no loss",
    ])
}

@Test func nothingIsSaidWhereAllOfBothPairByTheirKeys() {
  let pairing = ClassPairing(set(["b", "a"]), list: list(["a", "b"]), count: 2)
  #expect(pairing.outputs == [1, 0] && pairing.notes.isEmpty)
}

@Test func whatNoKeyPairsIsPairedByNameWhereThereIsOne() {
  // "b" is the key of one output and the name of another; two outputs are called "x".
  let outputs = list([("n1", "cat"), ("n2", "dog"), ("b", "b"), ("n3", "x"), ("n4", "x")])
  let pairing = ClassPairing(
    set(["dog", "7", "b", "x", "n9"], names: ["Hund", "cat", "b", "x", "none"]), list: outputs,
    count: 5)
  #expect(pairing.outputs == [1, 0, 2, nil, nil])
  // One output that two classes are called like is neither's.
  #expect(
    ClassPairing(
      set(["7", "8"], names: ["cat", "cat"]), list: list([("n1", "cat")]), count: 1
    ).outputs == [nil, nil])
  // Bytes tell names apart.
  #expect(
    ClassPairing(set(["cafe\u{301}"]), list: list(["caf\u{E9}"]), count: 1).outputs == [nil])
}

@Test func positionsAreTakenWhereNothingTellsMoreAndItIsSaid() {
  let pairing = ClassPairing(set(["a", "b"]), list: nil, count: 2)
  #expect(pairing.outputs == [0, 1] && pairing.classes == [0, 1])
  #expect(
    pairing.notes == [
      "tiny: classes are matched by position: nothing tells what the network's outputs are called; "
        + "--class-list FILE names the outputs"
    ])
  // A list says that they are others.
  #expect(
    ClassPairing(set(["0", "1"]), list: list(["cat", "dog"]), count: 2).outputs == [nil, nil])
  // More or fewer classes than outputs say nothing.
  let more = ClassPairing(set(["a", "b", "c"]), list: nil, count: 2)
  #expect(more.outputs == [nil, nil, nil] && more.classes == [nil, nil])
  #expect(more.notes.first?.contains("3 of its 3 classes are no output of the network") == true)
  #expect(more.notes.first?.contains("--class-list FILE does") == true)
}

@Test func thousandOutputsAreImageNets() throws {
  let assumed = try #require(ClassList.assumed(for: 1000))
  #expect(ClassList.assumed(for: 999) == nil)
  #expect(
    ClassPairing(set(["n01443537", "n99999999"]), list: assumed, count: 1000).outputs == [1, nil])
  // By their English names, too.
  #expect(ClassPairing(set(["goldfish"]), list: assumed, count: 1000).outputs == [1])
  // Where they are a thousand others, nobody said that they are ImageNet's.
  let others = ClassPairing(set((0..<1000).map { "c\($0)" }), list: assumed, count: 1000)
  #expect(others.outputs == Array(0..<1000).map { $0 })
  #expect(others.notes.first?.contains("classes are matched by position") == true)
}

@Test func numbersOfFoldersAreOutputs() throws {
  let folder = try TemporaryFolder()
  func pairing(_ keys: [String], list: ClassList?, count: Int) throws -> ClassPairing {
    let lines = keys.map { $0 + "\n" }.joined()
    try folder.write(Array(lines.utf8), to: "classes.txt")
    try folder.write(
      npy("|u1", [keys.count, 5, 5, 3], [UInt8](repeating: 1, count: 75 * keys.count)),
      to: "images.npy")
    try folder.write(npy("|u1", [keys.count], keys.indices.map { UInt8($0) }), to: "labels.npy")
    let set = try DataSource.load("npy:\(folder.path)")
    #expect(set.hasNumberedClasses)
    return ClassPairing(set, list: list, count: count)
  }
  let three = list(["cat", "cow", "dog"])
  // As many as there are outputs, in any order.
  let all = try pairing(["2", "0", "1"], list: three, count: 3)
  #expect(all.outputs == [2, 0, 1])
  #expect(all.notes.first?.contains("by the number that the data set calls each by") == true)
  // Some of them, if they are no mere count.
  #expect(try pairing(["0", "2"], list: three, count: 3).outputs == [0, 2])
  #expect(try pairing(["0", "1"], list: three, count: 3).outputs == [nil, nil])
  #expect(try pairing(["0", "3"], list: three, count: 3).outputs == [nil, nil])
  #expect(try pairing(["00", "01", "02"], list: three, count: 3).outputs == [nil, nil, nil])
  // A name goes before a number.
  #expect(try pairing(["0", "cow"], list: three, count: 3).outputs == [nil, 1])
  // Digits that images show are none.
  #expect(
    ClassPairing(set(["0", "1", "2"]), list: three, count: 3).outputs == [nil, nil, nil])
}

private func npy(_ type: String, _ shape: [Int], _ data: [UInt8]) -> [UInt8] {
  let tuple = shape.map { "\($0), " }.joined()
  let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(tuple)), }"
  let padding = String(repeating: " ", count: (64 - (10 + header.utf8.count + 1) % 64) % 64)
  let text = Array((header + padding + "\n").utf8)
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)]
    + text
    + data
}

@Test func withoutLabelsThereIsNothingToPair() {
  let own = set(["a", "b"])
  let unlabelled = own.unlabelled
  #expect(unlabelled.labels == [nil, nil] && unlabelled.classes.isEmpty)
  #expect(unlabelled.keys == own.keys && unlabelled.fingerprint != own.fingerprint)
  #expect(throws: DataSetError.self) {
    try ClassChoice.listed(["a"]).positions(in: unlabelled, seed: 0)
  }
  let pairing = ClassPairing(unlabelled, list: list(["a", "b"]), count: 2)
  #expect(pairing.classes == [nil, nil] && pairing.outputs.isEmpty && pairing.notes.isEmpty)
}

@Test func classListsAreReadInEveryForm() throws {
  let folder = try TemporaryFolder()
  func read(_ text: String) throws -> [String] {
    try folder.write(Array(text.utf8), to: "list")
    return try ClassList(path: folder.path + "/list").outputs.map { "\($0.key)=\($0.name)" }
  }
  let expected = ["n1=cat", "n2=great white shark"]
  #expect(try read("n1\tcat\r\nn2\tgreat white shark\r\n") == expected)
  #expect(try read("\u{FEFF}n1\tcat\nn2\tgreat white shark") == expected)
  #expect(try read(#" [["n1", "cat"], ["n2", "great white shark"]]"#) == expected)
  #expect(try read(#"{"1": ["n2", "great white shark"], "0": ["n1", "cat"]}"#) == expected)
  #expect(try read(#"["cat", "dog"]"#) == ["cat=cat", "dog=dog"])
  #expect(try read(#"{"dog": 1, "cat": 0}"#) == ["cat=cat", "dog=dog"])
  #expect(try read("cat\ndog\n") == ["cat=cat", "dog=dog"])
  let classes = [ClassName(key: "a\"b", name: "x/y"), ClassName(key: "é", name: "é")]
  let written = try #require(ClassList.entries(json: ClassList.json(classes).utf8))
  #expect(written.map { ClassName(key: $0.key, name: $0.name) } == classes)
}

@Test(arguments: [
  ("", "expected a class a line, found an empty file"),
  ("cat\n\ndog\n", "line 2, found an empty line"),
  ("cat\ndog\ncat\n", "expected every class once, found 'cat' again in line 3"),
  ("a\tb\tc\n", "in line 1, found 'a"),
  (#"{"cat": 0, "dog": 2}"#, "expected JSON: a list of classes, or an object"),
  (#"["cat", "cat"]"#, "expected JSON"), ("[1, 2]", "expected JSON"), ("[", "expected JSON"),
  (#"{"0": "cat", "2": "dog"}"#, "expected JSON"),
])
func otherClassListsAreRefused(text: String, told: String) throws {
  let folder = try TemporaryFolder()
  try folder.write(Array(text.utf8), to: "list")
  let error = #expect(throws: DataSetError.self) { try ClassList(path: folder.path + "/list") }
  #expect(error?.description.contains(told) == true, "\(error?.description ?? "")")
}
