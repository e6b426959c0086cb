// Data sets as .npy arrays: what is read, and what is said of malformed and hostile files.

import DataSets
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

@Test(arguments: [
  ("|u1", [2, 1] as [UInt8]), ("<u2", [2, 0, 1, 0]), ("<i4", [2, 0, 0, 0, 1, 0, 0, 0]),
])
func labelsMayBeAnyWholeNumbers(element: String, bytes: [UInt8]) throws {
  let folder = try folder()
  try folder.write(array(element, "(2,)", bytes), to: "labels.npy")
  #expect(try DataSource.load("npy:" + folder.path).labels == [2, 1])
}

@Test(arguments: [
  "{'shape':(2,),\"descr\":\"|u1\",'fortran_order':False}",
  "{ 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( 2 ) , }    \n",
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
  (array("|u1", "(3,)", zeros(3)), "expected the shape [2], a label an image, found [3]"),
  (array("|u1", "()", zeros(1)), "expected the shape [2], a label an image, found []"),
  (
    array("<f8", "(2,)", zeros(16)),
    "expected elements of type <i8 or <i4 or <u2 or |u1, found '<f8'"
  ),
  (array(">i4", "(2,)", zeros(8)), "found '>i4'"),
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
  (header("|u1", "(2,)").replacing("False", with: "True"), "expected C order"),
  (header("|u1", "(2,)").replacing("False", with: "None"), "expected True or False, found 'N'"),
  (header("|u1", "(-2,)"), "expected a whole number, found '-'"),
  (header("|u1", "(2L,)"), "expected ')', found 'L'"),
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

@Test(arguments: ["(2, 2, 6)", "(2, 3, 2, 2)", "(0, 2, 2, 3)", "(24,)"])
func imagesMustBeColourPictures(shape: String) throws {
  let folder = try folder()
  let bytes = shape.hasPrefix("(0") ? [] : zeros(24)
  try folder.write(array("|u1", shape, bytes), to: "images.npy")
  #expect(message(folder).hasPrefix("images.npy: expected the shape N × height × width × 3"))
  try folder.write(array("<i4", "(2, 1, 1, 3)", zeros(24)), to: "images.npy")
  #expect(message(folder) == "images.npy: expected elements of type |u1, found '<i4'")
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
  try folder.write([0xFF, 0xFE, 10], to: file)
  #expect(message(folder) == "\(file): expected UTF-8 text, found other bytes")
}

@Test func missingFilesAreNamed() throws {
  let empty = try TemporaryFolder()
  #expect(message(empty) == "classes.txt: expected a readable file, found none")
  try empty.write(Array("a\n".utf8), to: "classes.txt")
  #expect(message(empty) == "images.npy: expected a readable file, found none")
}
