// Arrays that can be meant in several ways, and what the notes say of how they were read.

import DataSets
import Foundation
import Testing

private func file(_ element: String, _ shape: [Int], _ bytes: [UInt8]) -> [UInt8] {
  let sides = shape.map { "\($0)," }.joined(separator: " ")
  let header = "{'descr': '\(element)', 'fortran_order': False, 'shape': (\(sides)), }\n"
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    + bytes
}

private func floats(_ values: [Float]) -> [UInt8] {
  values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
  }
}

/// Images of the shape, labels all 0, no lists.
private func folder(_ images: [UInt8], count: Int) throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  try folder.write(images, to: "images.npy")
  try folder.write(file("|u1", [count], [UInt8](repeating: 0, count: count)), to: "labels.npy")
  return folder
}

private func outcome(_ folder: TemporaryFolder, _ options: String = "") -> String {
  do {
    return try DataSource.load("npy:" + folder.path + options).notes.joined(separator: "\n")
      .replacing(folder.path, with: "DIR")
  } catch {
    return error.description.replacing(folder.path, with: "DIR")
  }
}

@Test func severalLayoutsAreRefusedWithTheOption() throws {
  let images = try folder(file("|u1", [10, 3, 4, 3], [UInt8](repeating: 9, count: 360)), count: 10)
  #expect(
    outcome(images)
      == "DIR/images.npy: expected a shape that can be read in one way, found [10, 3, 4, 3], which is nhwc or nchw; "
      + "write npy:DIR:layout=nhwc or npy:DIR:layout=nchw")
  #expect(try DataSource.load("npy:\(images.path):layout=nchw").shape.height == 4)
  #expect(try DataSource.load("npy:\(images.path):layout=nhwc").shape.height == 3)
  #expect(
    outcome(images, ":layout=cnhw").contains("expected a shape of 4 axes, cnhw, c of 1, 3 or 4"))
  #expect(outcome(images, ":layout=nhw").contains("expected a shape of 3 axes"))
  // Ten images or four, as one says.
  #expect(outcome(images, ":layout=hcnw").contains("labels.npy: expected 4 labels, one an image"))
}

@Test(arguments: [
  (
    ":layout=nchx",
    "a layout of the letters n, h, w and c, each once, such as nchw or nhw, found 'nchx'"
  ),
  (":layout=nhwcc", "found 'nhwcc'"), (":layout=", "expected OPTION=VALUE, found 'layout='"),
  (":range=0", "the number that means white, such as range=1 or range=255, found '0'"),
  (":range=nan", "found 'nan'"), (":range=-1", "found '-1'"),
  (":rang=1", "one of the options layout, range, images, labels, found 'rang'"),
  (":range=1,layout", "expected OPTION=VALUE, found 'layout'"),
])
func strangeOptionsAreRefused(options: String, part: String) throws {
  let images = try folder(file("|u1", [2, 1, 1, 3], [1, 2, 3, 4, 5, 6]), count: 2)
  #expect(outcome(images, options).contains(part), "\(outcome(images, options))")
}

@Test(
  arguments: [
    ([0, 1, 1, 0, 1, 0], "tell which of them means white, found float32, all whole, from 0 to 1"),
    ([0, 2.5, 7, 16, 0, 3], "found float32 from 0 to 16; write npy:DIR:range=1, or the number"),
    ([0, 1, 2, 3, 4, 5], "found float32, all whole, from 0 to 5"),
    ([0, 1.5, 0, 0, 0, 0], "found float32 from 0 to 1.5"),
    (
      [-1, 0.5, 0, 0, 0, 0],
      "numbers from 0 (black) to 1 or 255 (white), found -1 to 0.5; save the images"
    ),
    (
      [0, 300, 0, 0, 0, 0], "expected numbers from 0 to 255, found 0 to 300; write npy:DIR:range=N"
    ),
    ([0, .nan, 0, 0, 0, 0], "expected finite numbers, found nan at element 1"),
    ([0, 1, 0, -.infinity, 0, 0], "expected finite numbers, found -inf at element 3"),
  ] as [([Float], String)])
func numbersThatTellNoWhiteAreRefused(values: [Float], part: String) throws {
  let images = try folder(file("<f4", [2, 1, 1, 3], floats(values)), count: 2)
  #expect(outcome(images).contains(part), "\(outcome(images))")
}

