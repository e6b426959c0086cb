// Names and numbers of figures as files have them.

import Reports
import Testing

@Suite struct FigureTests {
  @Test(arguments: [
    (["Rank", "best/cifar-10:test", "fc3"], "rank-best-cifar-10-test-fc3"),
    (["../../etc"], "etc"), (["été", "猫"], "t"), (["<>"], "figure"), (["a--b "], "a-b"),
    ([String(repeating: "x", count: 300)], String(repeating: "x", count: 120)),
  ])
  func namesAreFileNames(_ parts: [String], _ name: String) {
    #expect(Figure.slug(parts) == name)
  }

  @Test func numbersAreCSV() {
    var data = FigureData("class", "value")
    data.add("a, \"b\"", .number(0.1))
    data.add("=1+1", .number(nil))
    data.add("two\nlines", .number(.nan))
    data.add("c", .number(-3))
    #expect(
      data.csv == "class,value\r\n\"a, \"\"b\"\"\",0.1\r\n'=1+1,\r\n\"two\nlines\",\r\nc,-3\r\n")
  }

  /// RFC 4180, whatever a name is made of: fields with commas, quotes, carriage returns or line feeds stand in quotes.
  @Test(arguments: [
    ("a", "a"), ("", ""), ("a,b", "\"a,b\""), ("\"", "\"\"\"\""), ("\n", "\"\n\""),
    ("a\r", "\"a\r\""),
    ("a\r\n", "\"a\r\n\""), ("a,\u{301}b", "\"a,\u{301}b\""), ("a\"\u{301}", "\"a\"\"\u{301}\""),
    ("\r", "\"'\r\""), ("\t", "'\t"), ("=\u{301}", "'=\u{301}"), ("\r\n=1", "\"'\r\n=1\""),
    ("-1", "'-1"), ("@a", "'@a"), ("+", "'+"), ("a=1", "a=1"), (" a", " a"), ("a;b", "a;b"),
  ])
  func fieldsAreThoseOfTheStandard(text: String, field: String) {
    var data = FigureData("name", "value")
    data.add(.text(text), .number(2.5))
    let expected = "name,value\r\n\(field),2.5\r\n"
    #expect(Array(data.csv.utf8) == Array(expected.utf8))
  }
}
