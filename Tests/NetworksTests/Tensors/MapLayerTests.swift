// Layers over maps or axes: group normalisation, reductions, interpolation, against Float64 formulas.

import Foundation
import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct MapLayerTests {
  @Test(arguments: [1, 2, 6])
  func groupsAreNormalised(groups: Int) throws {
    let shape = MapShape(channels: 6, height: 3, width: 5)
    for (hasWeight, hasBias) in [(true, true), (false, false)] {
      let network = single(
        .groupNormalisation(
          GroupNormalisation(
            groups: groups, epsilon: 0.01, hasWeight: hasWeight, hasBias: hasBias, output: shape)),
        over: shape)
      let weight = hasWeight ? uniform(6, seed: 3) : [Float](repeating: 1, count: 6)
      let bias = hasBias ? uniform(6, seed: 4) : [Float](repeating: 0, count: 6)
      if hasWeight { try load(network, ["layer.weight": weight, "layer.bias": bias]) }
      let size = 90 / groups
      let formula = { (x: [Double]) -> [Double] in
        stride(from: 0, to: 90, by: size).flatMap { first in
          let own = x[first..<first + size]
          let mean = own.reduce(0, +) / Double(size)
          let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
          return own.enumerated().map { at, value in
            let channel = (first + at) / 15
            return (value - mean) / (variance + 0.01).squareRoot() * Double(weight[channel])
              + Double(bias[channel])
          }
        }
      }
      let inputs = uniform(3 * 90, seed: 1).enumerated().map { $1 + Float($0 / 15 % 3) + 4 }
      let found = network.forward(inputs, count: 3).logits
      #expect(difference(found, values(inputs, size: 90, formula), absolute: 1e-5) == nil)
      let error = gradientError(of: network, over: inputs, formula: formula)
      #expect(error < 1e-4, "\(error)")
      #expect(bitsDiffer(network) == nil)
    }
  }

  private func reduced(_ operation: Reduction.Operation, _ x: [Double]) -> Double {
    switch operation {
    case .sum: x.reduce(0, +)
    case .mean: x.reduce(0, +) / Double(x.count)
    case .maximum: x.max() ?? -.infinity
    case .minimum: x.min() ?? .infinity
    case .product: x.reduce(1, *)
    case .norm: x.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }

  @Test(arguments: [
    ([4, 5], [1]), ([4, 35], [1]), ([5, 4], [0]), ([3, 4, 5], [1]), ([3, 4, 5], [0, 2]),
    ([3, 1, 5], [0, 1, 2]), ([2, 3, 2, 3], [1, 3]), ([7], []),
  ])
  func axesAreReduced(sizes: [Int], axes: [Int]) {
    let count = sizes.reduce(1, *)
    let outputs = sizes.indices.reduce(1) { $0 * (axes.contains($1) ? 1 : sizes[$1]) }
    /// Of every element the output that it is a part of.
    let targets = (0..<count).map { place -> Int in
      var (rest, target, step) = (place, 0, 1)
      for axis in sizes.indices.reversed() {
        if !axes.contains(axis) {
          target += rest % sizes[axis] * step
          step *= sizes[axis]
        }
        rest /= sizes[axis]
      }
      return target
    }
    for operation: Reduction.Operation in [.sum, .mean, .maximum, .minimum, .product, .norm] {
      let network = single(
        .reduction(
          Reduction(operation, sizes: sizes, axes: Set(axes), output: MapShape(vector: outputs))),
        over: MapShape(vector: count))
      let formula = { (x: [Double]) -> [Double] in
        var parts = [[Double]](repeating: [], count: outputs)
        for (value, target) in zip(x, targets) { parts[target].append(value) }
        return parts.map { self.reduced(operation, $0) }
      }
      let inputs = uniform(3 * count, seed: 1).map { $0 + 0.3 }
      let found = network.forward(inputs, count: 3).logits
      #expect(
        relativeError(found, values(inputs, size: count, formula)) < 1e-6, "\(operation)")
      let error = gradientError(of: network, over: inputs, formula: formula)
      #expect(error < 1e-4, "\(operation) \(error)")
      #expect(bitsDiffer(network) == nil)
    }
  }

  /// Equal extremes share; of a product with one 0 that factor alone has a slope, with two none.
  @Test func gradientsOfSpecialCases() {
    func slopes(_ operation: Reduction.Operation, _ x: [Float]) -> [Float] {
      single(
        .reduction(
          Reduction(operation, sizes: [x.count], axes: [0], output: MapShape(vector: 1))),
        over: MapShape(vector: x.count)
      ).pullback(x, count: 1, cotangent: [6], parameters: false).inputs
    }
    #expect(slopes(.maximum, [2, 1, 2, 2]) == [2, 0, 2, 2])
    #expect(slopes(.minimum, [2, 1, 1, 2]) == [0, 3, 3, 0])
    #expect(slopes(.product, [2, 0, 3]) == [0, 36, 0])
    #expect(slopes(.product, [2, 0, 0]) == [0, 0, 0])
    #expect(slopes(.norm, [0, 0]) == [0, 0])
    #expect(slopes(.norm, [3, 4])[1] == 4.8)
  }

  @Test(arguments: [(3, 4, 6, 8), (5, 7, 3, 11), (4, 1, 9, 3), (6, 6, 1, 6)])
  func mapsAreInterpolated(height: Int, width: Int, toHeight: Int, toWidth: Int) {
    let input = MapShape(channels: 3, height: height, width: width)
    let output = MapShape(channels: 3, height: toHeight, width: toWidth)
    for alignsCorners in [false, true] {
      let network = single(
        .resize(Resize(input, alignsCorners: alignsCorners, output: output)), over: input)
      func place(_ at: Int, _ size: Int, _ count: Int) -> (Int, Int, Double) {
        let from =
          alignsCorners
          ? (count == 1 ? 0 : Double(at * (size - 1)) / Double(count - 1))
          : max(0, (Double(at) + 0.5) * Double(size) / Double(count) - 0.5)
        let low = min(Int(from + 1e-9), size - 1)
        return (low, min(low + 1, size - 1), min(from - Double(low), 1))
      }
      let formula = { (x: [Double]) -> [Double] in
        var y: [Double] = []
        for channel in 0..<3 {
          func value(_ row: Int, _ column: Int) -> Double {
            x[(channel * height + row) * width + column]
          }
          for row in 0..<toHeight {
            let (top, bottom, down) = place(row, height, toHeight)
            for column in 0..<toWidth {
              let (left, right, along) = place(column, width, toWidth)
              let above = value(top, left) * (1 - along) + value(top, right) * along
              let below = value(bottom, left) * (1 - along) + value(bottom, right) * along
              y.append(above * (1 - down) + below * down)
            }
          }
        }
        return y
      }
      let inputs = uniform(3 * input.count, seed: 1)
      let found = network.forward(inputs, count: 3).logits
      #expect(
        difference(found, values(inputs, size: input.count, formula), absolute: 2e-6) == nil)
      let error = gradientError(of: network, over: inputs, formula: formula)
      #expect(error < 1e-4, "\(error)")
      #expect(bitsDiffer(network) == nil)
    }
  }
}
