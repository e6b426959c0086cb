// Texts from outside: told apart by their bytes, and shown without what steers a terminal.

import Basics
import Testing

@Suite struct TextTests {
  private let composed = "caf\u{E9}"
  private let decomposed = "cafe\u{301}"

  @Test func `Texts are their bytes`() {
    #expect(composed == decomposed, "Swift's == is canonical equivalence")
    #expect(ByteText(composed) != ByteText(decomposed))
    #expect(ByteText(decomposed) < ByteText(composed))
    #expect(Set([composed, decomposed, composed].map(ByteText.init)).count == 2)
    #expect(!composed.hasBytes(of: decomposed) && composed.hasBytes(of: "caf\u{E9}"))
    // Kelvin's sign and the letter, Greek's question mark and the semicolon.
    #expect(ByteText("\u{212A}") != ByteText("K") && ByteText("\u{37E}") != ByteText(";"))
  }

  @Test(arguments: [
    ([0x63, 0xFE] as [UInt8], "c\\xfe"), (Array("caf\u{E9}\u{1F600}".utf8), "caf\u{E9}\u{1F600}"),
    ([0xE9, 0x61], "\\xe9a"), ([0xC3], "\\xc3"), ([0x0A, 0x80, 0x09], "\n\\x80\t"), ([], ""),
  ])
  func `Bytes that are no text are written out`(bytes: [UInt8], text: String) {
    #expect(shownBytes(bytes) == text)
  }

  /// C0, DEL, C1, separators, direction, the byte order mark, a tag.
  @Test(
    arguments: [
      "\u{0}", "\u{7}", "\t", "\n", "\r", "\u{1B}", "\u{7F}", "\u{80}", "\u{85}", "\u{9B}",
      "\u{2028}",
      "\u{2029}", "\u{61C}", "\u{200E}", "\u{200F}", "\u{202A}", "\u{202E}", "\u{2066}", "\u{2069}",
      "\u{FEFF}", "\u{E0041}",
    ] as [Unicode.Scalar])
  func `What steers a terminal is escaped`(scalar: Unicode.Scalar) {
    let text = "a\(scalar)b"
    #expect(text.withoutSteering() == "a" + scalar.escaped(asASCII: true) + "b")
    #expect(text.withoutSteering().unicodeScalars.allSatisfy { !$0.isSteering })
    #expect(text.shown() == "a·b")
    #expect(text.withoutSteering(except: [scalar]) == text)
  }

  /// Letters, emoji with their joiners, combining marks and scripts from right to left stay.
  @Test(arguments: [
    "caf\u{E9}", "cafe\u{301}", "\u{1F468}\u{200D}\u{1F469}", "\u{5E9}\u{5DC}", "a\u{A0}b",
    "\u{AD}",
  ])
  func `Other text stays`(text: String) {
    #expect(text.withoutSteering().hasBytes(of: text) && text.shown().hasBytes(of: text))
  }

  @Test func `Lists and lines have an end`() {
    let names = (1...12).map { "n\($0)" }
    #expect(listed(names) == "n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, and 2 more")
    #expect(listed(names, most: 12) == names.joined(separator: ", "))
    let message = unknown("class", "n3000", known: (1...1000).map { "n\($0)" })
    #expect(message.hasPrefix("unknown class 'n3000'; did you mean 'n300'? (known: n300, n1, "))
    #expect(message.hasSuffix(", n18, n19, and 980 more)"))
    #expect(
      unknown("run", decomposed, known: [composed]).contains(
        "It is in Unicode's other normal form."))
    let line = "w.db: " + String(repeating: "x", count: 5000) + "; run it again"
    #expect(line.cutInside(300).count == 303)
    #expect(
      line.cutInside(300).hasPrefix("w.db: xx") && line.cutInside(300).hasSuffix("run it again"))
    #expect(line.cutInside(6000) == line)
  }
}
