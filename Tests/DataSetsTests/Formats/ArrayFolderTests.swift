// Data sets as .npy arrays: what is read, and what is said of malformed and hostile files.

import DataSets
import FoundationEssentials
import Glibc
import Testing

/// Two images of 2 × 2 whose byte p is p.
private func folder() throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  try folder.write(array("|u1", "(2, 2, 2, 3)", (0..<24).map { UInt8($0) }), to: "images.npy")
  try folder.write(array("<i8", "(2,)", [1] + zeros(7) + zeros(8)), to: "labels.npy")
  try folder.write(Array("a\nb\tB b\nunused\n".utf8), to: "classes.txt")
  return folder
}

private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

private func header(_ element: String, _ shape: String) -> String {
  "{'descr': '\(element)', 'fortran_order': False, 'shape': \(shape), }"
}

private func array(_ element: String, _ shape: String, _ bytes: [UInt8]) -> [UInt8] {
  array(header(element, shape) + "\n", bytes)
}

private func array(_ header: String, version: UInt8 = 1, _ bytes: [UInt8]) -> [UInt8] {
  let length = header.utf8.count
  let size = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(header.utf8) + bytes
}

private func message(_ folder: TemporaryFolder) -> String {
  do {
    _ = try DataSource.load("npy:" + folder.path)
    return "loaded"
  } catch {
    return error.description.replacing(folder.path + "/", with: "")
  }
}

@Test func arraysBecomeADataSet() throws {
  let folder = try folder()
  let set = try DataSource.load("npy:" + folder.path)
  #expect(set.name == "npy:" + (folder.path.split(separator: "/").last ?? ""))
  #expect(set.shape == ImageShape(channels: 3, height: 2, width: 2))
  #expect(set.classes.map(\.key) == ["a", "b", "unused"])
  #expect(set.classes.map(\.name) == ["a", "B b", "unused"])
  #expect(set.labels == [1, 0])
  #expect(set.keys == ["00000", "00001"])
  #expect(try Array(set.image(1)) == [12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23])
  try folder.write(Array("dog/1\r\ndog/2".utf8), to: "keys.txt")
  let named = try DataSource.load("npy:" + folder.path + "/")
  #expect(named.keys == ["dog/1", "dog/2"])
  #expect(named.name == set.name && named.fingerprint != set.fingerprint)
}

/// Every type of whole numbers, with the bytes of one and its byte order.
private let wholeNumbers: [(String, Int, Bool)] = [
  ("|u1", 1, false), ("u1", 1, false), ("<u1", 1, false), (">u1", 1, true), ("=u1", 1, false),
  ("|i1", 1, false), ("<u2", 2, false), (">u2", 2, true), ("<i2", 2, false), (">i2", 2, true),
  ("i2", 2, false), ("<u4", 4, false), (">u4", 4, true), ("<i4", 4, false), (">i4", 4, true),
  ("<u8", 8, false), (">u8", 8, true), ("<i8", 8, false), (">i8", 8, true), ("=i8", 8, false),
  ("int64", 8, false), ("uint8", 1, false),
]

@Test(arguments: wholeNumbers)
func labelsMayBeAnyWholeNumbers(element: String, width: Int, isBigEndian: Bool) throws {
  let folder = try folder()
  let bytes = [2, 1].flatMap { (label: UInt8) -> [UInt8] in
    isBigEndian ? zeros(width - 1) + [label] : [label] + zeros(width - 1)
  }
  try folder.write(array(element, "(2,)", bytes), to: "labels.npy")
  #expect(try DataSource.load("npy:" + folder.path).labels == [2, 1])
}

@Test(arguments: [
  "{'shape':(2,),\"descr\":\"|u1\",'fortran_order':False}",
  "{ 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( 2 ) , }    \n",
  "{'descr': u'|u1', u'fortran_order': False, 'shape': (2L,), }",
  "{'descr': 'u1', 'fortran_order': True, 'shape': (2,), }",
])
func headersMayBeSpacedOtherwise(header: String) throws {
  let folder = try folder()
  for version: UInt8 in 1...3 {
    try folder.write(array(header, version: version, [0, 1]), to: "labels.npy")
    #expect(message(folder) == "loaded")
  }
}

