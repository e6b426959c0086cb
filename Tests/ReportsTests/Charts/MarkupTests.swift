// Escaping, and the tests' own reader of markup.

import Reports
import Testing

@Suite struct MarkupTests {
  @Test func interpolatedTextIsEscaped() {
    let name = "<b>\"R&D\"'s</b>"
    let markup: Markup = "<td title=\"\(name)\">\(name)</td>"
    let safe = "&lt;b&gt;&quot;R&amp;D&quot;&#39;s&lt;/b&gt;"
    #expect(markup.text == "<td title=\"\(safe)\">\(safe)</td>")
  }

  @Test func markupInMarkupStaysAsItIs() {
    let inner: Markup = "<i>\("<")</i>"
    let outer: Markup = "<p>\(inner)\(3)</p>"
    #expect(outer.text == "<p><i>&lt;</i>3</p>")
  }

  @Test(arguments: ["\u{0}", "\u{1B}", "\u{7F}", "\u{85}", "\u{202E}", "\u{2066}", "\u{FFFE}"])
  func charactersThatHarmAreReplaced(_ character: String) {
    #expect(Markup.escape("a\(character)b") == "a\u{FFFD}b")
  }

  @Test func tabsLinesAndOtherScriptsStay() {
    #expect(Markup.escape("a\tb\nπ 猫 🐈") == "a\tb\nπ 猫 🐈")
  }

  @Test func lengthsAreShortAndFinite() {
    let markup: Markup = "\(1.0) \(0.125) \(-2.0 / 3) \(Double.nan)"
    #expect(markup.text == "1 0.13 -0.67 0")
  }

  @Test(arguments: [
    "<a><b></a></b>", "<a>", "</a>", "<a x=1/>", "<a x=\"1\" x=\"2\"/>", "<a>&nbsp;</a>",
    "<a>&</a>", "<a/><b/>", "<a x=\"<\"/>", "<a",
  ])
  func theReaderSeesWhatIsWrong(_ text: String) {
    #expect(WellFormed.problem(in: text) != nil)
  }

  @Test func theReaderAcceptsWhatIsRight() {
    #expect(WellFormed.problem(in: "<a x=\"1 &lt;\" y=\"\"><b/>t&amp;<c>d</c></a>") == nil)
  }
}
