// Recordings as NumPy writes them: the same runs as of safetensors, and what is said of broken ones.

import Capture
import Foundation
import SQLiteKit
import TestSupport
import Testing

@Suite struct RecordingFormTests {
  private let setting: RecordingSetting

  init() throws { setting = try RecordingSetting() }

  /// Of .npz some parts are deflated; .npy has x in Fortran's order, W, b and labels with the highest byte first, and keys as
  /// texts, bytes and JSON.
  @Test(arguments: ["npz", "npy"])
  func aRunIsTheSameInEveryForm(form: String) throws {
    let expected = try setting.expected("float32")
    #expect(try setting.ingest("\(setting.folder)/\(form)").status == "ingested")
    try setting.expectRun(expected)
    #expect(try setting.ingest("\(setting.folder)/float32").status == "already ingested")
    try setting.ingest("\(setting.folder)/float32", into: "other.db")
    for sql in [
      "select hex(x), hex(z) from activation order by sample_id, layer_id",
      "select hex(counts) from class_profile order by layer_id, kind, grouping, class_id, block",
      "select identity, selection from run",
    ] {
      #expect(try setting.rows(sql) == setting.rows(sql, "other.db"), "\(sql)")
    }
  }

  private func copy(_ name: String) throws -> String {
    let path = setting.scratch.path(name)
    try FileManager.default.copyItem(atPath: "\(setting.folder)/\(name)", toPath: path)
    return path
  }

  /// A .npy file of some type; its elements are zeros.
  private func array(_ type: String, _ shape: [Int], bytes: Int) -> Data {
    let sides = shape.map { "\($0)," }.joined()
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sides)), }"
    let header = text + String(repeating: " ", count: 117 - text.utf8.count) + "\n"
    return Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8))
      + Data(count: bytes)
  }

  @Test(arguments: [
    ("logits", "<f4", [4, 4], 64, "expected logits of 3 outputs, found 4"),
    (
      "fc1.x", "<f4", [4, 6], 96,
      "expected fc1.x of the shape [4, 7] or [4, tokens, 7], found [4, 6]"
    ),
    ("fc1.x", "<V2", [4, 7], 56, "V2, as NumPy saves bfloat16"),
    ("fc1.x", "|O", [4, 7], 10, "expected fc1.x as f4, f2, f8, i8 or i4, found Python objects"),
    ("fc1.x", "<i8", [4, 7], 224, "expected fc1.x as F32, F16, BF16 or F64, found I64"),
    (
      "fc1.x", "<c8", [4, 7], 224,
      "expected numbers (bool, i1 to i8, u1 to u8, f2, f4 or f8), found '<c8'"
    ),
    ("fc1.x", "<f4", [4, 7], 100, "expected 112 bytes of elements for shape [4, 7], found 100"),
    (
      "fc1.x", "<f8", [4, 7], 224,
      "expected fc1.x as in the first part (F32, 2 axes), found F64, 2 axes"
    ),
    ("labels", "|u1", [4], 4, "expected labels as I64 or I32, found U8"),
    ("labels", "<i8", [3], 24, "expected labels of the shape [4], found [3]"),
    ("keys", "<U3", [3], 36, "expected 4 keys, one for each sample, found 3"),
    ("keys", "<U3", [4], 48, "expected keys that name one sample each, found an empty one"),
    ("keys", "|O", [4], 40, "expected texts, as np.array(LIST, dtype=str) has them, found '|O'"),
    ("keys", "<i8", [4], 32, "expected texts, as np.array(LIST, dtype=str) has them, found '<i8'"),
    ("keys", "<U3", [4, 1], 48, "expected texts of one axis, found [4, 1]"),
    ("keys", "<U3", [4], 40, "expected 48 bytes of elements for shape [4], found 40"),
  ])
  func whatAnArrayHasWrongIsALine(
    name: String, type: String, shape: [Int], bytes: Int, told: String
  ) throws {
    let path = try copy("npy")
    let file = "\(path)/part-00001/\(name).npy"
    try array(type, shape, bytes: bytes).write(to: URL(fileURLWithPath: file))
    try setting.expectLine(path, told)
  }

  @Test(arguments: [
    ("npz", "cut part-00001.npz", "one that is cut short or damaged"),
    ("npz", "flip part-00001.npz", "expected a whole array, found one cut short or damaged"),
    ("npz", "flip part-00000.npz", "expected a whole array, found one cut short or damaged"),
    (
      "npz", "rm part-00001.npz", "expected part-00001.npz, found part-00002.npz: a part is missing"
    ),
    (
      "npz", "rm weights.npz",
      "expected weights.safetensors, weights.npz, weights (a folder of .npy files)"
    ),
    (
      "npz", "fake part-00001.npz",
      "expected a .npz file, a zip archive of arrays, found other first bytes"
    ),
    (
      "npz", "mv part-00001.npz part-00001.safetensors",
      "expected parts in the form of weights.npz, such as part-00001.npz, found part-00001.safetensors"
    ),
    ("npz", "cp part-00001.npz part-00001", "found part-00001"),
    (
      "npz", "cp weights.npz weights.safetensors",
      "expected the weights in one form, found weights.safetensors and weights.npz"
    ),
    ("npz", "mv part-00002.npz part-000002.npz", "expected part-00002.npz, found part-000002.npz"),
    (
      "npy", "rm part-00001/labels.npy",
      "expected labels as in the first part (I64, 1 axes), found none"
    ),
    ("npy", "rm part-00000/fc1.x.npy", "expected fc1.x, found none"),
    ("npy", "rm part-00000/logits.npy", "expected logits of the shape"),
    ("npy", "rm weights/fc1.bias.npy", "expected fc1.bias of the shape [5], found none"),
    ("npy", "cut part-00001/fc1.x.npy", "bytes of elements for shape [4, 7]"),
    ("npy", "fake part-00001/fc1.x.npy", "expected a .npy file, found other first bytes"),
    (
      "npy", "fake part-00002/keys.json",
      "keys.json: expected a JSON list of texts, found another value"
    ),
    (
      "npy", "cp part-00001/keys.npy part-00002/keys.npy",
      "expected keys in one file, found keys.npy and keys.json"
    ),
    ("npy", "rm part-00001/keys.npy", "expected keys as in the first part (some), found none"),
    (
      "npy", "fake part-00003",
      "part-00003: expected a folder of .npy files that can be read, found none"
    ),
  ])
  func whatIsBrokenIsALine(form: String, change: String, told: String) throws {
    let path = try copy(form)
    let words = change.split(separator: " ").map(String.init)
    let file = "\(path)/\(words[1])"
    let files = FileManager.default
    switch words[0] {
    case "rm": try files.removeItem(atPath: file)
    case "mv": try files.moveItem(atPath: file, toPath: "\(path)/\(words[2])")
    case "cp": try files.copyItem(atPath: file, toPath: "\(path)/\(words[2])")
    case "fake":
      try Data("no array at all, and no list of keys".utf8).write(to: URL(fileURLWithPath: file))
    case "cut":
      try Data(contentsOf: URL(fileURLWithPath: file)).dropLast(50).write(
        to: URL(fileURLWithPath: file))
    default:
      // A bit of the elements of fc1.x, which comes behind logits and labels.
      var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      let name = try #require(bytes.range(of: Data("fc1.x.npy".utf8)))
      bytes[name.upperBound + 160] ^= 4
      try bytes.write(to: URL(fileURLWithPath: file))
    }
    try setting.expectLine(path, told)
  }
}
