// PyTorch's own files cut short and changed at random, by fixed seeds: an error in one line, or a
// file.

import Networks
import Testing
import WeightFiles

struct TorchFuzzTests {
  private static let names = [
    "plain", "plain-legacy", "nested", "nested-legacy", "views", "views-legacy", "integers",
    "integers-legacy", "protocol4", "half-legacy",
  ]

  /// Whether the bytes were a weight file.
  private func attempt(_ bytes: [UInt8]) -> Bool {
    do {
      let file = try WeightFile(decoding: bytes, path: "fuzz")
      return file.tensors.values.allSatisfy { $0.values.count == $0.shape.reduce(1, *) }
    } catch {
      let text = String(describing: error)
      #expect(error is WeightFileError && text.hasPrefix("fuzz: ") && !text.contains("\n"))
      return false
    }
  }

  @Test(arguments: names)
  func everyTruncationIsRefused(name: String) throws {
    let whole = try torchFixture(name + ".pth")
    for count in 0..<whole.count {
      #expect(!attempt(Array(whole[..<count])), "\(count) of \(whole.count) bytes")
    }
  }

  @Test(arguments: names)
  func changedBytesNeverTrap(name: String) throws {
    let whole = try torchFixture(name + ".pth")
    var state = UInt64(whole.count)
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var (files, errors) = (0, 0)
    for round in 0..<4000 {
      var bytes = whole
      for _ in 0...round % 4 {
        let extremes: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(next(256))]
        bytes[next(bytes.count)] = extremes[next(extremes.count)]
      }
      if attempt(bytes) { files += 1 } else { errors += 1 }
    }
    #expect(files > 10 && errors > 10, "\(files) files, \(errors) errors")
  }

  /// Bytes put in and taken out, so that everything behind them is elsewhere.
  @Test(arguments: names)
  func movedBytesNeverTrap(name: String) throws {
    let whole = try torchFixture(name + ".pth")
    var errors = 0
    for position in stride(from: 0, to: whole.count, by: 3) {
      var bytes = whole
      bytes.remove(at: position)
      if !attempt(bytes) { errors += 1 }
      bytes = whole
      bytes.insert(contentsOf: [0xFF, 0xFF, 0xFF, 0x7F], at: position)
      if !attempt(bytes) { errors += 1 }
    }
    #expect(errors > whole.count / 3)
  }
}
