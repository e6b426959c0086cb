// Attacks against what must hold of any attack, and against closed forms.

import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct AttackTests {
  /// With every kind of layer, over 2 × 6 × 6 pixels and four classes.
  private let network = Network(.small, seed: 4)
  private let count = 75
  private let pixels = bytes(75 * 72, seed: 31)
  private let labels = (0..<75).map { $0 * 13 % 4 }

  private func run(
    _ text: String, from pixels: [Float]? = nil, threads: Int = 2
  ) throws -> AttackResult {
    try network.attack(
      Attack(parsing: text), pixels: pixels ?? self.pixels, labels: labels,
      positions: Array(0..<count), pixelCount: 72, preprocessing: .scaling, threads: threads)
  }

  @Test(arguments: [
    "pgd:eps=0", "pgd:eps=0,norm=l2", "pgd:eps=0,restarts=3", "fgsm:eps=0", "odin:eps=0",
  ])
  func noRadiusIsTheCleanResult(text: String) throws {
    let source = uniform(count * 72, seed: 30).map { 127 * ($0 + 1) }
    let result = try run(text, from: source)
    let clean = network.lossAndGradients(
      source.map { $0 / 255 }, labels: labels, parameters: false)
    #expect(difference(result.pixels, source) == nil)
    #expect(difference(result.losses, clean.losses) == nil)
    #expect(
      result.predicted
        == (0..<count).map {
          SoftmaxCrossEntropy.prediction(clean.logits.span.extracting(4 * $0..<4 * $0 + 4))
        })
  }

  @Test(arguments: [
    ("pgd:eps=8/255", 8.0), ("pgd:eps=0.0123,step=0.005", 0.0123 * 255), ("fgsm:eps=0.3", 76.5),
    ("pgd:eps=1,step=0.3,target=1", 255),
  ])
  func changesStayInBallAndBox(text: String, radius: Double) throws {
    for source in [pixels, uniform(count * 72, seed: 30).map { 127.5 * ($0 + 1) }] {
      let result = try run(text, from: source)
      #expect(linfDistance(result.pixels[...], source[...]) <= radius)
      #expect(result.pixels.allSatisfy { (0...255).contains($0) })
      #expect(result.pixels != source)
    }
  }

  @Test(arguments: [
    ("pgd:norm=l2", 127.5), ("pgd:eps=0.0123,step=0.005,norm=l2", 0.0123 * 255),
    ("pgd:eps=1,step=2,norm=l2,restarts=2", 255), ("fgsm:eps=1/255,norm=l2", 1.0),
  ])
  func lengthsStayInBallAndBox(text: String, radius: Double) throws {
    for source in [pixels, uniform(count * 72, seed: 30).map { 127.5 * ($0 + 1) }] {
      let result = try run(text, from: source)
      for sample in 0..<count {
        let range = 72 * sample..<72 * (sample + 1)
        #expect(l2Distance(result.pixels[range], source[range]) <= radius)
      }
      #expect(result.pixels.allSatisfy { (0...255).contains($0) })
      #expect(result.pixels != source)
    }
  }

  @Test func aLinearModelReachesItsClosedForm() throws {
    let weights = [uniform(24, seed: 40), uniform(24, seed: 41)]
    let network = try linear(weights, bias: [0.1, -0.2])
    let source = bytes(40 * 24, seed: 42)
    let labels = (0..<40).map { $0 % 2 }
    let result = try network.attack(
      Attack(parsing: "pgd"), pixels: source, labels: labels, positions: Array(0..<40),
      pixelCount: 24, preprocessing: .scaling)
    for i in source.indices {
      let label = labels[i / 24]
      let slope = weights[1 - label][i % 24] - weights[label][i % 24]
      #expect(result.pixels[i] == min(max(source[i] + (slope > 0 ? 8 : -8), 0), 255))
    }
  }

  /// Towards the prediction by the whole step, beyond 0 and 255, whatever temperature and labels.
  @Test(arguments: ["1000", "1e9", "1"])
  func odinMovesALinearModelTowardsItsPrediction(temperature: String) throws {
    let weights = [uniform(24, seed: 40), uniform(24, seed: 41)]
    let network = try linear(weights, bias: [0.1, -0.2])
    let source = bytes(40 * 24, seed: 42)
    func attack(_ text: String, labels: [Int]) throws -> AttackResult {
      try network.attack(
        Attack(parsing: text), pixels: source, labels: labels, positions: Array(0..<40),
        pixelCount: 24, preprocessing: .scaling)
    }
    let predicted = try attack("fgsm:eps=0", labels: [Int](repeating: 0, count: 40)).predicted
    #expect(Set(predicted).count == 2)
    let result = try attack("odin:eps=4/255,T=\(temperature)", labels: predicted.map { 1 - $0 })
    for i in source.indices {
      let label = predicted[i / 24]
      let slope = weights[label][i % 24] - weights[1 - label][i % 24]
      let moved = result.pixels[i] - source[i]
      #expect(moved == (slope > 0 ? 4 : -4))
    }
    #expect(result.pixels.contains { $0 < 0 } && result.pixels.contains { $0 > 255 })
    #expect(result.predicted == predicted)
  }

  @Test func aLinearModelReachesItsClosedFormInL2() throws {
    let weights = [uniform(24, seed: 40), uniform(24, seed: 41)]
    let network = try linear(weights, bias: [0, 0])
    // Far from the box, whose corners the closed form does not know.
    let source = bytes(2 * 24, seed: 42).map { 100 + $0 / 8 }
    let result = try network.attack(
      Attack(parsing: "pgd:eps=0.2,step=0.05,norm=l2,start=zero"), pixels: source, labels: [0, 1],
      positions: [0, 1], pixelCount: 24, preprocessing: .scaling)
    for label in 0..<2 {
      let slope: [Float] = zip(weights[1 - label], weights[label]).map { $0 - $1 }
      let length = dot(slope, slope).squareRoot()
      for i in 0..<24 {
        let expected = Double(source[24 * label + i]) + 51 * Double(slope[i]) / length
        #expect(abs(Double(result.pixels[24 * label + i]) - expected) < 1e-4)
      }
    }
  }

  @Test func anExampleBuiltToExistIsAlwaysFound() throws {
    // Class 1 wins where Σ w (x − 0.5) > 0. Every image lies on the side of class 0, by half of
    // what the radius can move it: 4/255 of 8/255 · Σ |w|.
    let weights = uniform(24, seed: 43)
    let network = try linear(
      [[Float](repeating: 0, count: 24), weights], bias: [0, -weights.reduce(0, +) / 2])
    let source = weights.map { 127.5 - ($0 > 0 ? 4 : -4) as Float }
    for seed in 0..<20 {
      let result = try network.attack(
        Attack(parsing: "pgd:seed=\(seed)"), pixels: source, labels: [0], positions: [seed],
        pixelCount: 24, preprocessing: .scaling)
      #expect(result.predicted == [1])
    }
  }

  @Test(arguments: ["linf", "l2"])
  func moreStepsAndRestartsDoNoLess(norm: String) throws {
    var last = -Double.infinity
    for steps in [1, 3, 10, 30] {
      let result = try run("pgd:steps=\(steps),start=zero,norm=\(norm)")
      let mean = result.losses.reduce(0, +) / Double(count)
      #expect(mean >= last, "\(steps) steps")
      last = mean
    }
    var fooled = 0
    last = -Double.infinity
    for restarts in [1, 2, 5] {
      let result = try run("pgd:steps=5,restarts=\(restarts),norm=\(norm)")
      let mean = result.losses.reduce(0, +) / Double(count)
      let now = zip(result.predicted, labels).count { $0 != $1 }
      #expect(mean >= last && now >= fooled, "\(restarts) restarts")
      (last, fooled) = (mean, now)
    }
  }

  @Test(arguments: ["pgd:eps=0.5,step=0.05", "pgd:eps=3,step=0.5,norm=l2,restarts=2"])
  func aTargetIsReached(text: String) throws {
    let network = try linear((0..<4).map { uniform(24, seed: 44 + $0) }, bias: [0, 0, 0, 0])
    let source = bytes(40 * 24, seed: 42)
    let labels = (0..<40).map { $0 % 4 }
    for target in 0..<4 {
      func attacked(_ text: String) throws -> AttackResult {
        try network.attack(
          Attack(parsing: text), pixels: source, labels: labels, positions: labels,
          pixelCount: 24, preprocessing: .scaling)
      }
      let result = try attacked("\(text),target=\(target)")
      #expect(result.predicted == [Int](repeating: target, count: 40))
      let clean = try attacked("pgd:eps=0,target=\(target)").losses
      #expect(zip(result.losses, clean).allSatisfy { $0 < $1 })
    }
  }

  @Test func theSourceIsUntouched() throws {
    let copy = pixels.map { $0 }
    let result = try run("pgd:restarts=2")
    #expect(pixels == copy && result.pixels != copy)
  }

  @Test func aTargetBeyondTheClassesIsRefused() {
    #expect(throws: NetworkError("attack: expected target from 0 to 3, found 4.")) {
      try run("pgd:target=4")
    }
  }

  @Test func theFastGradientSignMethodAddsTheSign() throws {
    let gradient = network.lossAndGradients(
      pixels.map { $0 / 255 }, labels: labels, parameters: false, inputs: true
    ).inputs
    let result = try run("fgsm:eps=8/255")
    for i in pixels.indices {
      let sign: Float = gradient[i] > 0 ? 1 : gradient[i] < 0 ? -1 : 0
      #expect(result.pixels[i] == min(max(pixels[i] + 8 * sign, 0), 255))
    }
  }
}