@Test(arguments: [
  (zeros(0), "labels.npy: expected a .npy file, found an empty file"),
  (Array("PK\u{3}\u{4} not an array".utf8), "expected a .npy file, found other first bytes"),
  (array("", version: 4, [0, 1]), "expected .npy version 1.0, 2.0 or 3.0, found 4.0"),
  (array("{", version: 2, []).dropLast(2) + [], "expected a header's length, found the file's end"),
  (
    Array(array("|u1", "(2,)", []).dropLast(3)), "header of 58 bytes, found 55 bytes: the file is"
  ),
  (
    array("<i8", "(2,)", zeros(15)), "expected 16 bytes of elements for shape [2], found 15"
  ),
  (array("|u1", "(2,)", zeros(3)), "expected 2 bytes of elements for shape [2], found 3"),
  (
    array("|u1", "(3,)", zeros(3)),
    "expected 2 labels, one an image of [2, 2, 2, 3], found 3"
  ),
  (
    array("|u1", "()", zeros(1)),
    "expected the shape [N], a label an image, or [N, classes], a row with one 1, found []"
  ),
  (array("|u1", "(2, 3, 4)", zeros(24)), "a row with one 1, found [2, 3, 4]"),
  (
    array("<f8", "(2,)", zeros(8) + [0, 0, 0, 0, 0, 0, 0xE0, 0x3F]),
    "expected labels that are whole numbers from 0, found 0.5 at position 1"
  ),
  (
    array("<f8", "(2,)", zeros(8) + [0, 0, 0, 0, 0, 0, 0xF8, 0x7F]), "found nan at position 1"
  ),
  (
    array("|u1", "(2, 3)", [1, 0, 0, 0, 1, 1]),
    "expected rows with one 1 and zeros, or one label an image, found 2 numbers other than 0 in row 1 of [2, 3]"
  ),
  (array("|u1", "(2, 3)", [1, 0, 0, 0, 2, 0]), "found 1 numbers other than 0 in row 1"),
  (
    array("|u1", "(2, 2)", [1, 0, 0, 1]),
    "expected rows of 3, as there are classes, found rows of 2"
  ),
  (
    array("<c8", "(2,)", zeros(16)),
    "expected numbers (bool, i1 to i8, u1 to u8, f2, f4 or f8), found '<c8'"
  ),
  (array("<i3", "(2,)", zeros(6)), "found '<i3'"),
  (array(">i2", "(2,)", [0, 0, 255, 254]), "found -2 at position 1"),
  (
    array("<u8", "(2,)", zeros(8) + [UInt8](repeating: 255, count: 8)),
    "found 1.8446744073709552e+19 at position 1"
  ),
  (array("|u1", "(2,)", [0, 3]), "labels.npy: expected labels 0 to 2, found 3 at position 1"),
  (
    array("<i8", "(2,)", zeros(8) + [UInt8](repeating: 255, count: 8)), "found -1 at position 1"
  ),
  (array("<i4", "(2,)", zeros(4) + [254, 255, 255, 255]), "found -2 at position 1"),
])
func malformedArraysAreRefused(bytes: [UInt8], part: String) throws {
  let folder = try folder()
  try folder.write(bytes, to: "labels.npy")
  #expect(message(folder).hasPrefix("labels.npy: expected "))
  #expect(message(folder).contains(part))
}

