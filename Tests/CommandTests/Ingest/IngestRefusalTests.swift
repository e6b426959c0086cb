// What engram-ingest refuses, how it says so, and that it leaves nothing behind then.

import Foundation
import SQLiteKit
import TestSupport
import Testing

@Suite struct IngestRefusalTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  /// A whole command line in which some options are put in place of the usual ones; nil leaves one out.
  private func ingest(_ changed: [String: String?] = [:], _ more: [String] = []) throws
    -> CommandResult
  {
    let usual: [String: String?] = [
      "model": "alexnet-cifar", "weights": study.weights, "data": "shapes:test:60", "into": "w.db",
    ]
    let options = usual.merging(changed) { $1 }.sorted { $0.key < $1.key }
    let words = options.flatMap { name, value in value.map { ["--" + name, $0] } ?? [] }
    return try runCommand("engram-ingest", words + more, directory: scratch.root)
  }

  private func expectRefusal(
    _ result: CommandResult, _ status: Int32, _ part: String,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    expectFailure(result, of: "engram-ingest", status, part, location)
    #expect(!(try listing(scratch.root).contains("w.db")), sourceLocation: location)
  }

  @Test(arguments: [
    (["--wieghts", "x"], "unknown option '--wieghts'; did you mean '--weights'?"),
    (["extra"], "unexpected argument 'extra'"),
    (["--limit", "many"], "--limit takes a whole number of at least 1, not 'many'"),
    (["--limit", "0"], "--limit takes a whole number of at least 1, not '0'"),
    (["--limit=1e3"], "not '1e3'"),
    (["--per-class", "-2"], "--per-class takes"),
    (["--seed", "99999999999999999999"], "--seed takes"),
    (["--threads", "0"], "--threads takes a whole number from 1 to 1024, not '0'"),
    (["--format", "xml"], "unknown choice 'xml' (known: table, csv, json, jsonl)"),
    (["--dry-run=yes"], "--dry-run takes no value"),
    (["--name"], "--name needs a value"),
    (["--name", "a,b"], "--name takes a name without commas, not 'a,b'"),
    (["--model-name", ""], "--model-name takes a name without commas, not ''"),
    (["--layers", "last:0"], "last: takes a positive number"),
    (["--layers", "fc1,,fc2"], "expected all, last:N or names"),
    (["--classes", "random:none"], "expected random:K"),
    (["--classes", "cat,"], "found an empty item"),
  ])
  func `Wrong usage exits 64`(words: [String], part: String) throws {
    try expectRefusal(try ingest([:], words), 64, part)
  }

  @Test(arguments: ["model", "weights", "data", "into"])
  func `What is required is asked for`(option: String) throws {
    try expectRefusal(try ingest([option: nil]), 64, "--\(option) is required")
  }

  @Test func `What is not known is answered with what is`() throws {
    try expectRefusal(
      try ingest(["model": "net"]), 64,
      "unknown architecture 'net' (known: alexnet-cifar, alexnet, vgg11,"
    )
    try expectRefusal(try ingest(["layers": "fc2,fc9"]), 1, "'fc9'")
    try expectRefusal(try ingest(["layers": "fc2,fc9"]), 1, "fc1, fc2, fc3")
    try expectRefusal(try ingest(["layers": "last:4"]), 1, "the network has 3")
    try expectRefusal(
      try ingest(["classes": "circle,sqare"]), 1,
      "no class 'sqare'; did you mean 'square'? (known: circle, square, ")
    try expectRefusal(try ingest(["classes": "10"]), 1, "no class '10'; known: circle,")
    try expectRefusal(
      try ingest(["data": "shapes:validation"]), 1, "splits train, test, found 'validation'")
    try expectRefusal(try ingest(["data": "shapes"]), 1, "shapes:train or shapes:test")
    try expectRefusal(try ingest(["data": "shapes:test:0"]), 1, "from 1 to 1000000, found '0'")
  }

  @Test func `Attacks and shifts that are none are wrong usage`() throws {
    for (options, part) in [
      (["attack": "pdg"], "Unknown attack \"pdg\"; known are: pgd, fgsm, odin."),
      (["attack": "pgd:epsilon=1"], "unknown option \"epsilon\"; known are: eps, step,"),
      (["attack": "pgd:eps=-1"], "expected eps from 0 to 1"),
      (["attack": "pgd:steps=0"], "expected steps from 1"),
      (["shift": "blurr:3"], "no shift 'blurr'; did you mean 'blur'?"),
      (["shift": "blur:6"], "a severity 1, 2, 3, 4 or 5"),
      (["attack": "pgd", "shift": "blur:1"], "--attack and --shift exclude each other"),
      (["save-attacked": scratch.path("images")], "--save-attacked needs --attack or --shift"),
    ] {
      try expectRefusal(try ingest(options), 64, part)
    }
    try expectRefusal(try ingest(["attack": "pgd:target=10"]), 1, "by its position from 0 to 9")
    try write("a file".utf8, to: scratch.path("images"))
    try expectRefusal(
      try ingest(["shift": "blur:1", "save-attacked": scratch.path("images")]), 1,
      "expected a folder that can be written")
  }

  @Test func `Data that are missing or damaged are named`() throws {
    let folder = scratch.path("cifar")
    try expectRefusal(try ingest(["data": folder + ":test"]), 1, folder + ": expected a folder")
    try TinyCIFAR10.write(to: folder)
    try FileManager.default.removeItem(atPath: folder + "/test_batch.bin")
    try expectRefusal(
      try ingest(["data": folder + ":test"]), 1, "expected one of its splits train, found 'test'")
    let first = folder + "/data_batch_1.bin"
    try write(try bytes(of: first).dropLast(), to: first)
    try expectRefusal(
      try ingest(["data": folder + ":train"]), 1,
      first + ": expected records of 3073 bytes, found 61459 bytes")
    try write([10] + (try bytes(of: folder + "/data_batch_2.bin").dropFirst()), to: first)
    try expectRefusal(
      try ingest(["data": folder + ":train"]), 1, "expected labels 0 to 9, found 10 in record 0")
    try write("one\n".utf8, to: folder + "/batches.meta.txt")
    try expectRefusal(try ingest(["data": folder + ":train"]), 1, "ten different class names")
  }

  @Test func `Weights that are missing, cut short or of another network are named`() throws {
    let path = scratch.path("net.safetensors")
    try expectRefusal(try ingest(["weights": path]), 1, path + ": ")
    let whole = try bytes(of: study.weights)
    for count in [0, 4, 100, 5000, whole.count - 1] {
      try write(whole.prefix(count), to: path)
      try expectRefusal(try ingest(["weights": path]), 1, path + ": expected")
    }
    try write(whole + [0], to: path)
    try expectRefusal(try ingest(["weights": path]), 1, path + ": expected")
    try expectRefusal(try ingest(["weights": scratch.root]), 1, "found a directory")

    // The bias of fc3 as a matrix of as many elements.
    let text = "\"shape\":[10]"
    let header = String(decoding: whole.prefix(4000), as: UTF8.self)
    let at = try #require(header.range(of: text)).lowerBound.utf16Offset(in: header)
    let length = Array(whole[..<8]).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } + 2
    let lengthBytes = withUnsafeBytes(of: length) { Array($0) }
    let changed =
      lengthBytes + whole[8..<at] + Array("\"shape\":[10,1]".utf8) + whole[(at + text.count)...]
    try write(changed, to: path)
    try expectRefusal(
      try ingest(["weights": path]), 1, "fc3.bias is [10, 1] instead of [10]")
  }

  @Test func `A file that is no warehouse stays as it is`() throws {
    let (words, other) = (scratch.path("words.txt"), scratch.path("other.db"))
    try write("not a database at all, and longer than its header would be\n".utf8, to: words)
    try Connection.open(other, mode: .create).execute("create table mine (a)")
    let before = [try bytes(of: words), try bytes(of: other)]
    try expectRefusal(
      try ingest(["into": words]), 1, words + ": expected a warehouse, found no SQL")
    try expectRefusal(
      try ingest(["into": other]), 1, other + ": expected a warehouse, found another SQLite")
    try expectRefusal(try ingest(["into": scratch.path("none/w.db")]), 1, "none/w.db: cannot be")
    try expectRefusal(try ingest(["into": scratch.root]), 1, scratch.root + ": cannot be opened")
    #expect(difference([try bytes(of: words), try bytes(of: other)], before) == nil)
    #expect(try listing(scratch.root) == ["other.db", "words.txt"])
  }
}
