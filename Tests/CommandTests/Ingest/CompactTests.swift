// The bytes that deleted runs leave, given back.

import Bits
import SQLiteKit
import Testing
import Warehouse

@Suite struct CompactTests {
  private let scratch: TemporaryDirectory
  private var path: String { scratch.path("w.db") }

  init() throws {
    try registerEngramFunctions()
    scratch = try TemporaryDirectory()
    try SharedStudy.get().copyWarehouse(to: scratch.path("w.db"))
    expectSuccess(
      try runCommand("engram-ingest", ["delete", path, "--run", "memorised", "--keep-space"]))
  }

  private func compact() throws -> CommandResult {
    try runCommand(
      "engram-ingest", ["compact", "w.db", "--format", "csv"], directory: scratch.root)
  }

  @Test func `Free pages are given back and nothing else changes`() throws {
    let (before, size) = (try contents(path), try bytes(of: path).count)
    let result = try compact()
    expectSuccess(result)
    let after = try bytes(of: path).count
    #expect(after < size)
    #expect(
      result.output == "status,bytes_given_back,file_bytes_before,file_bytes\r\n"
        + "compacted,\(size - after),\(size),\(after)\r\n")
    #expect(try rows(path, "pragma freelist_count") == [[0]])
    try expectSame(contents(path), before)
    try expectVerified(path)
    let again = try compact()
    expectSuccess(again)
    #expect(again.output.hasSuffix("unchanged,0,\(after),\(after)\r\n"))
  }

  /// A reader of an older state loses nothing, and no committed row is lost to it.
  @Test func `A reader keeps its state and the space comes back when it is done`() throws {
    let before = try contents(path)
    let reader = try Connection.open(path, mode: .readWrite)
    try reader.execute("begin; select count(*) from run")
    let result = try compact()
    let log = try bytes(of: path + "-wal").count
    expectFailure(
      result, of: "engram-ingest compact", 1,
      "w.db: written anew, but another program reads an older state, so \(log) bytes of it stand in w.db-wal"
    )
    #expect(try reader.integer("select count(*) from run") == 2)
    try reader.execute("rollback")
    try expectSame(contents(path), before)
    let size = try bytes(of: path).count
    expectSuccess(try compact())
    #expect(try bytes(of: path).count < size)
    try expectSame(contents(path), before)
    try expectVerified(path)
  }

  @Test func `What cannot be compacted is refused in one line`() throws {
    for (words, status, part) in [
      (["none.db"], Int32(1), "none.db: no such file"), ([], 64, "WAREHOUSE is missing"),
    ] {
      expectFailure(
        try runCommand("engram-ingest", ["compact"] + words, directory: scratch.root),
        of: "engram-ingest compact", status, part)
    }
    #expect(try listing(scratch.root) == ["w.db"])
  }
}