@Test(arguments: [
  (header("|u1", "(2,)").replacing("False", with: "None"), "expected True or False, found 'N'"),
  (header("|u1", "(-2,)"), "expected a whole number, found '-'"),
  (header("|u1", "(2LL,)"), "expected ')', found 'L'"),
  (header("|u1", "[2]"), "expected '(', found '['"),
  (header("|u1", "(99999999999999999999,)"), "found 99999999999999999999"),
  (header("<i8", "(4611686018427387904, 4)"), "expected a shape that fits a file"),
  (header("|u1", "(2,)").replacing(", }", with: ", 'shape': ()}"), "each once, found 'shape'"),
  (header("|u1", "(2,)").replacing("'shape': (2,), ", with: ""), "an entry 'shape', found none"),
  (header("|u1", "(2,)") + "; import os", "expected its end, found ';'"),
  ("{'descr': [('a', '|u1')]}", "expected ''', found '['"),
  ("{'descr': '|u1", "expected ''', found its end"),
  ("{'descr': '|u\\x31'}", "plain characters in a string, found '\\'"),
  ("{'descr': '|u\n1'}", "plain characters in a string, found byte 10"),
  ("", "expected '{', found its end"),
  ("{'a': 1}", "found 'a'"),
  (String(repeating: " ", count: 10_001), "a header of at most 10000 bytes, found one of 10001"),
])
func strangeHeadersAreRefused(header: String, part: String) throws {
  let folder = try folder()
  try folder.write(array(header, [0, 1]), to: "labels.npy")
  #expect(message(folder).hasPrefix("labels.npy: "))
  #expect(message(folder).contains(part))
}

@Test(arguments: [
  ("(2, 12)", "expected the shape N × height × width × 3 (or 1, or 4), N × 3 × height × width or"),
  ("(3, 2, 2, 2)", "found [3, 2, 2, 2]; another order of axes is named as in npy:"),
  ("(0, 2, 2, 3)", "none of them 0, found [0, 2, 2, 3]"), ("(24,)", "found [24]"),
  ("(2, 2, 2, 1, 3)", "found [2, 2, 2, 1, 3]"),
  ("(4, 1, 2, 3)", "labels.npy: expected 4 labels, one an image of [4, 1, 2, 3], found 2"),
])
func imagesMustBePictures(shape: String, part: String) throws {
  let folder = try folder()
  let bytes = shape.hasPrefix("(0") ? [] : zeros(24)
  try folder.write(array("|u1", shape, bytes), to: "images.npy")
  #expect(message(folder).contains(part), "\(message(folder))")
}

@Test(arguments: [
  ("classes.txt", "", "expected a line at least, found none"),
  ("classes.txt", "a\n\nb\n", "expected KEY or KEY<TAB>NAME in line 2, found ''"),
  ("classes.txt", "a\tb\tc\n", "expected KEY or KEY<TAB>NAME in line 1"),
  ("classes.txt", "a\nb\na\n", "expected different keys, none empty, found 'a' in line 3"),
  ("keys.txt", "x\n", "expected 2 lines, one an image, found 1"),
  ("keys.txt", "x\nx\n", "expected different keys, none empty, found 'x' in line 2"),
])
func textsMustFitTheArrays(file: String, text: String, part: String) throws {
  let folder = try folder()
  try folder.write(Array(text.utf8), to: file)
  #expect(message(folder).hasPrefix("\(file): \(part)"))
  try folder.write([0x61, 10, 0xFF, 10], to: file)
  #expect(
    message(folder)
      == "\(file): expected UTF-8 text, found other bytes in line 2, '\\xff'; save it as UTF-8")
}

/// A sparse file takes no room on a disk, and would take memory.
@Test func longListsAreNotReadWhole() throws {
  let folder = try folder()
  try #require(truncate(folder.path + "/classes.txt", 64 << 30) == 0)
  #expect(message(folder) == "classes.txt: expected at most 268435456 bytes, found 68719476736")
}

@Test func missingFilesAreNamed() throws {
  let empty = try TemporaryFolder()
  #expect(message(empty) == "images.npy: expected a readable file, found none")
  try empty.write(array("|u1", "(1,)", [1]), to: "X.npy")
  #expect(
    message(empty)
      == "images.npy: expected a readable file, found none; the folder holds X.npy: name one with npy:\(empty.path):images=FILE"
  )
}

