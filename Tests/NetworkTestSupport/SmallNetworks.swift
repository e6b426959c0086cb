// What the tests of several modules need of networks: a small one, drawn values, distances.

internal import Basics
package import Networks
internal import TestSupport
package import WeightFiles

extension Architecture {
  /// Small enough for many steps, with every kind of layer.
  package static let small = Architecture(
    name: "small", input: MapShape(channels: 2, height: 6, width: 6),
    chain: [
      ("conv1", .convolution(Convolution(outputs: 8, window: Window(height: 3, width: 3)))),
      ("relu1", .rectifier),
      ("pool1", .maxPool(MaxPool(window: Window(height: 2, width: 2, stride: 2)))),
      ("norm1", .responseNormalisation(ResponseNormalisation())), ("flatten", .flatten),
      ("fc1", .fullyConnected(FullyConnected(outputs: 16))), ("relu2", .rectifier),
      ("fc2", .fullyConnected(FullyConnected(outputs: 4))),
    ])
}

/// ‖a − b‖ / ‖b‖.
package func relativeError(_ a: [Float], _ b: [Float]) -> Double {
  guard a.count == b.count else { return .infinity }
  let difference = zip(a, b).reduce(0.0) { $0 + squared(Double($1.0) - Double($1.1)) }
  let norm = b.reduce(0.0) { $0 + squared(Double($1)) }
  return (difference / max(norm, 1e-30)).squareRoot()
}

private func squared(_ x: Double) -> Double { x * x }

package func uniform(_ count: Int, seed: UInt64) -> [Float] {
  var generator = SplitMix64(seed: seed)
  return (0..<count).map { _ in generator.symmetric() }
}

/// A network of one layer; its parameters are the layer's.
package func single(_ layer: Layer, over input: MapShape) -> Network {
  Network(Architecture(name: "one", input: input, chain: [("layer", layer)]), seed: 5)
}

/// The tensors that differ, each with its first place and both values there, a line each; nil where none does.
package func difference(_ found: [String: Tensor], _ expected: [String: Tensor]) -> String? {
  let lines = Set(found.keys).union(expected.keys).sorted().compactMap { name -> String? in
    guard let a = found[name], let b = expected[name] else {
      return "\(name): " + (found[name] == nil ? "not found" : "found, not expected")
    }
    let values = difference(a.values, b.values)
    let shapes = a.shape == b.shape ? nil : "shape \(a.shape), expected \(b.shape)"
    return (shapes ?? values).map { "\(name): \($0)" }
  }
  return lines.isEmpty ? nil : lines.joined(separator: "\n")
}

/// The same of weight files, metadata first.
package func difference(_ found: WeightFile, _ expected: WeightFile) -> String? {
  let (a, b) = (found.metadata, expected.metadata)
  let notes = Set(a.keys).union(b.keys).sorted().filter { a[$0] != b[$0] }.map {
    "metadata \($0): \(a[$0] ?? "none"), expected \(b[$0] ?? "none")"
  }
  let all = notes + [difference(found.tensors, expected.tensors)].compactMap(\.self)
  return all.isEmpty ? nil : all.joined(separator: "\n")
}
