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

/// RFC 4180: lines end in CR LF, the last one too; fields with commas, quotes, carriage returns or line feeds stand in
/// quotes, quotes doubled, and nothing in them is changed; other fields are as they are.
@Test(arguments: [
  ("a", "a"), ("", ""), (" a ", " a "), ("a;b", "a;b"), ("a\tb", "a\tb"), ("'a'", "'a'"),
  ("a,b", "\"a,b\""), (",", "\",\""), ("\"", "\"\"\"\""), ("a\"b", "\"a\"\"b\""),
  ("\"\"", "\"\"\"\"\"\""), ("\n", "\"\n\""), ("a\nb", "\"a\nb\""), ("\r", "\"\r\""),
  ("a\rb", "\"a\rb\""), ("\r\n", "\"\r\n\""), ("a\r\nb\r\n", "\"a\r\nb\r\n\""),
  ("\n,\"", "\"\n,\"\"\""), ("é,\u{301}", "\"é,\u{301}\""), ("a\u{2028}b", "a\u{2028}b"),
  ("\u{85}", "\u{85}"), ("\r\u{301}", "\"\r\u{301}\""), ("\u{0}", "\u{0}"),
])
func csvFieldsAreThoseOfTheStandard(text: String, field: String) throws {
  let written = try written(
    .csv, [text, "n"], [[.text(text), .integer(-1)], [.null, .real(0.5)], [.text(text), .null]])
  let expected = "\(field),n\r\n\(field),-1\r\n,0.5\r\n\(field),\r\n"
  #expect(Array(written.utf8) == Array(expected.utf8))
}

@Test func csvOfNothingIsItsHeading() throws {
  #expect(try written(.csv, ["a", "b"], []) == "a,b\r\n")
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

/// Infinite numbers are one number in every format, which JSON's grammar has, and reads as infinite; NaN is null.
@Test(arguments: [
  (
    OutputFormat.json,
    "[\n  {\"a\": 9e999},\n  {\"a\": -9e999},\n  {\"a\": null},\n  {\"a\": 0.5}\n]\n"
  ),
  (.jsonl, "{\"a\": 9e999}\n{\"a\": -9e999}\n{\"a\": null}\n{\"a\": 0.5}\n"),
  (.csv, "a\r\n9e999\r\n-9e999\r\n\r\n0.5\r\n"),
  (.spreadsheet, "a\r\n9e999\r\n-9e999\r\n\r\n0.5\r\n"),
  (.table, "     a\n------\n 9e999\n-9e999\n\n   0.5\n"),
])
func numbersThatAreNoneAreTheSameInEveryFormat(format: OutputFormat, expected: String) throws {
  let rows: [[Cell]] = [.infinity, -.infinity, .nan, 0.5].map { [.real($0)] }
  #expect(try written(format, ["a"], rows) == expected)
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

private let steering = "a\u{1B}[2J\u{7F}\u{85}\u{9B}\u{2028}\u{202E}\u{2066}\u{FEFF}\u{E0041}b"

/// Column names come from outside as well as cells.
@Test func tablesSteerNoTerminal() throws {
  let text = try written(.table, [steering, "n"], [[.text(steering + "\n\t"), .integer(1)]])
  #expect(text.split(separator: "\n").count == 3)
  #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isSteering })
  #expect(text.contains("a\\u{1B}[2J\\u{7F}\\u{0085}\\u{009B}\\u{2028}\\u{202E}\\u{2066}\\u{FEFF}"))
}

@Test func jsonSteersNoTerminalAndReadsBack() throws {
  let text = try written(.jsonl, [steering], [[.text(steering)]])
  #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.isSteering })
  let parsed = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
  #expect(parsed == [steering: steering])
  #expect(try written(.csv, ["a"], [[.text(steering)]]) == "a\r\n\(steering)\r\n")
}

@Test func spreadsheetsGetNoFormulas() throws {
  let texts = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "a=1", "", "'=1", "=\"a\""]
  #expect(
    try written(.spreadsheet, ["=n", "m"], texts.map { [.text($0), .integer(-1)] })
      == "'=n,m\r\n'=1+1,-1\r\n'+1,-1\r\n'-1,-1\r\n'@x,-1\r\n'\t=1,-1\r\n\"'\r=1\",-1\r\na=1,-1\r\n,-1\r\n"
      + "'=1,-1\r\n\"'=\"\"a\"\"\",-1\r\n")
  #expect(try written(.csv, ["=n"], [[.text("=1")]]) == "=n\r\n=1\r\n")
  #expect(!OutputFormat.allCases.contains(.spreadsheet))
}

/// The first thousand rows decide the widths; what is behind them streams, and a wider cell moves its line alone.
@Test func longTablesStream() throws {
  let rows: [[Cell]] = (0..<2500).map {
    [.integer($0), .text($0 == 2000 ? "longer" : "x"), .real(0.5)]
  }
  let lines = try written(.table, ["n", "name", "v"], rows).split(separator: "\n")
  #expect(lines.count == 2502)
  #expect(lines[0] == "  n  name    v" && lines[1] == "---  ----  ---")
  #expect(lines[2] == "  0  x     0.5" && lines[1001] == "999  x     0.5")
  #expect(lines[1002] == "1000  x     0.5" && lines[2002] == "2000  longer  0.5")
  #expect(try written(.table, [], [[], []]).isEmpty)
}