/// NumPy writes '|u1', and reads what other programs write; Python 2 wrote sizes with an L.
@Test(arguments: ["<u1", "u1", ">u1", "=u1", "uint8"])
func imagesMayHaveAnyByteOrder(element: String) throws {
  let folder = try folder()
  let expected = try Array(DataSource.load("npy:" + folder.path).image(1))
  let file = try [UInt8](Data(contentsOf: URL(filePath: folder.path + "/images.npy")))
  let pixels = Array(file.suffix(24))
  try folder.write(array(element, "(2L, 2L, 2L, 3L)", pixels), to: "images.npy")
  #expect(try Array(DataSource.load("npy:" + folder.path).image(1)) == expected)
}

private let composed = "caf\u{E9}"
private let decomposed = "cafe\u{301}"

/// Swift's == takes both spellings for one; files, and Python, do not.
@Test func keysAreTheirBytes() throws {
  let folder = try folder()
  try folder.write(Array("\(composed)\n\(decomposed)\ncat\n".utf8), to: "classes.txt")
  try folder.write(Array("\(decomposed)\n\(composed)\n".utf8), to: "keys.txt")
  let set = try DataSource.load("npy:" + folder.path)
  #expect(
    set.classes.map { Array($0.key.utf8) } == [composed, decomposed, "cat"].map { Array($0.utf8) })
  #expect(try Selection(classes: ClassChoice(parsing: decomposed)).indices(in: set) == [0])
  #expect(set.classes[0] != set.classes[1])
}

@Test func listsMayBeginWithAMark() throws {
  let folder = try folder()
  try folder.write(Array("\u{FEFF}airplane\r\ncat\rdog".utf8), to: "classes.txt")
  try folder.write(Array("\u{FEFF}a\u{2028}\u{85}\nb".utf8), to: "keys.txt")
  let set = try DataSource.load("npy:" + folder.path)
  #expect(set.classes.map(\.key) == ["airplane", "cat", "dog"])
  #expect(set.keys == ["a\u{2028}\u{85}", "b"])
}

@Test(arguments: [
  ([0xFF, 0xFE, 0x61, 0] as [UInt8], "expected UTF-8 text, found UTF-16; save it as UTF-8"),
  (Array("a\nb\n".utf8) + [0x63, 0xE9], "found other bytes in line 3, 'c\\xe9'"),
])
func listsAreUTF8(bytes: [UInt8], part: String) throws {
  let folder = try folder()
  try folder.write(bytes, to: "classes.txt")
  #expect(message(folder).contains(part))
}

/// What is saved is read again as it was, or refused before anything is written.
@Test func namesSurviveOrAreRefused() throws {
  func set(_ key: String, _ name: String, _ sample: String) -> ImageDataSet {
    ImageDataSet(
      name: "test", shape: ImageShape(channels: 3, height: 1, width: 1),
      classes: [ClassName(key: key, name: name), ClassName(key: "other", name: "other")],
      labels: [0], keys: [sample], pixels: [1, 2, 3])
  }
  let strange = "a,\"\u{2028}\u{85}\u{B}\u{C} \u{301}"
  for (key, name, sample) in [
    (strange, "n", strange + "\t"), (composed, decomposed, decomposed), (" ", " x ", " "),
  ] {
    let folder = try TemporaryFolder()
    let original = set(key, name, sample)
    let writer = try ArrayFolderWriter(folder.path, of: original, positions: [0])
    try writer.append([1, 2, 3])
    try writer.finish()
    let read = try DataSource.load("npy:" + folder.path)
    #expect(read.fingerprint == original.fingerprint && read.classes == original.classes)
  }
  for (key, name, sample, part) in [
    ("a\nb", "n", "s", "no line break and no tab, found 'a·b'"),
    ("a", "n\tm", "s", "found 'n·m'"), ("a\r", "n", "s", "found 'a·'"),
    ("a", "n", "x/\ny", "samples to save whose names hold no line break, found 'x/·y'"),
    ("\u{FEFF}a", "n", "s", "found '·a'"),
  ] {
    let folder = try TemporaryFolder()
    var found = "nothing was thrown"
    do { _ = try ArrayFolderWriter(folder.path, of: set(key, name, sample), positions: [0]) } catch
    {
      found = "\(error)"
    }
    #expect(found.contains(part), "\(found)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
