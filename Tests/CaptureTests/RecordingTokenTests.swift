// Which tokens of a sample a run has, and their logits and labels, against an independent computation in NumPy
// (tools/independent/recording.py).

import Capture
import Foundation
import SQLiteKit
import TestSupport
import Testing
import Warehouse

@Suite struct RecordingTokenTests {
  private let setting: RecordingSetting

  init() throws { setting = try RecordingSetting() }

  private static let fixtures = [
    "tokens", "tokens-once", "tokens-whole", "language", "language-npz", "sentences",
  ]

  @Test(arguments: fixtures, ["first", "last", "mean", "all"])
  func tokensAreChosen(name: String, tokens: String) throws {
    let expected = try setting.expected(
      name == "language-npz" ? "language" : name, tokens: tokens)
    try setting.ingest("\(setting.folder)/\(name)", tokens: try TokenChoice(parsing: tokens))
    try setting.expectRun(expected)
  }

  /// In parts of 4, 2 and 3 tokens, whose padding is NaN and labelled -100.
  @Test(arguments: ["1", "0,1"])
  func positionsAreChosen(tokens: String) throws {
    try setting.ingest("\(setting.folder)/language", tokens: try TokenChoice(parsing: tokens))
    try setting.expectRun(try setting.expected("language", tokens: tokens))
    #expect(
      try setting.ingest(
        "\(setting.folder)/language-npz", tokens: try TokenChoice(parsing: tokens)
      ).status == "already ingested")
  }

  /// Tokens that are samples are grouped by the sample that they are of, in parts and resumed alike.
  @Test func tokensKnowTheirSample() throws {
    let path = try setting.write("rec", parts: 1) { _, tensors in
      let x = (0..<4800).map { Float(sin(Double($0))) }
      tensors[0] = RawTensor("fc.x", [600, 2, 4], x)
    }
    try setting.ingest(path, tokens: .all)
    let keys = try setting.rows("select sample from predictions order by position").map { row in
      guard case .text(let key) = row[0] else { return "" }
      return key
    }
    let expected = keys.map { key -> [Value] in
      [.text(key), .text(String(key[..<(key.lastIndex(of: "#") ?? key.endIndex)]))]
    }
    #expect(expected.count == 1200 && Set(expected.map { "\($0[1])" }).count == 600)
    let labels = "select sample, label from labels where grouping = 'sample' order by position"
    #expect(try difference(setting.rows(labels), expected) == nil)
    let warehouse = try Warehouse.open(setting.scratch.path("w.db"), mode: .write)
    let own = try warehouse.grouping(named: "sample", of: try warehouse.run(1))
    #expect(try warehouse.measure(run: 1, by: own).notes == [])
    #expect(try setting.damages() == [])
    let parts = try (1...2).map { index in
      try setting.ingest(
        path, into: "part\(index).db", tokens: .all, shard: Shard(index: index, count: 2))
      return setting.scratch.path("part\(index).db")
    }
    _ = try Merge(parts).write(
      into: try Warehouse.open(setting.scratch.path("whole.db"), mode: .create))
    #expect(try difference(setting.rows(labels, "whole.db"), expected) == nil)
    try setting.ingest(path, into: "first.db", tokens: .first)
    #expect(try setting.rows("select * from labelling", "first.db") == [])
  }

  @Test(arguments: [
    ("first", "first"), ("mean", "mean"), ("7", "7"), ("5,0,2", "0,2,5"), ("all", "all"),
  ])
  func choicesAreParsed(text: String, told: String) throws {
    #expect("\(try TokenChoice(parsing: text))" == told)
  }

  @Test(arguments: ["", "-1", "1,1", "1,", "some", "first,last", "1.5"])
  func otherChoicesAreRefused(text: String) {
    let error = #expect(throws: CaptureError.self) { try TokenChoice(parsing: text) }
    #expect(error?.description.contains("a position from 0 or several") == true)
  }

  @Test func tokensAndTheChoiceOfThemGoTogether() throws {
    for name in ["tokens", "language"] {
      try setting.expectLine(
        "\(setting.folder)/\(name)", "expected --tokens first, last, mean, all or positions")
    }
    try setting.expectLine(
      "\(setting.folder)/float32", "expected layers with tokens for --tokens, found none",
      tokens: .first)
    try setting.expectLine(
      "\(setting.folder)/language",
      "expected more than 2 tokens of every sample, as --tokens names that position, found 2",
      tokens: .several([0, 2]))
  }

  /// Twelve samples of up to three tokens, padded in one way or another.
  private func padded(_ name: String, parts: [Range<Int>], padding: Float, filling: Int = 0) throws
    -> String
  {
    let path = try setting.write(name, parts: 1)
    try FileManager.default.removeItem(atPath: "\(path)/part-00000.safetensors")
    let about = URL(fileURLWithPath: "\(path)/recording.json")
    let text = try String(contentsOf: about, encoding: .utf8)
    try Data(text.replacingOccurrences(of: "600", with: "12").utf8).write(to: about)
    func length(_ sample: Int) -> Int { 1 + sample % 3 }
    func numbers(_ own: Range<Int>, _ tokens: Int, width: Int) -> [Float] {
      own.flatMap { sample in
        (0..<tokens * width).map { place in
          place / width < length(sample)
            ? Float(sin(Double(17 * sample + place) + Double(width))) : padding
        }
      }
    }
    for (part, own) in parts.enumerated() {
      let tokens = own.map(length).max()! + filling
      try RawTensor.write(
        [
          RawTensor("fc.x", [own.count, tokens, 4], numbers(own, tokens, width: 4)),
          RawTensor("logits", [own.count, tokens, 3], numbers(own, tokens, width: 3)),
          RawTensor("lengths", [own.count], own.map(length)),
          RawTensor(
            "token_labels", [own.count, tokens],
            own.flatMap { sample in
              (0..<tokens).map { $0 < length(sample) ? ($0 + sample) % 3 : -100 }
            }),
        ], to: "\(path)/part-0000\(part).safetensors")
    }
    return path
  }

  @Test(arguments: [TokenChoice.first, .last, .mean, .all, .at(0)])
  func paddingIsNobodys(tokens: TokenChoice) throws {
    let one = try padded("one", parts: [0..<12], padding: .nan)
    #expect(try setting.ingest(one, tokens: tokens).status == "ingested")
    for (name, parts, padding, filling) in [
      ("two", [0..<5, 5..<12], Float(7), 0), ("three", [0..<1, 1..<2, 2..<12], -.infinity, 2),
    ] {
      let other = try padded(name, parts: parts, padding: padding, filling: filling)
      #expect(try setting.ingest(other, tokens: tokens).status == "already ingested", "\(name)")
    }
  }

  @Test func tokensThatDoNotAgreeAreALine() throws {
    for (name, tensor, told) in [
      (
        "logits", RawTensor("logits", [200, 3, 3], [Float](repeating: 1, count: 1800)),
        "expected 2 tokens in every array that has some, found 3 of logits"
      ),
      (
        "z", RawTensor("fc.z", [200, 3], [Float](repeating: 1, count: 600)),
        "expected fc.z with tokens as fc.x has them, found [200, 3]"
      ),
      (
        "token_labels", RawTensor("token_labels", [200, 3], [Int](repeating: 0, count: 600)),
        "expected token_labels of the shape [200, 2], found [200, 3]"
      ),
      (
        "lengths", RawTensor("lengths", [200], [Int](repeating: 3, count: 200)),
        "expected lengths from 1 to 2, found 3"
      ),
      (
        "labels", RawTensor("token_labels", [200, 2], [Int](repeating: -2, count: 400)),
        "expected token_labels from -1 to 2, found -2"
      ),
    ] {
      let path = try setting.write(name, parts: 3) { _, tensors in
        tensors.removeAll { $0.name == tensor.name }
        tensors[0] = RawTensor("fc.x", [200, 2, 4], [Float](repeating: 1, count: 1600))
        tensors.append(tensor)
      }
      try setting.expectLine(path, told, tokens: .first)
    }
  }
}
