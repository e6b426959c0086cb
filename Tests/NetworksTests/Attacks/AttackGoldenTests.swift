// Attacks against PyTorch's: gradients at pixels, one step, and twenty.

import Foundation
import NetworkTestSupport
import Networks
import Testing
import WeightFiles

struct AttackGoldenTests {
  private let golden: WeightFile

  init() throws { golden = try Self.golden("pgd") }

  private static func golden(_ name: String) throws -> WeightFile {
    let url = try #require(
      Bundle.module.url(
        forResource: name, withExtension: "safetensors", subdirectory: "Fixtures"))
    return try WeightFile.read(url.path)
  }

  /// 32 × 32 in colour, each square of 4 × 4 pixels in one.
  private func squares(_ count: Int, seed: UInt64) -> [Float] {
    let squares = bytes(count * 192, seed: seed)
    return (0..<count * 3072).map { i in
      let (plane, y, x) = (i / 1024, i % 1024 / 32, i % 32)
      return squares[64 * plane + y / 4 * 8 + x / 4]
    }
  }

  private func values(_ name: String) throws -> [Float] {
    try #require(golden.tensors[name]?.values)
  }

  private func pixelGradient(_ network: Network, _ pixels: [Float], label: Int) -> [Float] {
    var input = [Float](repeating: 0, count: 2352)
    var result = [Float](repeating: 0, count: 3072)
    var span = input.mutableSpan
    PixelPreprocessing.cifar.apply(pixels.span, &span)
    let gradient = network.lossAndGradients(
      input, labels: [label], parameters: false, inputs: true
    ).inputs
    var pulled = result.mutableSpan
    PixelPreprocessing.cifar.pullback(pixels.span, gradient.span, &pulled)
    return result
  }

  private func attack(
    _ network: Network, _ text: String, _ pixels: [Float], _ labels: [Int]
  ) throws -> AttackResult {
    try network.attack(
      Attack(parsing: text), pixels: pixels, labels: labels,
      positions: Array(labels.indices), pixelCount: 3072, preprocessing: .cifar)
  }

  @Test func alexNetAgreesWithPyTorch() throws {
    let network = Network(.alexNetCIFAR, seed: 1)
    let pixels = squares(8, seed: 6)
    let labels = (0..<8).map { $0 * 7 % 10 }

    let start = try attack(network, "pgd:step=0,steps=1,seed=4", pixels, labels)
    let gradients = (0..<8).flatMap { sample in
      let pixels = Array(start.pixels[3072 * sample..<3072 * (sample + 1)])
      return pixelGradient(network, pixels, label: labels[sample])
    }
    let sampled = stride(from: 0, to: gradients.count, by: 17).map { gradients[$0] }
    #expect(relativeError(sampled, try values("gradient")) < 1e-4)

    let one = try attack(network, "pgd:steps=1,seed=4", pixels, labels)
    let equal = zip(one.pixels, try values("one")).count { $0 == $1 }
    #expect(Double(equal) >= 0.999 * Double(pixels.count))

    let twenty = try attack(network, "pgd:steps=20,seed=4", pixels, labels)
    #expect(twenty.predicted.map(Float.init) == (try values("twenty.predicted")))
    #expect(relativeError(twenty.losses.map { Float($0) }, try values("twenty.losses")) < 1e-3)
  }

  /// Whatever the labels: the step is towards the prediction of the image as it is, and out of the box.
  @Test(arguments: [0, 5])
  func odinsStepAgreesWithPyTorch(label: Int) throws {
    let golden = try Self.golden("odin").tensors
    let network = Network(.alexNetCIFAR, seed: 1)
    let source = squares(8, seed: 6)
    let result = try attack(
      network, "odin:eps=0.0014,T=1000", source, [Int](repeating: label, count: 8))
    let moved = try #require(golden["moved"]?.values)
    let equal = zip(result.pixels, moved).count { abs($0 - $1) < 1e-4 }
    #expect(Double(equal) >= 0.999 * Double(moved.count))
    #expect(result.pixels.contains { $0 < -0.3 } && result.pixels.contains { $0 > 255.3 })

    var logits: [Float] = []
    for sample in 0..<8 {
      let pixels = Array(result.pixels[3072 * sample..<3072 * (sample + 1)])
      var input = [Float](repeating: 0, count: 2352)
      var span = input.mutableSpan
      PixelPreprocessing.cifar.apply(pixels.span, &span)
      logits += network.lossAndGradients(input, labels: [0], parameters: false).logits
    }
    #expect(relativeError(logits, try #require(golden["logits"]?.values)) < 1e-4)
    #expect(
      result.predicted.map(Float.init) == (try #require(golden["clean.predicted"]?.values)))
  }

  @Test(arguments: [
    ("linf", "pgd:eps=2/255,step=0.5/255,seed=4"),
    ("l2", "pgd:eps=0.25,step=0.05,norm=l2,start=zero"),
    ("target", "pgd:target=3,start=zero"),
  ])
  func robustAccuracyAgreesWithPyTorch(name: String, text: String) throws {
    let network = try small()
    let labels = try values("labels").map { Int($0) }
    let result = try attack(network, text, squares(200, seed: 8), labels)
    let goals = name == "target" ? [Int](repeating: 3, count: 200) : labels
    let predicted = try values("\(name).predicted").map { Int($0) }
    let accuracy = zip(result.predicted, goals).count { $0 == $1 }
    #expect(abs(accuracy - zip(predicted, goals).count { $0 == $1 }) <= 1)
    #expect(zip(result.predicted, predicted).count { $0 != $1 } <= 1)
    #expect(relativeError(result.losses.map { Float($0) }, try values("\(name).losses")) < 1e-2)
  }

  /// `Small` of tools/goldens/attacks.py.
  private func small() throws -> Network {
    let five = Window(height: 5, width: 5, padding: Padding(2))
    let halving = Window(
      height: 3, width: 3, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1))
    let network = Network(
      Architecture(
        name: "small", input: MapShape(channels: 3, height: 28, width: 28),
        chain: [
          ("conv1", .convolution(Convolution(outputs: 8, window: five))), ("relu1", .rectifier),
          ("pool1", .maxPool(MaxPool(window: halving))),
          ("norm1", .responseNormalisation(ResponseNormalisation())),
          ("conv2", .convolution(Convolution(outputs: 16, window: five))), ("relu2", .rectifier),
          ("pool2", .maxPool(MaxPool(window: halving))),
          ("norm2", .responseNormalisation(ResponseNormalisation())), ("flatten", .flatten),
          ("fc1", .fullyConnected(FullyConnected(outputs: 32))), ("relu3", .rectifier),
          ("fc2", .fullyConnected(FullyConnected(outputs: 10))),
        ]), seed: 7)
    try network.load(
      network.tensors.mapValues { Tensor(shape: $0.shape, values: $0.values.map { 3 * $0 }) },
      path: "small")
    return network
  }
}
