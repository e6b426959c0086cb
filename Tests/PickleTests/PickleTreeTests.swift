// What pickles become: values, sharing, calls that stay names.

import Pickle
import Testing

/// Text as bytes, each scalar one byte.
func raw(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

func parsed(_ text: String) throws -> PickleTree { try PickleTree(parsing: raw(text)[...]) }

struct PickleTreeTests {
  @Test(arguments: [
    ("K\u{07}.", 7), ("M\u{01}\u{02}.", 513), ("J\u{FE}\u{FF}\u{FF}\u{FF}.", -2), ("I-12\n.", -12),
    ("L34L\n.", 34), ("\u{8a}\u{00}.", 0), ("\u{8a}\u{02}\u{00}\u{80}.", -32768),
    ("\u{8b}\u{02}\u{00}\u{00}\u{00}\u{FF}\u{00}.", 255),
  ])
  func wholeNumbers(text: String, value: Int) throws {
    let tree = try parsed("\u{80}\u{02}" + text)
    #expect(tree.int(tree.root) == value)
  }

  /// As pickle.loads has them, of strings that Python 2's and Python 3's protocol 0 write.
  @Test func escapesAreUndone() throws {
    let quoted = try parsed(#"S'\x00\xffa\n\r\t\'\\"'"# + "\n.")
    guard case .bytes(let bytes) = quoted[quoted.root] else {
      Issue.record("\(quoted[quoted.root])")
      return
    }
    #expect(Array(bytes) == [0, 255, 97, 10, 13, 9, 39, 92, 34])
    for (text, expected) in [
      (#"a\u005c\u000a\u0000\xe9"#, "a\\\n\0\\xe9"), (#"\U0001f600\ud83d\ude00\u20ac"#, "😀😀€"),
      (#"\\u0041\"#, #"\\u0041\"#), ("caf\u{E9}", "café"),
    ] {
      let tree = try parsed("V" + text + "\n.")
      #expect(tree.text(tree.root) == expected)
    }
  }

  /// As in Python, two spellings of "é" are two keys.
  @Test func keysAreTheirBytes() throws {
    let composed = "X\u{05}\u{00}\u{00}\u{00}caf\u{C3}\u{A9}K\u{01}"
    let decomposed = "X\u{06}\u{00}\u{00}\u{00}cafe\u{CC}\u{81}K\u{02}"
    let tree = try parsed("\u{80}\u{02}}(" + composed + decomposed + "u.")
    let entries = try #require(tree.entries(tree.root))
    #expect(
      entries.map { Array($0.key.utf8) } == ["caf\u{E9}", "cafe\u{301}"].map { Array($0.utf8) })
    #expect(entries.map { tree.int($0.value) } == [1, 2])
  }

  @Test func numbersBeyond64BitsStayBytes() throws {
    let tree = try parsed("\u{8a}\u{0A}l\u{FC}\u{9C}F\u{F9} j\u{A8}P\u{19}.")
    guard case .bigInt(let bytes) = tree[tree.root] else {
      Issue.record("\(tree[tree.root])")
      return
    }
    #expect(bytes.count == 10 && bytes.last == 0x19)
  }

  @Test func floatsAndTruthValues() throws {
    let tree = try parsed("(G\u{BF}\u{F8}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}F0.25\n\u{88}I00\nNt.")
    let parts = try #require(tree.elements(tree.root))
    let floats: [Double] = parts.prefix(2).map {
      guard case .float(let value) = tree[$0] else { return 0 }
      return value
    }
    #expect(floats == [-1.5, 0.25])
    #expect(parts[2...].map(tree.bool) == [true, false, nil])
    #expect(tree.isNone(parts[4]))
  }

  @Test(arguments: [
    "X\u{02}\u{00}\u{00}\u{00}ab", "\u{8c}\u{02}ab", "U\u{02}ab", "T\u{02}\u{00}\u{00}\u{00}ab",
    "C\u{02}ab", "B\u{02}\u{00}\u{00}\u{00}ab", "S'ab'\n", "Vab\n",
    "\u{8d}\u{02}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}ab",
    "\u{8e}\u{02}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}ab",
    "\u{96}\u{02}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}ab",
  ])
  func textsOfBothPythons(text: String) throws {
    let tree = try parsed(text + ".")
    #expect(tree.text(tree.root) == "ab")
  }

  @Test func containersOfAllKinds() throws {
    // [1, (2, 3)] in three ways.
    for text in [
      "](K\u{01}K\u{02}K\u{03}\u{86}e.", "(K\u{01}(K\u{02}K\u{03}tl.",
      "\u{80}\u{04}\u{95}\u{0C}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}\u{00}]\u{94}K\u{01}aK\u{02}K\u{03}\u{86}a.",
    ] {
      let tree = try parsed(text)
      let list = try #require(tree.elements(tree.root))
      #expect(tree.int(list[0]) == 1 && tree.ints(list[1]) == [2, 3])
    }
    for text in ["}U\u{01}aK\u{05}sU\u{01}aK\u{06}s.", "(U\u{01}aK\u{05}U\u{01}aK\u{06}d."] {
      let tree = try parsed(text)
      let entries = try #require(tree.entries(tree.root))
      #expect(entries.map(\.key) == ["a"] && entries.map { tree.int($0.value) } == [6])
    }
  }

  /// A list within itself is one node.
  @Test func sharedNodesAreStoredOnce() throws {
    let tree = try parsed("]q\u{00}h\u{00}a.")
    #expect(tree.elements(tree.root) == [tree.root])
    #expect(tree.int(tree.root) == nil)
  }

  @Test func callsStayNames() throws {
    for text in [
      "cos\nsystem\nU\u{04}true\u{85}R.", "(U\u{04}trueios\nsystem\n.",
      "(cos\nsystem\nU\u{04}trueo.",
      "\u{8c}\u{02}os\u{8c}\u{06}system\u{93}U\u{04}true\u{85}\u{81}.",
      "cos\nsystem\nU\u{04}true\u{85}}\u{92}.",
    ] {
      let tree = try parsed(text)
      let call = try #require(tree.call(tree.root))
      #expect(call.name == "os.system")
      #expect(call.arguments.map(tree.text) == ["true"])
      #expect(tree.entries(tree.root) == nil)
    }
  }

  @Test func orderedDictionariesHaveEntriesAndState() throws {
    let start = "ccollections\nOrderedDict\n"
    let tree = try parsed(start + ")Rq\u{01}(U\u{01}bK\u{01}U\u{01}aK\u{02}u}U\u{09}_metadataNsb.")
    #expect(tree.entries(tree.root)?.map(\.key) == ["b", "a"])
    let state = try #require(tree.call(tree.root)?.state)
    #expect(tree.entries(state)?.map(\.key) == ["_metadata"])
    let old = try parsed(
      start + "(](]U\u{01}bK\u{01}e]U\u{01}aK\u{02}eetR.".replacing("]U", with: "](U"))
    #expect(old.entries(old.root)?.map(\.key) == ["b", "a"])
  }

  @Test func moreMayFollow() throws {
    let bytes = raw("xxK\u{01}.K\u{02}.rest")
    let first = try PickleTree(parsing: bytes[2...])
    #expect(first.int(first.root) == 1 && first.end == 5)
    let second = try PickleTree(parsing: bytes[first.end...])
    #expect(second.int(second.root) == 2 && bytes[second.end...] == raw("rest")[...])
  }
}
