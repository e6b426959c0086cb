// The detector gram beside NumPy's whole Gram matrices (tools/goldens/gram.py), and what its definition leaves open.

import Analytics
import Foundation
import TestSupport
import Testing

private struct GramGolden: Decodable {
  struct Sample: Decodable {
    let predicted: Int
    let held: Bool?
    /// By layer, channels × positions.
    let maps: [[Float]]
  }

  let channels: [Int]
  let positions: [Int]
  let reference: [Sample]
  let samples: [Sample]
  let entries: [Double]
  let scores: [String: [Double?]]
}

@Suite struct GramTests {
  private let golden: GramGolden

  init() throws {
    let url = try #require(
      Bundle.module.url(forResource: "gram", withExtension: "json", subdirectory: "Fixtures"))
    golden = try JSONDecoder().decode(GramGolden.self, from: Data(contentsOf: url))
  }

  /// A sample's entries, its maps as the engine lends them, with `gap` numbers of others behind each position.
  private func entries(
    _ maps: [[Float]], _ entries: GramEntries, gap: Int = 0
  ) -> [Double] {
    var values = [Double](repeating: .nan, count: entries.count)
    for (layer, own) in maps.enumerated() {
      let (channels, positions) = (golden.channels[layer], golden.positions[layer])
      var lent: [Float] = []
      for position in 0..<positions {
        lent += (0..<channels).map { own[$0 * positions + position] }
        if position < positions - 1 { lent += [Float](repeating: .nan, count: gap) }
      }
      var span = values.mutableSpan
      entries.set(layer, of: lent.span, rowStride: channels + gap, in: &span)
    }
    return values
  }

  private func layout(_ orders: Int = 10) -> GramEntries {
    GramEntries(channels: golden.channels, orders: orders)
  }

  private func taught(
    _ text: String, _ reference: [GramGolden.Sample], orders: Int = 10
  ) throws -> GramTeaching {
    let one = try #require(try ChosenDetector.parse(text, ofFeatureMaps: true).first)
    let layout = layout(orders)
    var teaching = try GramTeaching(one, layout, classes: 4)
    for sample in reference where sample.held != true {
      teaching.bound(entries(sample.maps, layout).span, predicted: sample.predicted)
    }
    for sample in reference where sample.held == true {
      teaching.weigh(entries(sample.maps, layout).span, predicted: sample.predicted)
    }
    return teaching
  }

  @Test func `Entries are the row sums of NumPy's Gram matrices`() {
    let found = entries(golden.samples[0].maps, layout())
    #expect(difference(found, golden.entries, absolute: 1e-12, relative: 1e-12) == nil)
  }

  @Test(arguments: ["gram", "gram:orders=3"])
  func `Scores are NumPy's`(text: String) throws {
    let expected = try #require(golden.scores[text])
    // A class without ranges has no score.
    #expect(expected.count { $0 == nil } == 1)
    for orders in text == "gram" ? [10] : [3, 10] {
      let teaching = try taught(text, golden.reference, orders: orders)
      let scores = golden.samples.map {
        teaching.score(of: entries($0.maps, layout(orders)).span, predicted: $0.predicted)
      }
      #expect(difference(scores, expected, absolute: 0, relative: 1e-10) == nil)
      #expect(teaching.alone == 1)
      #expect(teaching.weighing == golden.reference.count { $0.held == true } - 1)
      #expect(teaching.bounding == golden.reference.count { $0.held != true })
    }
  }

  @Test func `Neither the order of samples nor how maps lie changes a bit`() throws {
    let sample = golden.samples[0]
    let found = entries(sample.maps, layout())
    for gap in [1, 5] {
      #expect(difference(entries(sample.maps, layout(), gap: gap), found) == nil)
    }
    let (a, b) = (
      try taught("gram", golden.reference),
      try taught(
        "gram",
        golden.reference.filter { $0.held != true }.reversed()
          + golden.reference.filter { $0.held == true })
    )
    for sample in golden.samples {
      let own = entries(sample.maps, layout())
      #expect(
        a.score(of: own.span, predicted: sample.predicted)
          == b.score(of: own.span, predicted: sample.predicted))
    }
  }

  /// A power of two goes through powers and roots without a rounding, however far.
  @Test(arguments: [Float(0x1p-100), 0x1p-30, 0x1p60, 0x1p100])
  func `Nothing overflows or is lost`(factor: Float) {
    let maps = golden.samples[0].maps
    let found = entries(maps.map { $0.map { $0 * factor } }, layout())
    let square = Double(factor) * Double(factor)
    #expect(difference(found, entries(maps, layout()).map { $0 * square }) == nil)
  }

  @Test func `What is not finite teaches nothing and has no score`() throws {
    let clean = try taught("gram", golden.reference)
    for value in [Float.nan, .infinity, -.infinity] {
      var maps = golden.samples[0].maps
      maps[1][7] = value
      let own = entries(maps, layout())
      var teaching = try taught("gram", golden.reference)
      teaching.weigh(own.span, predicted: 0)
      teaching.bound(own.span, predicted: 0)
      #expect(teaching.notFinite == 2)
      #expect(teaching.weighing == clean.weighing && teaching.bounding == clean.bounding)
      #expect(teaching.score(of: own.span, predicted: 0) == nil)
      let sample = golden.samples[0]
      let finite = entries(sample.maps, layout())
      #expect(
        teaching.score(of: finite.span, predicted: sample.predicted)
          == clean.score(of: finite.span, predicted: sample.predicted))
    }
  }

  @Test func `Too many classes are refused before anything is held`() throws {
    let one = try #require(try ChosenDetector.parse("gram", ofFeatureMaps: true).first)
    let wide = GramEntries(channels: [Int](repeating: 2048, count: 49), orders: 10)
    #expect(throws: Never.self) { _ = try GramTeaching(one, wide, classes: 200) }
    let error = #expect(throws: AnalyticsError.self) {
      try GramTeaching(one, wide, classes: 1000)
    }
    // 49 · 2048 channels · 10 orders · 16 bytes a class in 4 GiB.
    let message = error?.description ?? ""
    #expect(message.contains("267 classes at most"), "\(message)")
  }
}