@Test func whiteIsWhatTheUserSays() throws {
  let images = try folder(file("<f4", [2, 1, 1, 3], floats([0, 1, 2, 4, 3, 0])), count: 2)
  let set = try DataSource.load("npy:\(images.path):range=4")
  // 63.75, 127.5, 255, 191.25
  #expect(try Array(set.image(0)) == [0, 64, 128] && Array(set.image(1)) == [255, 191, 0])
  #expect(
    outcome(images, ":range=4")
      == "DIR/images.npy: read as nhwc [2, 1, 1, 3], float32 from 0 to 4; 3 of 6 numbers are no whole grey levels and were "
      + "rounded, by 0.5000 levels at most\nDIR/labels.npy: numbers; classes are called by their numbers, 0 to 0"
  )
  #expect(outcome(images, ":range=3").contains("expected numbers from 0 to 3, found 0 to 4"))
}

/// Float32's rounding errors of whole levels are no rounding worth telling; a value in between is.
@Test func roundingIsToldWhereThereIsSome() throws {
  let levels = (0..<6).map { Float(40 * $0 + 1) / 255 }
  let exact = try folder(file("<f4", [2, 1, 1, 3], floats(levels)), count: 2)
  #expect(
    outcome(exact).hasPrefix("DIR/images.npy: read as nhwc [2, 1, 1, 3], float32 from 0 to 1\n"))
  let between = try folder(file("<f4", [2, 1, 1, 3], floats(levels.dropLast() + [0.5])), count: 2)
  #expect(
    outcome(between).contains(
      "1 of 6 numbers are no whole grey levels and were rounded, by 0.5000 levels"))
  let near = try folder(
    file("<f4", [2, 1, 1, 3], floats(levels.dropLast() + [100.01 / 255])), count: 2)
  #expect(
    outcome(near).contains(
      "1 of 6 numbers are no whole grey levels and were rounded, by 0.0100 levels"))
}

@Test func darkBytesAreSaidSo() throws {
  let images = try folder(file("|u1", [2, 1, 1, 3], [0, 1, 0, 1, 1, 0]), count: 2)
  #expect(outcome(images).contains("its largest number is 1; if that means white, add range=1"))
  let set = try DataSource.load("npy:\(images.path):range=1")
  #expect(try Array(set.image(0)) == [0, 255, 0])
}

@Test func notesSayWhatWasTaken() throws {
  let alpha = try folder(file("|u1", [2, 2, 2, 4], (0..<32).map { 8 * $0 }), count: 2)
  #expect(
    outcome(alpha).hasPrefix(
      "DIR/images.npy: read as nhwc [2, 2, 2, 4], uint8 from 0 to 255; the fourth channel, alpha, is left out"
    ))
  let grey = try folder(file("|u1", [2, 2, 3], (0..<12).map { 20 * $0 }), count: 2)
  #expect(
    outcome(grey).contains(
      "read as nhw [2, 2, 3], uint8 from 0 to 255; grey is red, green and blue alike"))
  // The plainest arrays, with names, need no word.
  let plain = try folder(file("|u1", [2, 1, 1, 3], [10, 20, 30, 40, 50, 60]), count: 2)
  try plain.write(Array("a\n".utf8), to: "classes.txt")
  #expect(outcome(plain).isEmpty)
  try plain.write(file("<f4", [2, 2], floats([0, 1, 0, 1])), to: "labels.npy")
  try plain.write(Array("a\nb\n".utf8), to: "classes.txt")
  #expect(outcome(plain).contains("labels.npy: rows with one 1"))
}

@Test func labelsWithoutNamesAreToldFromTheirLeast() throws {
  let images = try folder(file("|u1", [2, 1, 1, 3], [10, 20, 30, 40, 50, 60]), count: 2)
  try images.write(file("|u1", [2], [1, 3]), to: "labels.npy")
  #expect(
    outcome(images).contains("called by their numbers, 0 to 3, of which the least that occurs is 1")
  )
  try images.write(file("<u4", [2], [0, 0, 0, 0, 0, 0, 0, 1]), to: "labels.npy")
  #expect(
    outcome(images).contains("labels.npy: expected labels below 100000, found 16777216; number the")
  )
}

/// A sparse file takes no room on a disk, and an image of it would take memory.
@Test func imagesOfAnyLengthAreRefused() throws {
  let side = 1 << 15
  let images = try folder(file("|u1", [1, side, side, 3], []), count: 1)
  let path = images.path + "/images.npy"
  let handle = try FileHandle(forWritingTo: URL(filePath: path))
  try handle.seekToEnd()
  try handle.truncate(atOffset: handle.offset() + UInt64(3 * side * side))
  #expect(
    outcome(images).contains("expected images of at most 89478485 pixels, found 32768 × 32768"))
}
