// Pictures by command: the option, what is said of the choice, and files whose names are keys, whatever these are.

import Foundation
import SQLiteKit
import TestSupport
import Testing

@Suite struct ThumbnailCommandTests {
  private let study: SharedStudy
  private let scratch: TemporaryDirectory
  private var path: String { scratch.path("w.db") }

  init() throws {
    study = try SharedStudy.get()
    scratch = try TemporaryDirectory()
  }

  private func ingest(_ words: String...) throws -> CommandResult {
    try runCommand(
      "engram-ingest",
      [
        "--model", "alexnet-cifar", "--weights", study.weights, "--layers", "last:2", "--data",
        "shapes:test:20", "--into", "w.db",
      ] + words, directory: scratch.root)
  }

  private func count(_ table: String) throws -> Value {
    try rows(path, "select count(*) from \(table)")[0][0]
  }

  private func export(_ words: String...) throws -> CommandResult {
    try runCommand(
      "engram-query", ["export", "w.db", "thumbnails"] + words, directory: scratch.root)
  }

  /// Every file below a folder, by its path in it.
  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: scratch.path(folder)).filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(
        atPath: scratch.path(folder) + "/" + $0, isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  /// What lies in the folder, but for what readers leave beside a database.
  private func names() throws -> [String] {
    try listing(scratch.root).filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
  }

  @Test func `The choice is said and kept`() throws {
    let usual = try ingest("--name", "clean")
    expectSuccess(usual)
    #expect(usual.errors.contains("; thumbnails 32 × 32 px, about "), "\(usual.errors)")
    #expect(try count("thumbnail") == .integer(20))
    let none = try ingest("--name", "blurred", "--shift", "blur:2", "--thumbnails", "none")
    expectSuccess(none)
    #expect(none.errors.contains("; thumbnails none, as asked"))
    #expect(try count("run_thumbnail") == .integer(0))
    let asked = try ingest("--name", "blurred", "--shift", "blur:2", "--thumbnails", "12")
    expectSuccess(asked)
    #expect(asked.errors.contains("20 thumbnails of samples stored earlier are added"))
    #expect(
      try rows(path, "select run, width, count(*) from thumbnails group by 1, 2") == [
        [.null, .integer(32), .integer(20)], [.text("blurred"), .integer(12), .integer(20)],
      ])
    try expectVerified(path)
    for text in ["0", "7", "1025", "many", ""] {
      let refused = try ingest("--thumbnails", text)
      #expect(refused.status == 64 && refused.output == "", "\(text): \(refused.errors)")
    }
  }

  @Test func `Names of files are keys and lead nowhere else`() throws {
    expectSuccess(try ingest("--name", "clean"))
    expectSuccess(try ingest("--name", "../../up", "--shift", "blur:2"))
    let keys = [
      "../../../etc/passwd", "/absolute", "..", ".", "-rf", "a\u{0}b", "", "x%2Fy", "x/y",
      "new\nline",
      String(repeating: "long/", count: 100), "Ångström",
    ]
    do {
      let connection = try Connection.open(path, mode: .readWrite)
      for (place, key) in keys.enumerated() {
        try connection.run(
          "update sample set key = ? where position = ?", .text(key), .integer(place))
      }
      try connection.execute("update sample set key = cast(x'ff2f61' as text) where position = 19")
    }
    let result = try export("--output", "pictures")
    expectSuccess(result)
    #expect(
      result.errors.contains("20 pictures of samples, 20 of what attacked"), "\(result.errors)")
    let found = try files("pictures")
    #expect(found.count == 41 && found.contains("thumbnails.csv"))
    #expect(
      try listing(scratch.path("pictures")) == [
        "dataset=shapes%3Atest%3A20", "run=%2E.%2F..%2Fup", "thumbnails.csv",
      ])
    #expect(
      found.filter { $0.hasPrefix("dataset") }.allSatisfy {
        $0.utf8.filter { $0 == 0x2F }.count == 1
      })
    for name in [
      "%2E.%2F..%2F..%2Fetc%2Fpasswd", "x%252Fy", "x%2Fy", "Ångström", "%FF%2Fa", "%2Drf",
    ] {
      #expect(found.contains { $0.contains("/" + name + ".") }, "\(name) \(found)")
    }
    #expect(try names() == ["pictures", "w.db"])
    // A picture is there as it is stored.
    let name = try #require(found.first { $0.hasPrefix("dataset") && $0.contains("/x%2Fy.") })
    #expect(
      try rows(path, "select image from thumbnails where sample = 'x/y' and run is null")
        == [[.blob(try bytes(of: scratch.path("pictures/" + name)))]])
    let again = try export("--output", "pictures")
    expectFailure(again, of: "engram-query export", 1, "expected an empty folder")
    let one = try export("--output", "one", "--runs", "clean")
    expectSuccess(one)
    #expect(try files("one").count == 21)
    expectSuccess(try export("--output", "rows.csv", "--blobs", "omit"))
    #expect(try bytes(of: scratch.path("rows.csv")).count > 1000)
  }

  @Test func `Without pictures there is no folder`() throws {
    expectSuccess(try ingest("--name", "clean", "--thumbnails", "none"))
    let result = try export("--output", "pictures")
    expectFailure(result, of: "engram-query export", 1, "--thumbnails 48")
    #expect(try names() == ["w.db"])
    let page = try runCommand(
      "engram-report", ["w.db", "--out", "r.html"], directory: scratch.root)
    expectSuccess(page)
    let html = String(decoding: try bytes(of: scratch.path("r.html")), as: UTF8.self)
    #expect(html.contains("has no pictures of these runs") && !html.contains("<img"))
  }

  @Test func `The report shows them and says how to ask`() throws {
    expectSuccess(try ingest("--name", "it's clean"))
    expectSuccess(try ingest("--name", "blurred", "--shift", "blur:5"))
    let page = try runCommand(
      "engram-report", ["w.db", "--out", "r.html"], directory: scratch.root)
    expectSuccess(page)
    let html = String(decoding: try bytes(of: scratch.path("r.html")), as: UTF8.self)
    #expect(html.contains("<img src=\"data:image/"))
    #expect(html.contains("Of run &#39;it&#39;s clean&#39;"))
    #expect(html.utf8.count < 8 << 20)
    // What stands under a gallery gives its rows.
    let line = "engram-query w.db hardest_samples --run 'it'\\''s clean' --limit 24"
    #expect(html.contains(line.replacing("'", with: "&#39;")))
    let answer = try runCommand(
      "engram-query", ["w.db", "hardest_samples", "--run", "it's clean", "--format", "jsonl"],
      directory: scratch.root)
    expectSuccess(answer)
    #expect(!answer.output.isEmpty)
  }
}
