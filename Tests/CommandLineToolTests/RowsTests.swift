// Result rows in every format, and numbers as people read them.

import Basics
import CommandLineTool
import FoundationEssentials
import Testing

private func written(_ format: OutputFormat, _ columns: [String], _ rows: [[Cell]]) throws -> String
{
  let path = FileManager.default.temporaryDirectory.path + "/rows-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: path) }
  let output = try Output(path: path)
  var writer = try RowWriter(format: format, columns: columns, output: output)
  for row in rows { try writer.write(row) }
  try writer.finish()
  #expect(!FileManager.default.fileExists(atPath: path))
  try output.finish()
  return try String(contentsOfFile: path, encoding: .utf8)
}

private let rows: [[Cell]] = [
  [.text("a,b"), .integer(12), .real(0.1)],
  [.text("say \"hi\"\r\n"), .null, .real(1.0 / 3)],
]

@Test func csvQuotesWhatItMust() throws {
  #expect(
    try written(.csv, ["name", "n", "x"], rows)
      == "name,n,x\r\n\"a,b\",12,0.1\r\n\"say \"\"hi\"\"\r\n\",,0.3333333333333333\r\n")
}

@Test func jsonParsesBack() throws {
  let text = try written(.json, ["name", "n", "x"], rows + [[.text("\u{1}"), .integer(1), .null]])
  struct Row: Decodable, Equatable {
    let name: String
    let n: Int?
    let x: Double?
  }
  let parsed = try JSONDecoder().decode([Row].self, from: Data(text.utf8))
  #expect(parsed[0] == Row(name: "a,b", n: 12, x: 0.1))
  #expect(parsed[1] == Row(name: "say \"hi\"\r\n", n: nil, x: 1.0 / 3))
  #expect(parsed[2].name == "\u{1}")
  #expect(try written(.json, ["a"], []) == "[]\n")
  #expect(try written(.jsonl, ["a"], [[.integer(1)], [.null]]) == "{\"a\": 1}\n{\"a\": null}\n")
}

@Test func tablesAlignNumbersRight() throws {
  #expect(
    try written(
      .table, ["class", "kl"], [[.text("ring"), .real(0.25)], [.text("x"), .real(10)]])
        == """
        class    kl
        -----  ----
        ring   0.25
        x        10

        """)
}

@Test(arguments: [
  (0.0, "0"), (1.0, "1"), (0.5, "0.5"), (123456.0, "123456"), (0.00012345, "0.000123"),
  (1.5e-9, "1.5e-9"), (2.5e12, "2.5e12"), (-3.14159, "-3.14"), (1234.6, "1235"),
  (Double.leastNonzeroMagnitude, "4.94e-324"), (Double.leastNormalMagnitude, "2.23e-308"),
  (Double.greatestFiniteMagnitude, "1.8e308"),
])
func numbersKeepThreeDigits(value: Double, text: String) {
  #expect(significant(value, 3) == text)
}

@Test func sizesAndTimesReadWell() {
  #expect(byteSize(999) == "999 B")
  #expect(byteSize(750_100_000) == "750 MB")
  #expect(duration(0.25) == "0.25 s")
  #expect(duration(185) == "3 min 05 s")
  #expect(duration(7_800) == "2 h 10 min")
  #expect(fixed(-0.001, 2) == "0.00")
  #expect(fixed(99.996, 2) == "100.00")
}

@Test func progressCountsFromItsStart() {
  let progress = Progress("ingest", total: 1000, unit: "samples")
  let text = progress.text(600, since: 500, detail: "", elapsed: 10)
  #expect(text.hasSuffix("60 % 600/1000 samples, 10 samples/s, 40 s left"))
  #expect(progress.text(500, since: 500, detail: "", elapsed: 0).hasSuffix(", ? left"))
}

@Test func anUnfinishedFileLeavesNothing() throws {
  let path = FileManager.default.temporaryDirectory.path + "/rows-\(UUID().uuidString)"
  do {
    let output = try Output(path: path)
    try output.write("half")
  }
  let names = try FileManager.default.contentsOfDirectory(
    atPath: FileManager.default.temporaryDirectory.path)
  #expect(
    !names.contains { path.hasSuffix("/" + $0) || $0.contains(path.split(separator: "/").last!) })
  #expect(throws: OutputError.self) { try Output(path: "/nonexistent-directory/x") }
}
