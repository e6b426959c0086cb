// Listing, verifying and deleting runs from the command line.

import Bits
import Foundation
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct HousekeepingTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory
  private var path: String { scratch.path("w.db") }

  init() throws {
    try registerEngramFunctions()
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
    try study.copyWarehouse(to: scratch.path("w.db"))
  }

  private func run(_ words: String...) throws -> CommandResult {
    try runCommand("engram-ingest", words, directory: scratch.root)
  }

  private func ingest(_ file: String, _ options: String...) throws {
    expectSuccess(
      try runCommand(
        "engram-ingest",
        [
          "--model", "alexnet-cifar", "--weights", study.weights, "--layers", "last:2", "--into",
          file,
        ] + options, directory: scratch.root))
  }

  @Test func `Runs are listed with what they take`() throws {
    try ingest("w.db", "--data", "shapes:test:40", "--name", "lean", "--bitsets", "derived")
    let result = try run("runs", "w.db", "--format", "csv")
    expectSuccess(result)
    let lines = result.output.split(whereSeparator: \.isNewline).map {
      $0.split(separator: ",").map(String.init)
    }
    #expect(
      lines[0].joined(separator: ",") == """
        run,model,data,state,samples,bitsets,profiles,prediction_bytes,activation_bytes,significance_bytes,\
        profile_bytes,measure_bytes,total_bytes
        """)
    #expect(lines.dropFirst().map { $0[0] } == ["clean", "stylised", "memorised", "lean"])
    for row in lines.dropFirst() {
      #expect(row[3] == "complete" && row[4] == (row[0] == "lean" ? "40" : "60"))
      let bytes = row[7...].compactMap { Int($0) }
      #expect(bytes.count == 6 && bytes.dropLast().reduce(0, +) == bytes[5])
      let blobs = try rows(
        path,
        """
        select sum(length(bits)) from significance join run using (run_id) where run.name = '\(row[0])'
        """)[0][0]
      let numbers = (row[0] == "lean" ? 40 : 60) * 2 * 6 * 8
      if case .integer(let stored) = blobs {
        // Two layers, six numbers a row.
        #expect(bytes[2] == stored + numbers)
      } else {
        #expect(row[0] == "lean" && bytes[2] == numbers)
      }
    }
    #expect(result.errors.contains("w.db: ") && result.errors.contains("of it weights"))
    let part = try run("runs", "none.db")
    expectFailure(part, of: "engram-ingest runs", 1, "none.db: no such file")
  }

  @Test func `Unfinished runs and parts say so`() throws {
    try ingest("p.db", "--data", "shapes:test:600", "--name", "p", "--shard", "2/3")
    #expect(try run("runs", "p.db").output.contains("part 2/3"))
    let writer = try Connection.open(path, mode: .readWrite)
    try writer.execute("update run set completed_at = null where name = 'clean'")
    #expect(try run("runs", "w.db").output.contains("not measured"))
    try writer.execute("delete from prediction where run_id = 1 and prediction_id > 7")
    #expect(try run("runs", "w.db").output.contains("7 of 60 samples"))
  }

  @Test func `A deleted run is gone and the file is smaller`() throws {
    let before = try contents(path)
    try ingest("w.db", "--data", "shapes:test:300", "--name", "large")
    let large = try bytes(of: path).count
    let result = try run("delete", "w.db", "--run", "large")
    expectSuccess(result)
    #expect(result.output.firstMatch(of: #/deleted +large +300 +\d+ +\d+/#) != nil)
    // Nothing is left of it; ids go on where they were.
    try expectSame(contents(path), before)
    #expect(try bytes(of: path).count < large)
    #expect(try rows(path, "pragma freelist_count") == [[0]])
    expectSuccess(try run("verify", "w.db"))

    // A network's weights and samples stay while a run stands on them.
    expectSuccess(try run("delete", "w.db", "--run", "stylised", "--keep-space"))
    #expect(
      try rows(path, "select count(*) from divergence where from_run_id <> to_run_id") == [[0]])
    #expect(try rows(path, "select count(*) from model") == [[2]])
    #expect(try rows(path, "select count(*) from dataset") == [[1]])
    #expect(try rows(path, "pragma freelist_count") != [[0]])
    expectSuccess(try run("verify", "w.db"))
    for name in ["clean", "memorised"] { expectSuccess(try run("delete", "w.db", "--run", name)) }
    for table in ["model", "layer", "layer_weight", "dataset", "class", "sample", "run", "rank"] {
      #expect(try rows(path, "select count(*) from \(table)") == [[0]], "\(table)")
    }
    #expect(try bytes(of: path).count < 700_000)
    try ingest("w.db", "--data", "shapes:test:40", "--name", "again")
    expectSuccess(try run("verify", "w.db"))
  }

  @Test func `Wrong requests are refused`() throws {
    let before = try contents(path)
    expectFailure(
      try run("delete", "w.db"), of: "engram-ingest delete", 64, "--run is required")
    expectFailure(
      try run("delete", "w.db", "--run", "claen"), of: "engram-ingest delete", 1,
      "unknown run 'claen'; did you mean 'clean'? (known: clean, stylised, memorised)")
    expectFailure(
      try run("verify", "w.db", "--run", "claen"), of: "engram-ingest verify", 1, "unknown run")
    expectFailure(
      try run("verify", "w.db", "--samples", "some"), of: "engram-ingest verify", 64, "--samples")
    expectFailure(
      try run("delete", "none.db", "--run", "x"), of: "engram-ingest delete", 1, "no such file")
    try expectSame(contents(path), before)
    #expect(access(scratch.path("none.db"), F_OK) != 0)
  }

  @Test func `Verifying names what a changed byte of the file has hit`() throws {
    let whole = try run("verify", "w.db", "--format", "jsonl")
    expectSuccess(whole)
    #expect(!whole.output.contains("damaged") && whole.output.contains("\"ok\""))
    let file = try bytes(of: path)
    // Places in the file where a stretch of some blob stands.
    var lots = Lots()
    var places: [(offset: Int, table: String)] = []
    for (table, column) in [
      ("activation", "x"), ("activation", "z"), ("significance", "bits"),
      ("class_profile", "counts"), ("layer_weight", "weight"),
    ] {
      let blobs = try rows(path, "select \(column) from \(table) where length(\(column)) > 40")
      var found = 0
      while found < 12 {
        guard case .blob(let blob) = blobs[lots.below(blobs.count)][0] else { continue }
        let start = lots.below(blob.count - 24)
        guard let offset = onlyOffset(of: Array(blob[start..<start + 24]), in: file) else {
          continue
        }
        places.append((offset + lots.below(24), table))
        found += 1
      }
    }
    var log: [String] = []
    for (offset, table) in places {
      let change = UInt8(1 << lots.below(8))
      try write(file[offset] ^ change, at: offset)
      let result = try run("verify", "w.db", "--format", "csv")
      try write(file[offset], at: offset)
      #expect(result.status == 1, "byte \(offset) of \(table)")
      let damage = result.output.split(whereSeparator: \.isNewline).first {
        $0.hasPrefix("damaged")
      }
      #expect(damage?.contains("its bytes do not have its checksum") == true, "\(result.output)")
      log.append("byte \(offset), \(table): \(damage ?? "")")
    }
    #expect(try difference(bytes(of: path), file) == nil)
    print(log.map { "byte flip: " + $0 }.joined(separator: "\n"))
  }

  @Test func `Files that cannot be read at all are told in one line`() throws {
    let file = try bytes(of: path)
    for (name, content) in [
      ("short.db", Array(file.prefix(file.count / 2))), ("empty.db", []),
      ("text.db", Array("no database, but long enough to be taken for one".utf8)),
      ("header.db", Array(file.prefix(100)) + [UInt8](repeating: 0xFF, count: 9000)),
    ] {
      try Data(content).write(to: URL(filePath: scratch.path(name)))
      let result = try run("verify", name)
      #expect(result.status == 1)
      let lines = result.errors.split(whereSeparator: \.isNewline).filter {
        !$0.hasPrefix("verifying ")
      }
      #expect(lines.count == 1 && lines[0].hasPrefix("engram-ingest verify: \(name): "), "\(lines)")
    }
  }

  /// nil where the stretch stands nowhere as a whole, or more than once.
  private func onlyOffset(of stretch: [UInt8], in file: [UInt8]) -> Int? {
    let data = Data(file)
    guard let first = data.range(of: Data(stretch)),
      data.range(of: Data(stretch), in: first.lowerBound + 1..<data.endIndex) == nil
    else { return nil }
    return first.lowerBound
  }

  private func write(_ byte: UInt8, at offset: Int) throws {
    let handle = try FileHandle(forUpdating: URL(filePath: path))
    try handle.seek(toOffset: UInt64(offset))
    try handle.write(contentsOf: Data([byte]))
    try handle.close()
  }
}

/// Numbers that look drawn and are always the same.
private struct Lots {
  var drawn = 0

  mutating func below(_ bound: Int) -> Int {
    drawn += 1
    return Int(UInt(bitPattern: Checksum.of(Array("\(drawn)".utf8))) % UInt(bound))
  }
}
