// Every detector of the last layer against NumPy in Float64 and against pytorch-ood; that none lacks a golden, a source or
// its place in the documentation; and that no cut into blocks changes a bit.

import Analytics
import Foundation
import TestSupport
import Testing

@Suite struct DetectorGoldenTests {
  private let golden: DetectorGolden
  private let setting: DetectorSetting

  init() throws { (golden, setting) = try DetectorGolden.read() }

  private func chosen() throws -> [ChosenDetector] {
    try golden.numpy.keys.sorted().flatMap { try ChosenDetector.parse($0) }
  }

  @Test func `Scores are NumPy's`() throws {
    let chosen = try chosen()
    for (one, scores) in zip(chosen, try setting.scores(chosen)) {
      let expected = try #require(golden.numpy["\(one)"], "\(one)")
      // The size of what is added up: a score that is 0 by cancellation has no digits of its own.
      let size = expected.reduce(0) { max($0, abs($1)) }
      #expect(
        difference(scores, expected, absolute: 1e-9 * 1e-3 * size, relative: 1e-9) == nil,
        "\(one)")
    }
  }

  @Test func `Scores are pytorch-ood's`() throws {
    let chosen = try chosen()
    var compared = 0
    for (one, scores) in zip(chosen, try setting.scores(chosen)) {
      guard let expected = golden.pytorchOOD["\(one)"] else { continue }
      compared += 1
      let size = expected.reduce(0) { max($0, abs($1)) }
      #expect(
        difference(scores, expected, absolute: 1e-6 * size, relative: 1e-5) == nil, "\(one)")
    }
    #expect(compared >= 30)
  }

  @Test func `Every detector has a golden, a source and its row in the documentation`() throws {
    let page = try String(
      contentsOfFile: packageDirectory() + "/Schema/Detectors.md", encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
    let compared = Set(try chosen().map(\.detector.name))
    #expect(Set(Detector.all.map(\.name)).count == Detector.all.count)
    for detector in Detector.all {
      // GramTests has the golden of those of feature maps.
      #expect(
        !detector.isOfLastLayer || compared.contains(detector.name), "\(detector.name)")
      #expect(detector.source.contains(/\s(19|20)\d\d,\s/), "\(detector.name): \(detector.source)")
      let row = rows.first { $0.hasPrefix("| `\(detector.name)` |") }
      #expect(
        row?.contains(detector.formula.replacing("|", with: "\\|")) == true,
        "\(detector.name): \(detector.formula)")
      #expect(row?.contains(detector.source) == true, "\(detector.name): \(detector.source)")
      for one in detector.parameters {
        let standard = one.standard.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" }
        let text = "`\(one.name)`" + (standard.map { " = \($0)" } ?? "") + ": \(one.meaning)"
        #expect(row?.contains(text) == true, "\(detector.name): \(text)")
      }
    }
    #expect(rows.count == Detector.all.count)
  }

  /// One file each, whose name no list but one has.
  @Test func `A detector is one file`() throws {
    let folder = packageDirectory() + "/Sources/Analytics/Detectors"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(files.count == Detector.all.count)
    for file in files {
      let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
      #expect(text.matches(of: /= Detector\(/).count == 1, "\(file)")
    }
  }

  @Test func `Neither blocks nor their order of size change a bit`() throws {
    // More samples than a tile, a panel and a fold of the covariance hold, and not a whole number of any.
    let setting = try DetectorSetting(
      inputs: 19, outputs: 7, reference: 1100, samples: 300, seed: 3)
    let chosen = Detector.all.filter(\.isOfLastLayer).map(ChosenDetector.init)
    let whole = try setting.scores(chosen, teaching: 1100, scoring: 300)
    for (teaching, scoring) in [(1, 1), (7, 64), (256, 257), (1000, 65)] {
      let cut = try setting.scores(chosen, teaching: teaching, scoring: scoring)
      for (index, one) in chosen.enumerated() {
        #expect(difference(cut[index], whole[index]) == nil, "\(one), \(teaching), \(scoring)")
      }
    }
    for (scores, one) in zip(whole, chosen) {
      #expect(scores.allSatisfy { $0 != nil }, "\(one)")
      // What tells nothing apart is no detector.
      #expect(Set(scores.compactMap(\.self)).count > 3, "\(one)")
    }
  }
}
