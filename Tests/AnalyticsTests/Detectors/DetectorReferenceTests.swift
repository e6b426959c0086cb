// The detectors on a real network and real data, against NumPy: what tools/detectors-reference exported to the folder that
// ENGRAM_DETECTORS names. Prints the table. Without the folder it is skipped.

import Analytics
import Foundation
import TestSupport
import Testing

private let folder = ProcessInfo.processInfo.environment["ENGRAM_DETECTORS"]

@Suite(.serialized, .enabled(if: folder != nil, "ENGRAM_DETECTORS names no folder"))
struct DetectorReferenceTests {
  private func floats(_ name: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(filePath: (folder ?? "") + "/" + name))
    return data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  private func peakMegabytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return Int(line?.split(separator: " ").dropFirst().first ?? "").map { $0 / 1024 } ?? 0
  }

  @Test func `Figures are NumPy's`() throws {
    // As the commands have it. No other suite is at BLAS meanwhile.
    LinearAlgebraThreads.useOne()
    let bias = try floats("bias")
    let weights = try floats("weights")
    let layer = try LastLayer(
      inputs: weights.count / bias.count, outputs: bias.count, weights: weights, bias: bias)
    let labels = try Data(contentsOf: URL(filePath: (folder ?? "") + "/reference.labels"))
    func samples(_ name: String) throws -> LayerSamples {
      LayerSamples(x: try floats(name + ".x"), z: try floats(name + ".z"), labels: nil)
    }
    var reference = try samples("reference")
    reference.labels = labels.map { Int($0) }
    let inside = try samples("inside")
    let outside = try samples("outside")
    let figures = try JSONDecoder().decode(
      [String: [Double]].self,
      from: Data(contentsOf: URL(filePath: (folder ?? "") + "/figures.json")))
    let chosen = try figures.keys.sorted().flatMap { try ChosenDetector.parse($0) }
    let (clock, before) = (ContinuousClock(), try peakMegabytes())

    let setting = DetectorSetting(layer: layer, reference: reference, samples: inside)
    var scores: [(inside: [Double?], outside: [Double?])] = []
    var taught = setting.taught([], blocks: 1000)
    let learning = clock.measure { taught = setting.taught(chosen, blocks: 1000) }
    #expect(taught.failures.isEmpty && taught.notes.isEmpty)
    func scored(_ samples: LayerSamples) -> [[Double?]] {
      var all = [[Double?]](repeating: [], count: chosen.count)
      for block in setting.blocksOf(samples, 1000) {
        for (one, scores) in taught.scores(of: block).enumerated() { all[one] += scores }
      }
      return all
    }
    let scoring = clock.measure {
      scores = zip(scored(inside), scored(outside)).map { ($0, $1) }
    }
    print(
      "taught by \(labels.count) in \(learning), \(inside.z.count / bias.count) + "
        + "\(outside.z.count / bias.count) scored in \(scoring); "
        + "peak \(try peakMegabytes()) MiB, \(before) before")
    for (index, one) in chosen.enumerated() {
      if one.description == "odin" {
        // Its logits are those of moved images.
        let moved = try ["inside", "outside"].map { name in
          let z = try floats(name + ".odin")
          let x = [Float](repeating: 0, count: z.count / bias.count * layer.inputs)
          return scored(LayerSamples(x: x, z: z, labels: nil))[index]
        }
        scores[index] = (moved[0], moved[1])
      }
      let data = try Data(contentsOf: URL(filePath: "\(folder ?? "")/\(one).scores"))
      let numpy = data.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
      let size = numpy.reduce(0) { max($0, abs($1)) }
      #expect(
        difference(
          scores[index].inside + scores[index].outside, numpy, absolute: 1e-12 * size,
          relative: 1e-9) == nil, "\(one)")
      let expected = try #require(figures["\(one)"])
      let found = try #require(
        Separation(inside: scores[index].inside, outside: scores[index].outside))
      let (area, rate) = (100 * found.areaUnderROC, 100 * found.falsePositivesAt95)
      print("\(one): \(String(format: "%.3f / %.2f", area, rate))")
      #expect(abs(area - expected[0]) <= 0.01, "\(one): \(area), expected \(expected[0])")
      #expect(abs(rate - expected[1]) <= 0.1, "\(one): \(rate), expected \(expected[1])")
    }
  }
}
