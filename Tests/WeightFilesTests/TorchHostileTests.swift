// Archives and pickles made to harm: an error in one line that names what is wrong.

import Foundation
import Glibc
import Networks
import Testing
import WeightFiles

struct TorchHostileTests {
  private func expectRefusal(
    _ bytes: [UInt8], _ part: String, _ location: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: WeightFileError.self, sourceLocation: location) {
      try WeightFile(decoding: bytes, path: "evil.pth")
    }
    let text = error?.description ?? ""
    #expect(text.contains(part), "\(text)", sourceLocation: location)
    #expect(text.hasPrefix("evil.pth: ") && !text.contains("\n"), sourceLocation: location)
  }

  /// A sparse file takes no room on a disk, and would take all memory.
  @Test func longFilesAreNotReadWhole() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "weights-\(UUID().uuidString).pth").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let start: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]
    try Data(start).write(to: URL(filePath: path))
    try #require(truncate(path, 64 << 30) == 0)
    let error = #expect(throws: WeightFileError.self) { try WeightFile.read(path) }
    #expect(error?.description.hasPrefix(path + ": ") == true)
  }

  @Test func theMakersAreRight() throws {
    let values: [Float] = [1, 2, 3, 4]
    let storage = values.flatMap { little(UInt64($0.bitPattern), 4) }
    let bytes = ArchiveMaker(pickle: tensorPickle(), storages: [storage]).bytes
    #expect(
      try WeightFile(decoding: bytes, path: "w").tensors
        == ["w1000": Tensor(shape: [2, 2], values: values)])
  }

  @Test(arguments: [
    ("cos\nsystem\nU\u{4}true\u{85}R.", "asks for os.system, which is no part of a state dict"),
    ("c__builtin__\neval\nU\u{1}1\u{85}R.", "asks for __builtin__.eval"),
    ("}U\u{1}wcbuiltins\neval\nU\u{1}1\u{85}Rs.", "asks for builtins.eval"),
    (
      "}U\u{1}wctorch.storage\n_load_from_bytes\nU\u{1}1\u{85}Rs.", "torch.storage._load_from_bytes"
    ),
    (
      "}U\u{1}wctorch._utils\n_rebuild_parameter\ncos\nsystem\nU\u{4}true\u{85}R\u{85}Rs.",
      "os.system"
    ),
    ("}U\u{1}wcos\nsys\ttem\n)Rs.", "os.sys·tem"),
    ("}U\u{1}wctorch._utils\n_rebuild_parameter\n)Rs.", "with data, found none"),
    (
      "}U\u{1}wctorch._utils\n_rebuild_tensor_v2\n(K\u{1}K\u{1}))tRs.", "storage, offset, shape and"
    ),
    ("}U\u{1}wctorch._utils\n_rebuild_tensor_v2\n(NQK\u{1}))tRs.", "class, key, location and size"),
    ("}.", "an empty dictionary"), ("}U\u{1}aNs.", "only a"), ("].", "found a list"),
    ("cos\nsystem\n.", "found os.system"), ("X", "cut short"), ("N(.", "a value on the stack"),
    // A dictionary that contains itself, and a parameter around itself.
    ("}q\u{0}U\u{5}modelh\u{0}s.", "a dictionary of tensors by name"),
    (
      "}U\u{1}wctorch._utils\n_rebuild_parameter\n]q\u{1}Rq\u{2}0h\u{1}h\u{2}a0h\u{2}s.",
      "within parameters"
    ),
  ])
  func picklesOfOtherThingsAreRefused(text: String, part: String) {
    expectRefusal(ArchiveMaker(pickle: raw("\u{80}\u{2}" + text)).bytes, part)
  }

  @Test(arguments: [
    (tensorPickle(offset: 1), "w1000 to lie within the 4 elements of its storage"),
    (tensorPickle(offset: -1), "offset -1"), (tensorPickle(offset: .max), "offset \(Int.max)"),
    (tensorPickle(shape: [2, 3], strides: [3, 1]), "shape [2, 3]"),
    (tensorPickle(shape: [-2, 2]), "shape [-2, 2]"), (tensorPickle(strides: [2, -1]), "-1]"),
    (tensorPickle(strides: [.max, 1]), "strides"), (tensorPickle(shape: [2]), "shape [2]"),
    (tensorPickle(shape: [.max, .max]), "shape"),
    (tensorPickle(shape: [1 << 40, 0], strides: [1 << 40, 1]), "strides"),
    (tensorPickle(shape: [1 << 40, 1 << 40, 0], strides: [0, 0, 0]), "shape"),
    (
      tensorPickle(shape: Array(repeating: 1, count: 65), strides: Array(repeating: 1, count: 65)),
      "with storage, offset, shape"
    ),
    (tensorPickle(shape: [1 << 40], strides: [0]), "tensors of at most"),
    (tensorPickle(shape: [1 << 62], strides: [0]), "tensors of at most"),
    (tensorPickle(count: 5), "5 elements of F32 in storage 0, found 16 bytes"),
    (tensorPickle(count: -1), "class, key, location and size"),
    (tensorPickle(count: .max), "found 16 bytes"),
    (tensorPickle(storage: "QInt8Storage"), "found torch.QInt8Storage"),
  ])
  func tensorsBeyondTheirStorageAreRefused(pickle: [UInt8], part: String) {
    expectRefusal(ArchiveMaker(pickle: pickle).bytes, part)
  }

  /// An empty tensor whose other sizes have a product beyond Int.
  @Test func emptyTensorsMayHaveLargeSides() throws {
    let shape = [0, 1 << 31, 1 << 32]
    let pickle = tensorPickle(shape: shape, strides: [1, 1 << 32, 1])
    let file = try WeightFile(decoding: ArchiveMaker(pickle: pickle).bytes, path: "w")
    #expect(file.tensors["w1000"]?.shape == shape)
  }

  @Test(
    arguments: [
      ("](U\u{1}0U\u{1}0e.", little(4, 8) + [UInt8](repeating: 0, count: 16), "0 again"),
      ("](U\u{1}0U\u{1}1e.", [], "storages that the pickle mentions, found 1"),
      ("]U\u{1}0a.", little(5, 8), "the elements of storage 0"),
      ("]U\u{1}0a.", little(.max, 8), "the elements of storage 0"),
      ("]U\u{1}0a.", little(1 << 62, 8), "the elements of storage 0"),
      ("].", [], "the storage 0, found none"), ("N.", [], "the storage 0, found none"),
    ] as [(String, [UInt8], String)])
  func brokenLegacyFilesAreRefused(keys: String, start: [UInt8], part: String) {
    let head = raw("\u{80}\u{2}\u{8a}\u{A}l\u{FC}\u{9C}F\u{F9} j\u{A8}P\u{19}.M\u{E9}\u{3}.}.")
    let tail = little(4, 8) + [UInt8](repeating: 0, count: 16)
    expectRefusal(head + tensorPickle() + raw(keys) + start + (start.count == 8 ? [] : tail), part)
  }

  /// Something long beside the weights, which puts the storages far behind the beginning.
  @Test func longLegacyPicklesAreRead() throws {
    let head = raw("\u{80}\u{2}\u{8a}\u{A}l\u{FC}\u{9C}F\u{F9} j\u{A8}P\u{19}.M\u{E9}\u{3}.}.")
    let junk = raw("U\u{4}junkT") + little(20_000_000, 4) + [UInt8](repeating: 7, count: 20_000_000)
    let pickle = tensorPickle().dropLast() + junk + raw("s.")
    let storage = little(4, 8) + [UInt8](repeating: 0, count: 16)
    let bytes = head + pickle + raw("]U\u{1}0a.") + storage
    let tensor = Tensor(shape: [2, 2], values: [0, 0, 0, 0])
    #expect(try WeightFile(decoding: bytes, path: "w").tensors == ["w1000": tensor])
    #expect(throws: WeightFileError.self) { try WeightFile(decoding: bytes.dropLast(), path: "w") }
  }

  /// A thousand tensors that are one storage.
  @Test func smallFilesDoNotBecomeLargeTensors() {
    let storage = [UInt8](repeating: 0, count: 1 << 20)
    let pickle = tensorPickle(
      count: 1 << 18, shape: [1 << 18], strides: [1], repeats: 1000)
    expectRefusal(ArchiveMaker(pickle: pickle, storages: [storage]).bytes, "tensors of at most")
  }

  private typealias Change = @Sendable (inout ArchiveMaker) -> Void
  private static let changes: [(Change, String)] = [
    ({ $0.entries[1].name = "a/data/1" }, "the entry data/0, found none"),
    ({ $0.entries[0].name = "../data.pkl" }, "the entry data/0"),
    ({ $0.entries[0].name = "data.pkl" }, "one NAME/data.pkl in the zip archive, found 0"),
    ({ $0.entries[1].name = "b/data.pkl" }, "found 2"),
    ({ $0.entries[1].name = "a/data.pkl" }, "a/data.pkl again"),
    ({ $0.entries[1].method = 8 }, "compression method 8"),
    ({ $0.entries[0].flags = 1 }, "an encrypted one"),
    ({ $0.entries[1].offset = 7 }, "other bytes"),
    ({ $0.entries[1].offset = 0xFFFF_FFFE }, "cut short"),
    ({ $0.entries[1].size = 0xFFFF_FFFE }, "cut short"),
    ({ $0.entries[1].size = 1000 }, "fewer, cut short"),
    ({ $0.entries[1].size = 8 }, "found 8 bytes"),
    ({ $0.count = 3 }, "3 entries"), ({ $0.count = 0 }, "0 entries"),
    ({ $0.directoryOffset = 0xFFFF_FFF0 }, "the zip directory before"),
    ({ $0.directoryOffset = 0 }, "other bytes"), ({ $0.directorySize = 1 << 31 }, "before byte"),
    ({ $0.directorySize = 10 }, "other bytes"),
    ({ $0.behindDirectory = zip64(at: 0) }, "a zip64 directory's end"),
    ({ $0.behindDirectory = zip64(at: .max) }, "a zip64 directory's end"),
    ({ $0.behindDirectory = zip64(at: 1 << 62) }, "a zip64 directory's end"),
    (
      {
        $0.entries[1].size = 0xFFFF_FFFF
        $0.entries[1].extra = little(1, 2) + little(16, 2) + little(1 << 62, 8) + little(1 << 62, 8)
      }, "cut short"
    ),
    (
      {
        $0.entries[1].size = 0xFFFF_FFFF
        $0.entries[1].extra = little(1, 2) + little(8, 2) + little(16, 8)
      }, "other bytes"
    ),
    (
      {
        $0.entries[1].offset = 0xFFFF_FFFF
        $0.entries[1].extra = little(1, 2) + little(8, 2) + little(.max, 8)
      }, "other bytes"
    ),
  ]

  /// The end of a zip64 directory said to be at `position`.
  private static func zip64(at position: UInt64) -> [UInt8] {
    raw("PK\u{6}\u{7}") + little(0, 4) + little(position, 8) + little(1, 4)
  }

  @Test(arguments: changes.indices)
  func brokenArchivesAreRefused(_ index: Int) {
    var archive = ArchiveMaker(pickle: tensorPickle())
    let (change, part) = Self.changes[index]
    change(&archive)
    expectRefusal(archive.bytes, part)
  }

  @Test func zip64IsRead() throws {
    var archive = ArchiveMaker(pickle: tensorPickle())
    archive.entries[1].extra = little(1, 2) + little(24, 2) + little(16, 8) + little(16, 8)
    archive.entries[1].extra += little(UInt64(30 + 10 + tensorPickle().count), 8)
    archive.entries[1].size = 0xFFFF_FFFF
    archive.entries[1].offset = 0xFFFF_FFFF
    #expect(try WeightFile(decoding: archive.bytes, path: "w").tensors["w1000"]?.shape == [2, 2])
  }

  @Test func bigEndianNumbersAreRefused() {
    var archive = ArchiveMaker(pickle: tensorPickle())
    archive.entries.append(.init(name: "a/byteorder", content: raw("big")))
    expectRefusal(archive.bytes, "little-endian numbers")
  }
}
