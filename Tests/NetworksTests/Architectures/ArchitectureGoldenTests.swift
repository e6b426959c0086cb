// Architectures against torchvision: logits, and gradients with respect to the input. Families that came later stand in
// ZooGoldenTests.

import Foundation
import NetworkTestSupport
import Networks
import Testing
import Training
import WeightFiles

/// Serialised: the largest of these networks take over a gigabyte.
@Suite(.serialized)
struct ArchitectureGoldenTests {
  private let golden: WeightFile

  init() throws { golden = try WeightFile.read(fixture("architectures")) }

  /// Names as in the fixture; a number behind them is the side of the input.
  static let cases: [(name: String, side: Int?)] =
    Architecture.known.filter { name in
      ["alexnet", "vgg", "resnet", "inception", "squeezenet"].contains { name.hasPrefix($0) }
        && name != "alexnet-cifar"
    }.map { ($0, nil) }
    + [("squeezenet1_1", 227)]

  /// Gradients are compared at the smallest size, where few values can lie so near a rectifier's or
  /// a pooling window's switching point that rounding decides.
  @Test(arguments: cases)
  func agreesWithTorchvision(name: String, side: Int?) throws {
    let architecture = try Architecture.named(name, side: side)
    let network = try filled(architecture)
    let key = side.map { "\(name)-\($0)" } ?? name
    let inputs = uniform(architecture.input.count, seed: 5).map { 2 * $0 }
    let expected = try #require(golden.tensors["\(key).logits"]?.values)
    let error = relativeError(network.forward(inputs, count: 1).logits, expected)
    #expect(error < 1e-4, "\(key): logits \(error)")

    let smallest = ["alexnet": 63, "inception_v3": 75]
    let small = try Network(.named(name, side: smallest[name] ?? 32), parametersOf: network)
    let seed = try #require(golden.tensors["\(key).seed"]?.values.first)
    let pixels = uniform(small.architecture.input.count, seed: UInt64(seed)).map { 2 * $0 }
    let pulled = small.pullback(
      pixels, count: 1, cotangent: uniform(expected.count, seed: 11), parameters: false)
    try expectSummary(of: pulled.inputs, is: "\(key).input", in: golden)
    #expect(relativeError(pulled.output, small.forward(pixels, count: 1).logits) < 1e-5)
  }

  /// Batch normalisation takes the statistics of the batch, and running ones follow them.
  @Test func trainingAgreesWithPyTorch() throws {
    let network = try filled(.named("resnet20-cifar", side: 16))
    let seed = try #require(golden.tensors["training.seed"]?.values.first)
    let inputs = uniform(8 * 768, seed: UInt64(seed)).map { 2 * $0 }
    let labels = (0..<8).map { $0 * 7 % 10 }
    let result = network.lossAndGradients(inputs, labels: labels, training: true)
    let loss = try #require(golden.tensors["training.loss"]?.values.first)
    #expect(abs(result.loss - Double(loss)) < 1e-5 * Double(loss))

    var settings = TrainingSettings()
    settings.batchSize = 8
    settings.learningRate = 0
    let before = network.tensors
    let trainer = Trainer(network, settings: settings, seed: 1)
    _ = trainer.runEpoch(
      order: Array(0..<8), labels: labels,
      source: { position, sample in
        for i in 0..<768 { sample[i] = inputs[position * 768 + i] }
      }, onStep: { _ in })
    for (name, tensor) in network.tensors {
      let key = "training.\(name)"
      if name.hasSuffix("running_mean") || name.hasSuffix("running_var") {
        try expectSummary(of: tensor.values, is: key, in: golden)
      } else {
        #expect(tensor == before[name])
        try expectSummary(of: result.parameters[name]?.values ?? [], is: key, in: golden)
      }
    }
  }
}

extension Network {
  /// A network of another input size with the parameters of `other`.
  convenience init(_ architecture: Architecture, parametersOf other: Network) throws {
    try self.init(
      WeightFile(tensors: other.tensors), path: architecture.name, architecture: architecture)
  }
}

/// The weights of tools/goldens/architectures.py: of tensor i by name, `SplitMix64(seed: 1000 +
/// i)`.
func filled(_ architecture: Architecture) throws -> Network {
  let blank = Network(zeroed: architecture)
  var tensors: [String: Tensor] = [:]
  let names = blank.parameterNames.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  for (position, name) in names.enumerated() {
    let shape = try #require(blank.tensor(name)).shape
    let fanIn = shape.dropFirst().reduce(1, *)
    let (offset, factor): (Float, Float) =
      if name.hasSuffix("running_var") { (1, 0.5) } else if shape.count > 1 {
        (0, Float((6 / Double(fanIn)).squareRoot()))
      } else if name.hasSuffix("weight") { (0.75, 0.25) } else { (0, 0.1) }
    let values = uniform(shape.reduce(1, *), seed: UInt64(1000 + position))
    tensors[name] = Tensor(shape: shape, values: values.map { offset + factor * $0 })
  }
  try blank.load(tensors, path: architecture.name)
  return blank
}

func fixture(_ name: String) throws -> String {
  try #require(
    Bundle.module.url(
      forResource: name, withExtension: "safetensors", subdirectory: "Fixtures")
  ).path
}

/// 32 elements at positions 7919·k, the norm and the sum of a tensor.
func expectSummary(of values: [Float], is name: String, in golden: WeightFile) throws {
  let samples = try #require(golden.tensors["\(name).samples"]?.values)
  let norm = Double(try #require(golden.tensors["\(name).norm"]?.values.first))
  let sum = Double(try #require(golden.tensors["\(name).sum"]?.values.first))
  guard !values.isEmpty else { return #expect(Bool(false), "\(name) is missing") }
  let found = (0..<32).map { values[$0 * 7919 % values.count] }
  #expect(relativeError(found, samples) < 1e-4, "\(name)")
  let foundNorm = values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  #expect(abs(foundNorm - norm) < 1e-4 * norm, "\(name)")
  // A sum of n values of this norm has a magnitude of up to √n · norm.
  let foundSum = values.reduce(0.0) { $0 + Double($1) }
  #expect(abs(foundSum - sum) < 1e-4 * norm * Double(values.count).squareRoot(), "\(name)")
}
