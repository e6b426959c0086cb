// An attacked image must depend on its pixels, label, position and seed alone.

import Basics
import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct AttackDeterminismTests {
  private let network = Network(.small, seed: 4)
  private let pixels = bytes(150 * 72, seed: 33)
  private let labels = (0..<150).map { $0 * 13 % 4 }

  private func run(
    _ text: String, _ samples: Range<Int>, threads: Int = 2, positions: [Int]? = nil
  ) throws -> AttackResult {
    try network.attack(
      Attack(parsing: text),
      pixels: Array(pixels[72 * samples.lowerBound..<72 * samples.upperBound]),
      labels: Array(labels[samples]), positions: positions ?? Array(samples), pixelCount: 72,
      preprocessing: .scaling, threads: threads)
  }

  @Test(arguments: ["pgd:steps=5,restarts=2,seed=3", "pgd:steps=5,norm=l2,seed=3"])
  func bitsDoNotDependOnBatchesAndThreads(text: String) throws {
    let whole = try run(text, 0..<150, threads: 1)
    for threads in [1, 2, 3, 8] {
      let other = try run(text, 0..<150, threads: threads)
      #expect(difference(other.pixels, whole.pixels) == nil, "\(threads) threads")
      let isSame = other == whole
      #expect(isSame, "\(threads) threads: losses or predictions")
    }
    #expect(try run(text, 0..<0).pixels.isEmpty)
    for size in [32, 64, 96] {
      var pixels: [Float] = []
      var losses: [Double] = []
      for first in stride(from: 0, to: 150, by: size) {
        let part = try run(text, first..<min(150, first + size))
        pixels += part.pixels
        losses += part.losses
      }
      #expect(difference(pixels, whole.pixels) == nil, "batches of \(size)")
      #expect(difference(losses, whole.losses) == nil, "batches of \(size)")
    }
  }

  @Test func seedPositionAndRestartEachGiveAnotherStart() throws {
    // A step of no length: what comes back is the start.
    func start(_ text: String, at position: Int) throws -> [Float] {
      try run("pgd:step=0,steps=1," + text, 0..<1, positions: [position]).pixels
    }
    let first = try start("seed=1", at: 5)
    #expect(try start("seed=1", at: 5) == first)
    #expect(try start("seed=2", at: 5) != first)
    #expect(try start("seed=1", at: 6) != first)
    #expect(try start("seed=5", at: 1) != first)
    let many = Set(try (0..<20).map { try start("restarts=\($0 + 1)", at: 0) })
    #expect(many.count > 1)
  }

  @Test func startsAreDrawnAsDocumented() throws {
    func mixed(_ seed: UInt64) -> UInt64 {
      var generator = SplitMix64(seed: seed)
      return generator.next()
    }
    let result = try run("pgd:step=0,steps=1,seed=9", 0..<40)
    for sample in 0..<40 {
      var generator = SplitMix64(seed: mixed(mixed(mixed(9) ^ UInt64(sample)) ^ 0))
      for i in 72 * sample..<72 * (sample + 1) {
        let moved = pixels[i] + 8 * generator.symmetric()
        #expect(result.pixels[i] == min(max(moved, 0), 255))
      }
    }
  }

  @Test func startsInL2FillTheBall() throws {
    // Half of a ball's volume lies within the radius · 2^(−1/72); images in the middle of the box.
    let middle = [Float](repeating: 127.5, count: 150 * 72)
    let result = try network.attack(
      Attack(parsing: "pgd:step=0,steps=1,norm=l2"), pixels: middle, labels: labels,
      positions: Array(0..<150), pixelCount: 72, preprocessing: .scaling)
    let lengths = (0..<150).map {
      l2Distance(result.pixels[72 * $0..<72 * ($0 + 1)], middle[72 * $0..<72 * ($0 + 1)])
    }
    #expect(lengths.allSatisfy { $0 <= 127.5 })
    let inner = lengths.count { $0 < 127.5 * 0.990419 }
    #expect((50...100).contains(inner))
    let mean = zip(result.pixels, middle).reduce(0.0) { $0 + Double($1.0 - $1.1) } / (150 * 72)
    #expect(abs(mean) < 0.6)
  }
}
