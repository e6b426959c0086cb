// Tables as spreadsheets and pandas write them, and what is said of those that are none.

import Basics
import Testing

@Suite struct CSVTableTests {
  private func fields(_ text: String) throws -> [[String]] {
    try CSVTable(Array(text.utf8)).records.map(\.fields)
  }

  @Test func fieldsAreReadAsTheyWereWritten() throws {
    #expect(
      try fields("key,scene\na,park\r\nb,\n\nc,sea") == [
        ["key", "scene"], ["a", "park"], ["b", ""], ["c", "sea"],
      ])
    #expect(
      try fields("key,scene\n\"a,b\",\"the \"\"park\"\"\nand more\"\n")
        == [["key", "scene"], ["a,b", "the \"park\"\nand more"]])
    #expect(
      try fields("\u{FEFF}key\tscene\na, b\tpark\n") == [["key", "scene"], ["a, b", "park"]])
    #expect(
      try fields("e\u{301},é\n").map { $0.map { Array($0.utf8) } } == [
        [[0x65, 0xCC, 0x81], [0xC3, 0xA9]]
      ])
    #expect(try fields("") == [])
  }

  @Test func recordsKnowTheirLines() throws {
    let table = try CSVTable(Array("k,v\n\"a\nb\",1\n\nc,2\n".utf8))
    #expect(table.records.map(\.line) == [1, 2, 5])
  }

  @Test(arguments: [
    ("k,v\n\"a,1\nb,2\n", "expected a closing quote, found none behind line 2"),
    ("k,v\n\"a\"b,1\n", "expected the end of a field behind its closing quote in line 2"),
  ])
  func brokenOnesAreToldWithTheirLine(text: String, line: String) {
    let error = #expect(throws: CSVTable.Failure.self) { try CSVTable(Array(text.utf8)) }
    #expect(error?.description == line)
  }

  @Test func otherBytesAreTold() {
    let error = #expect(throws: CSVTable.Failure.self) { try CSVTable([0x6B, 0x0A, 0xFF, 0x0A]) }
    #expect(error?.description == "expected UTF-8 text, found other bytes in line 2")
  }
}
