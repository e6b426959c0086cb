// Sealed copies of a warehouse: whole ones and some runs of it, while others read and write, on media that cannot be
// written, and what is left where there is no copy.

import Bits
import Glibc
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct CopyTests {
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

  /// That the file is in SQLite's journal mode `delete`, without free pages, and nothing stands beside it.
  private func expectSealed(_ name: String, _ location: SourceLocation = #_sourceLocation) throws {
    let file = scratch.path(name)
    // https://sqlite.org/fileformat.html#file_format_version_numbers: 1 is a rollback journal, 2 a log.
    #expect(try Array(bytes(of: file)[18..<20]) == [1, 1], sourceLocation: location)
    #expect(try rows(file, "pragma journal_mode") == [[.text("delete")]], sourceLocation: location)
    #expect(try rows(file, "pragma freelist_count") == [[0]], sourceLocation: location)
    try expectVerified(file, location)
    let beside = try listing(scratch.root).filter { $0.hasPrefix(name) || $0.hasPrefix(".engram") }
    #expect(beside == [name], sourceLocation: location)
  }

  @Test func `A copy says what the warehouse says and needs nothing beside it`() throws {
    expectSuccess(try run("delete", "w.db", "--run", "stylised", "--keep-space"))
    #expect(chmod(path, 0o640) == 0)
    let before = try contents(path)
    let result = try run("copy", "w.db", "out.db", "--format", "csv")
    expectSuccess(result)
    let size = try bytes(of: scratch.path("out.db")).count
    #expect(result.output == "status,file,runs,file_bytes\r\ncopied,out.db,2,\(size)\r\n")
    #expect(try size < bytes(of: path).count)
    try expectSealed("out.db")
    try expectSame(contents(scratch.path("out.db")), before)
    var status = stat()
    #expect(stat(scratch.path("out.db"), &status) == 0 && status.st_mode & 0o777 == 0o640)
    // It is a warehouse like any other: an ingest goes on in it.
    expectSuccess(
      try run(
        "--model", "alexnet-cifar", "--weights", study.weights, "--layers", "last:2", "--data",
        "shapes:test:20", "--name", "more", "--into", "out.db"))
    try expectVerified(scratch.path("out.db"))
  }

  @Test func `Some runs answer as they do in the warehouse`() throws {
    let result = try run("copy", "w.db", "two.db", "--runs", "memorised,clean", "--format", "csv")
    expectSuccess(result)
    #expect(result.output.contains("copied,two.db,2,"))
    try expectSealed("two.db")
    let two = scratch.path("two.db")
    #expect(try bytes(of: two).count < bytes(of: path).count)
    #expect(
      try rows(two, "select name from run order by name") == [
        [.text("clean")], [.text("memorised")],
      ])
    for words in [
      ["kl_matrix", "--run", "clean", "--layer", "fc3"],
      ["run_comparison", "--run", "clean", "--other_run", "memorised"],
      ["--sql", "select * from class_accuracy where run <> 'stylised' order by 1, 2, 3"],
      [
        "--sql",
        """
        select run.name, layer.name, sum(engram_popcount(bits)) from bitset join run using (run_id)
        join layer using (layer_id) where run.name <> 'stylised' group by 1, 2
        """,
      ],
    ] {
      let (source, copy) = try (
        runCommand("engram-query", [path] + words + ["--format", "csv"]),
        runCommand("engram-query", [two] + words + ["--format", "csv"])
      )
      expectSuccess(source)
      #expect(source.output.split(whereSeparator: \.isNewline).count > 1, "\(words)")
      #expect(copy.output == source.output, "\(words): \(copy.errors)")
    }
    // What a delete leaves is what a copy without that run has.
    expectSuccess(try run("delete", "w.db", "--run", "stylised"))
    try expectSame(contents(two), contents(path))
  }

  /// Derived runs have no bits of their own: they need their weights, x and z.
  @Test func `A derived run is copied alone`() throws {
    expectSuccess(
      try run(
        "--model", "alexnet-cifar", "--weights", study.weights, "--layers", "last:2", "--data",
        "shapes:test:40", "--name", "lean", "--bitsets", "derived", "--into", "w.db"))
    expectSuccess(try run("copy", "w.db", "lean.db", "--runs", "lean"))
    try expectSealed("lean.db")
    let sql = """
      select layer.name, sum(engram_popcount(bits)) from bitset join run using (run_id)
      join layer using (layer_id) where run.name = 'lean' group by 1
      """
    let answers = try [path, scratch.path("lean.db")].map {
      try runCommand("engram-query", [$0, "--sql", sql, "--format", "csv"])
    }
    expectSuccess(answers[0])
    #expect(answers[0].output == answers[1].output && answers[0].output.contains("fc3,"))
  }

  @Test func `A copy is one committed state while others write and read`() throws {
    let ingest = try RunningCommand(
      try builtCommand("engram-ingest"),
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--data", "shapes:test:1500",
        "--into", path, "--layers", "last:2", "--name", "long",
      ])
    let stored = "select count(*) from prediction join run using (run_id) where name = 'long'"
    func count(_ file: String) throws -> Int {
      guard case .integer(let count) = try rows(file, stored)[0][0] else { return -1 }
      return count
    }
    while ingest.isRunning, try count(path) == 0 { usleep(1000) }
    let reader = try Connection.open(path, mode: .readOnly)
    try reader.execute("begin; select count(*) from run")
    let held = try reader.integer(stored)
    // The writer stands still with its lock; nobody waits for it.
    ingest.send(SIGSTOP)
    while ingest.isRunning, !ingest.isStopped { usleep(1000) }
    #expect(ingest.isStopped)
    let first = try run("copy", "w.db", "first.db")
    expectSuccess(first)
    let atFirst = try count(scratch.path("first.db"))
    #expect(try atFirst == count(path))
    #expect(first.errors.contains("first.db: run long is copied as it stood: \(atFirst) of 1500"))
    try expectSealed("first.db")
    ingest.send(SIGCONT)
    // And while it writes.
    var last = atFirst
    for index in 1...3 {
      expectSuccess(try run("copy", "w.db", "then\(index).db"))
      let copied = try count(scratch.path("then\(index).db"))
      #expect(copied >= last)
      last = copied
      try expectSealed("then\(index).db")
    }
    // The reader's state is what it was.
    #expect(try reader.integer(stored) == held)
    let result = try ingest.finish()
    // What the reader keeps in the log is in a copy.
    #expect(result.status == 1)
    var log = stat()
    #expect(stat(path + "-wal", &log) == 0 && log.st_size > 0)
    #expect(
      result.errors.contains(
        "everything is stored, a part of it in \(path)-wal (\(log.st_size) bytes), for another program"
      ),
      "\(result.errors)")
    expectSuccess(try run("copy", "w.db", "all.db"))
    try expectSealed("all.db")
    #expect(try count(scratch.path("all.db")) == 1500)
    try reader.execute("rollback")
    try expectSame(contents(scratch.path("all.db")), contents(path))
  }

  @Test(.enabled(if: FullDiskTests.canMount, "needs unshare(1) and the right to mount"))
  func `A copy on a medium that cannot be written is read by any client`() throws {
    expectSuccess(try run("copy", "w.db", "out.db"))
    let script = """
      mkdir medium && mount -t tmpfs none medium && cp out.db medium && chmod 555 medium \
        && mount -o remount,ro medium && cd medium || exit 99
      ! touch x 2> /dev/null || exit 98
      "$@" && ls -A
      """
    let sql = "select count(*) from run"
    var clients = [
      [try builtCommand("engram-query"), "out.db", "--sql", sql, "--format", "csv"],
      [try builtCommand("engram-ingest"), "runs", "out.db", "--format", "csv"],
    ]
    if let sqlite3 = programInPath("sqlite3") {
      clients += [
        [sqlite3, "out.db", sql], [sqlite3, "-readonly", "out.db", sql],
        [sqlite3, "file:out.db?immutable=1", sql],
      ]
    }
    for client in clients {
      let words = ["-rm", "sh", "-c", "rm -rf medium; " + script, "sh"] + client
      let result = try RunningCommand(
        try #require(programInPath("unshare")), words, directory: scratch.root
      ).finish()
      expectSuccess(result)
      #expect(
        result.output.split(whereSeparator: \.isNewline).last == "out.db",
        "\(client): \(result.output)")
      #expect(
        client.contains("runs") || result.output.split(whereSeparator: \.isNewline).contains("3"),
        "\(client)")
    }
  }

  @Test func `Reading a copy leaves nothing beside it`() throws {
    try mkdir("folder")
    expectSuccess(try run("copy", "w.db", "folder/out.db"))
    #expect(chmod(scratch.path("folder"), 0o555) == 0)
    defer { chmod(scratch.path("folder"), 0o755) }
    for words in [["--sql", "select count(*) from run"], ["separation_by_layer"]] {
      expectSuccess(try runCommand("engram-query", [scratch.path("folder/out.db")] + words))
      #expect(try listing(scratch.path("folder")) == ["out.db"])
    }
  }

  private func mkdir(_ name: String) throws {
    #expect(Glibc.mkdir(scratch.path(name), 0o755) == 0)
  }

  @Test(arguments: [[], ["--runs", "clean"]])
  func `A killed copy leaves no file of its name and the warehouse as it is`(
    options: [String]
  ) throws {
    let before = try bytes(of: path)
    let whole = try KilledCommand(
      "engram-ingest", ["copy", "w.db", "whole.db"] + options, directory: scratch.root)
    var killed = 0
    for moment in 1...9 {
      let isKilled = try whole.killed(
        ["copy", "w.db", "out.db"] + options, at: Double(moment) / 10)
      killed += isKilled ? 1 : 0
      // The name is there with the whole copy, or not at all.
      if access(scratch.path("out.db"), F_OK) == 0 {
        try expectSame(contents(scratch.path("out.db")), contents(scratch.path("whole.db")))
        unlink(scratch.path("out.db"))
      } else {
        #expect(isKilled)
      }
      #expect(try difference(bytes(of: path), before) == nil)
    }
    #expect(killed > 0)
    for name in try listing(scratch.root) where name.hasPrefix(".engram-") {
      unlink(scratch.path(name))
    }
    expectSuccess(
      try runCommand("engram-ingest", ["copy", path, scratch.path("out.db")] + options))
    try expectSealed("out.db")
  }

  @Test func `Ctrl-C leaves nothing`() throws {
    expectSuccess(
      try run(
        "--model", "alexnet-cifar", "--weights", study.weights, "--layers", "last:2", "--data",
        "shapes:test:600", "--name", "large", "--into", "w.db"))
    let copy = try RunningCommand(
      try builtCommand("engram-ingest"), ["copy", "w.db", "out.db"], directory: scratch.root)
    while copy.isRunning, try !listing(scratch.root).contains(where: { $0.hasPrefix(".engram-") }) {
      usleep(100)
    }
    copy.send(SIGINT)
    let result = try copy.finish()
    if result.status == 0 {
      // It was done before the signal came.
      try expectSealed("out.db")
    } else {
      expectFailure(
        result, of: "engram-ingest copy", 128 + SIGINT, "out.db: interrupted; no copy was made")
      #expect(try listing(scratch.root).allSatisfy { $0.hasPrefix("w.db") })
    }
  }

  @Test func `What cannot be copied is refused in one line`() throws {
    let before = try contents(path)
    func expect(_ words: [String], _ status: Int32, _ part: String) throws {
      expectFailure(
        try runCommand("engram-ingest", ["copy"] + words, directory: scratch.root),
        of: "engram-ingest copy", status, part)
    }
    try write("mine".utf8, to: scratch.path("mine.txt"))
    try expect(["w.db", "mine.txt"], 1, "mine.txt: expected a free name, found a file")
    #expect(try text(of: scratch.path("mine.txt")) == "mine")
    try expect(["w.db", "w.db"], 1, "w.db: expected a free name")
    #expect(symlink("nowhere", scratch.path("link.db")) == 0)
    try expect(["w.db", "link.db"], 1, "link.db: expected a free name")
    try expect(["w.db"], 64, "COPY is missing")
    try expect(["w.db", "a", "b"], 64, "unexpected argument 'b'")
    try expect(["w.db", ""], 64, "COPY needs a name")
    try expect(["none.db", "out.db"], 1, "none.db: no such file")
    try expect(["w.db", "none/out.db"], 1, "none/out.db: cannot be written: No such file")
    try expect(["w.db", "out.db", "--runs", "claen"], 1, "did you mean 'clean'?")
    try expect(["w.db", "out.db", "--runs", "clean,"], 64, "found an empty one")
    try expect(["w.db", "out.db", "--runs", ""], 64, "found an empty one")
    try expect(["w.db", "out.db", "--runs", "clean,clean"], 64, "'clean' is given twice")
    // SQLite would play it back into the copy.
    try write("left".utf8, to: scratch.path("out.db-journal"))
    try expect(["w.db", "out.db"], 1, "out.db-journal: expected nothing of this name")
    #expect(
      try listing(scratch.root).filter { !$0.hasPrefix("w.db") }
        == ["link.db", "mine.txt", "out.db-journal"])
    try expectSame(contents(path), before)
  }

  @Test(arguments: [[], ["--runs", "clean,stylised"]])
  func `A file that grows too large is no copy`(options: [String]) throws {
    let limit = try bytes(of: path).count / 1024 / 3
    let result = try RunningCommand(
      "/bin/bash",
      [
        "-c", "ulimit -f \(limit); exec \"$@\"", "bash", try builtCommand("engram-ingest"), "copy",
        "w.db", "out.db",
      ] + options, directory: scratch.root
    ).finish()
    expectFailure(
      result, of: "engram-ingest copy", 1, "out.db: cannot be written: ")
    #expect(result.errors.contains("File too large"), "\(result.errors)")
    #expect(try listing(scratch.root).allSatisfy { $0.hasPrefix("w.db") })
  }

  @Test(.enabled(if: FullDiskTests.canMount, "needs unshare(1) and the right to mount"))
  func `A full disk is no copy`() throws {
    let kilobytes = try bytes(of: path).count / 1024 / 2
    let script = """
      mkdir disk && mount -t tmpfs -o size=\(kilobytes)k none disk || exit 99
      "$@"
      status=$?
      ls -A disk && exit $status
      """
    let result = try RunningCommand(
      try #require(programInPath("unshare")),
      [
        "-rm", "sh", "-c", script, "sh", try builtCommand("engram-ingest"), "copy", "w.db",
        "disk/out.db",
      ], directory: scratch.root
    ).finish()
    expectFailure(
      result, of: "engram-ingest copy", 1, "disk/out.db: the disk is full; no copy was made")
  }
}
