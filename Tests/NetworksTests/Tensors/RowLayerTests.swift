// Layers over rows: normalisation, softmax, joins, against Float64 formulas.

import Foundation
import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct RowLayerTests {
  /// Maps each row of a sample.
  private func rows(
    _ columns: Int, _ map: @escaping ([Double]) -> [Double]
  ) -> ([Double]) -> [Double] {
    { x in
      stride(from: 0, to: x.count, by: columns).flatMap { map(Array(x[$0..<$0 + columns])) }
    }
  }

  @Test(arguments: [(3, 1), (2, 7), (5, 16), (3, 33), (2, 100)])
  func rowsAreNormalised(count: Int, columns: Int) throws {
    for (isCentred, hasWeight, hasBias) in [
      (true, true, true), (true, false, false), (false, true, false), (true, true, false),
    ] {
      let shape = MapShape(vector: count * columns)
      let network = single(
        .layerNormalisation(
          LayerNormalisation(
            rows: count, channels: columns, epsilon: 0.01, isCentred: isCentred,
            hasWeight: hasWeight, hasBias: hasBias, output: shape)), over: shape)
      let weight = hasWeight ? uniform(columns, seed: 3) : [Float](repeating: 1, count: columns)
      let bias = hasBias ? uniform(columns, seed: 4) : [Float](repeating: 0, count: columns)
      try load(
        network,
        (hasWeight ? ["layer.weight": weight] : [:]).merging(
          hasBias ? ["layer.bias": bias] : [:]
        ) { a, _ in a })
      let formula = rows(columns) { x in
        let mean = isCentred ? x.reduce(0, +) / Double(columns) : 0
        let variance = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
        return x.enumerated().map {
          ($1 - mean) / (variance + 0.01).squareRoot() * Double(weight[$0]) + Double(bias[$0])
        }
      }
      // Far from 0, so that squares minus the mean's would lose digits.
      let inputs = uniform(3 * shape.count, seed: 1).map { $0 + 20 }
      let found = network.forward(inputs, count: 3).logits
      #expect(
        difference(found, values(inputs, size: shape.count, formula), absolute: 1e-5) == nil)
      if columns > 1 {
        let error = gradientError(of: network, over: inputs, formula: formula)
        #expect(error < 1e-4, "\(error)")
      }
      #expect(bitsDiffer(network) == nil)
    }
  }

  @Test func partsOfRowsMakeNoDifference() {
    let shape = MapShape(channels: 768, height: 197, width: 1)
    for layer: Layer in [
      .layerNormalisation(LayerNormalisation(rows: 197, channels: 768, output: shape)),
      .softmax(Softmax(rows: 197, columns: 768, output: shape)),
    ] { #expect(bitsDiffer(single(layer, over: shape), samples: 3) == nil) }
  }

  @Test(arguments: [(3, 1), (4, 5), (2, 16), (3, 49), (2, 197)])
  func rowsHaveASoftmax(count: Int, columns: Int) {
    let shape = MapShape(vector: count * columns)
    for isLogarithm in [false, true] {
      let network = single(
        .softmax(
          Softmax(rows: count, columns: columns, isLogarithm: isLogarithm, output: shape)),
        over: shape)
      let formula = rows(columns) { x in
        let largest = x.max() ?? 0
        let sum = x.reduce(0) { $0 + exp($1 - largest) }
        return x.map { isLogarithm ? $0 - largest - log(sum) : exp($0 - largest) / sum }
      }
      let inputs = uniform(3 * shape.count, seed: 1).map { 8 * $0 }
      let found = network.forward(inputs, count: 3).logits
      #expect(relativeError(found, values(inputs, size: shape.count, formula)) < 1e-6)
      if columns > 1 {
        let error = gradientError(of: network, over: inputs, formula: formula)
        #expect(error < 1e-4, "\(error)")
      }
      #expect(bitsDiffer(network) == nil)
    }
  }

  @Test func softmaxOfExtremes() {
    let shape = MapShape(vector: 21)
    let network = single(.softmax(Softmax(rows: 1, columns: 21, output: shape)), over: shape)
    func softmax(_ x: [Float]) -> [Float] { network.forward(x, count: 1).logits }
    var x = [Float](repeating: -.infinity, count: 21)
    let undefined = softmax(x).count(where: \.isNaN)
    #expect(undefined == 21)
    x[20] = 3e38
    #expect(softmax(x)[20] == 1)
    x[4] = 3e38
    #expect(softmax(x)[4] == 0.5)
    x[7] = .nan
    let unknown = softmax(x).count(where: \.isNaN)
    #expect(unknown == 21)
  }

  @Test func valuesAreJoined() {
    // Along the middle of three axes: 2 × (3 | 1 | 4) × 5.
    let counts = [30, 10, 40]
    let network = operands(counts, .join(Join(outer: 2, output: MapShape(vector: 80))))
    let inputs = uniform(3 * 80, seed: 1)
    let cotangent = uniform(3 * 80, seed: 2)
    var places: [Int] = []
    for row in 0..<2 {
      places += row * 15..<(row + 1) * 15
      places += 30 + row * 5..<30 + (row + 1) * 5
      places += 40 + row * 20..<40 + (row + 1) * 20
    }
    let found = network.pullback(inputs, count: 3, cotangent: cotangent, parameters: false)
    var slopes = inputs
    for at in slopes.indices { slopes[at / 80 * 80 + places[at % 80]] = cotangent[at] }
    #expect(
      difference(found.output, inputs.indices.map { inputs[$0 / 80 * 80 + places[$0 % 80]] }) == nil
    )
    #expect(difference(found.inputs, slopes) == nil)
  }
}
