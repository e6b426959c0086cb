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
}
