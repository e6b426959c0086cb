// A layer with a reference run and samples to score, the golden one of tools/goldens/detectors.py or one of random numbers,
// and how the tests teach and score.

import Analytics
import Foundation
import Testing

/// Rows of x and z, with labels where they teach.
struct LayerSamples: Decodable {
  var x: [Float]
  var z: [Float]
  var labels: [Int?]?

  var count: Int { labels?.count ?? 0 }
}

struct DetectorSetting {
  let layer: LastLayer
  var reference: LayerSamples
  var samples: LayerSamples

  /// Taught by the reference in blocks of this size.
  func taught(_ chosen: [ChosenDetector], blocks: Int) -> TaughtDetectors {
    let all = blocksOf(reference, blocks)
    var teaching = DetectorTeaching(
      chosen, layer: layer, samples: all.reduce(0) { $0 + $1.count })
    for _ in 0..<teaching.passes {
      for block in all { teaching.add(block) }
      teaching.endPass()
    }
    return teaching.taught()
  }

  func blocksOf(_ samples: LayerSamples, _ size: Int) -> [SampleBlock] {
    let rows = samples.z.count / layer.outputs
    return stride(from: 0, to: rows, by: size).map { start in
      let own = start..<min(start + size, rows)
      return SampleBlock(
        layer, x: Array(samples.x[own.lowerBound * layer.inputs..<own.upperBound * layer.inputs]),
        z: Array(samples.z[own.lowerBound * layer.outputs..<own.upperBound * layer.outputs]),
        labels: samples.labels.map { Array($0[own]) })
    }
  }

  /// By detector the score of every sample; what cannot be taught is an error of the test.
  func scores(
    _ chosen: [ChosenDetector], teaching: Int = 7, scoring: Int = 3
  ) throws -> [[Double?]] {
    let taught = taught(chosen, blocks: teaching)
    let failures = taught.failures.map { "\($0.detector): \($0.reason)" }
    try #require(failures == [])
    var all = [[Double?]](repeating: [], count: chosen.count)
    for block in blocksOf(samples, scoring) {
      for (one, scores) in taught.scores(of: block).enumerated() { all[one] += scores }
    }
    return all
  }

  /// The scores of one detector by its text.
  func scores(_ text: String) throws -> [Double?] {
    try scores(ChosenDetector.parse(text))[0]
  }

  /// The reason why one cannot be taught; nil where it can.
  func failure(_ text: String) throws -> String? {
    taught(try ChosenDetector.parse(text), blocks: 7).failures.first?.reason
  }
}

/// What tools/goldens/detectors.py wrote.
struct DetectorGolden: Decodable {
  let inputs: Int
  let outputs: Int
  let weights: [Float]
  let bias: [Float]
  let reference: LayerSamples
  let samples: LayerSamples
  let numpy: [String: [Double]]
  let pytorchOOD: [String: [Double]]

  enum CodingKeys: String, CodingKey {
    case inputs, outputs, weights, bias, reference, samples, numpy
    case pytorchOOD = "pytorch_ood"
  }

  static func read() throws -> (golden: DetectorGolden, setting: DetectorSetting) {
    let url = try #require(
      Bundle.module.url(
        forResource: "detectors", withExtension: "json", subdirectory: "Fixtures"))
    let golden = try JSONDecoder().decode(Self.self, from: Data(contentsOf: url))
    let layer = try LastLayer(
      inputs: golden.inputs, outputs: golden.outputs, weights: golden.weights, bias: golden.bias)
    return (
      golden, DetectorSetting(layer: layer, reference: golden.reference, samples: golden.samples)
    )
  }
}

extension DetectorSetting {
  /// Normal x around a centre of its class, rectified; z = Wx + b in Float32.
  init(inputs d: Int, outputs c: Int, reference: Int, samples: Int, seed: UInt64) throws {
    var generator = TestGenerator(seed)
    let centres = (0..<c).map { _ in generator.normals(d).map { abs($0) } }
    // The nearest centre has the largest logit.
    let mean = (0..<d).map { column in centres.reduce(0) { $0 + $1[column] } / Float(c) }
    let weights = centres.flatMap { zip($0, mean).map { $0 - $1 + 0.01 } }
    let bias = centres.map { centre in
      zip(centre, mean).reduce(Float(0)) { $0 - ($1.0 * $1.0 - $1.1 * $1.1) / 2 }
    }
    func drawn(_ count: Int) -> LayerSamples {
      var all = LayerSamples(x: [], z: [], labels: [])
      for row in 0..<count {
        let x = zip(centres[row % c], generator.normals(d)).map { max(0, $0 + 0.6 * $1) }
        all.x += x
        for output in 0..<c {
          var z = Double(bias[output])
          for column in 0..<d { z += Double(weights[output * d + column]) * Double(x[column]) }
          all.z.append(Float(z))
        }
        all.labels?.append(row % c)
      }
      return all
    }
    layer = try LastLayer(inputs: d, outputs: c, weights: weights, bias: bias)
    self.reference = drawn(reference)
    self.samples = drawn(samples)
  }
}
