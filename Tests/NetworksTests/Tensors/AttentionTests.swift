// Attention against its definition in Float64: packed or apart, masked, causal, in windows.

import Foundation
import NetworkTestSupport
import Networks
import Testing

struct AttentionTests {
  /// The layer's formula over its inputs one behind the other.
  private func formula(_ layer: Attention, _ counts: [Int]) -> ([Double]) -> [Double] {
    { x in
      func first(_ input: Int) -> Int { counts.prefix(input).reduce(0, +) }
      func place(_ operand: Attention.Operand, _ group: Int, _ head: Int, _ token: Int) -> Int {
        first(operand.input) + operand.offset + group * operand.groupStride
          + head * operand.headStride + token * operand.tokenStride
      }
      var y = [Double](repeating: .nan, count: layer.output.count)
      for group in 0..<layer.groups {
        for head in 0..<layer.heads {
          for query in 0..<layer.queries {
            let q = place(layer.query, group, head, query)
            var scores: [Double] = []
            for key in 0..<layer.keys {
              let k = place(layer.key, group, head, key)
              var score = 0.0
              for i in 0..<layer.size { score += x[q + i] * x[k + i] }
              score *= Double(layer.scale)
              for mask in layer.masks {
                score +=
                  x[
                    first(mask.input) + mask.offset + group * mask.groupStride
                      + head * mask.headStride + query * mask.queryStride + key]
              }
              scores.append(layer.isCausal && key > query ? -.infinity : score)
            }
            let largest = scores.max() ?? 0
            let weights = scores.map { exp($0 - largest) }
            let sum = weights.reduce(0, +)
            let to =
              layer.result.offset + group * layer.result.groupStride
              + head * layer.result.headStride + query * layer.result.tokenStride
            for i in 0..<layer.valueSize {
              var value = 0.0
              for key in 0..<layer.keys {
                value += weights[key] / sum * x[place(layer.value, group, head, key) + i]
              }
              y[to + i] = value
            }
          }
        }
      }
      return y
    }
  }

  private func check(_ layer: Attention, _ counts: [Int], gradients: Bool = true) {
    let network = operands(counts, .attention(layer))
    let size = counts.reduce(0, +)
    let inputs = uniform(3 * size, seed: 1).map { 2 * $0 }
    let formula = formula(layer, counts)
    let found = network.forward(inputs, count: 3).logits
    let error = relativeError(found, values(inputs, size: size, formula))
    #expect(error < 1e-6, "\(error)")
    if gradients {
      let error = gradientError(of: network, over: inputs, formula: formula)
      #expect(error < 1e-4, "\(error)")
    }
    #expect(bitsDiffer(network) == nil)
  }

  /// Odd numbers of tokens and sizes beside whole vectors, more groups than one.
  @Test(arguments: [(1, 2, 5, 3), (3, 2, 16, 8), (2, 1, 33, 20), (1, 3, 70, 32), (1, 1, 1, 1)])
  func oneValueHoldsAll(groups: Int, heads: Int, tokens: Int, size: Int) {
    let count = groups * tokens * heads * size
    check(
      .packed(
        groups: groups, heads: heads, tokens: tokens, size: size, scale: 0.7,
        output: MapShape(vector: count)), [3 * count])
  }

  /// Queries, keys and values apart, heads outermost, values of another size, a mask for every head and one for every group.
  @Test(arguments: [false, true])
  func operandsAndMasksLieAnywhere(isCausal: Bool) {
    let (groups, heads, queries, keys, size, valueSize) = (2, 3, 7, 10, 4, 19)
    func operand(_ input: Int, _ tokens: Int, _ size: Int) -> Attention.Operand {
      Attention.Operand(
        input: input, tokenStride: size, headStride: tokens * size,
        groupStride: heads * tokens * size)
    }
    let layer = Attention(
      groups: groups, heads: heads, queries: queries, keys: keys, size: size,
      valueSize: valueSize, scale: isCausal ? -0.4 : 0.4, isCausal: isCausal,
      query: operand(0, queries, size), key: operand(1, keys, size),
      value: operand(2, keys, valueSize),
      masks: [
        Attention.Mask(
          input: 3, queryStride: keys, headStride: queries * keys, groupStride: 0),
        Attention.Mask(input: 4, offset: 1, queryStride: 0, headStride: 0, groupStride: keys),
      ], result: operand(0, queries, valueSize),
      output: MapShape(vector: groups * heads * queries * valueSize))
    let pairs = groups * heads
    check(
      layer,
      [
        pairs * queries * size, pairs * keys * size, pairs * keys * valueSize,
        heads * queries * keys, groups * keys + 1,
      ])
  }

  /// Keys and values that all heads share: their gradients add up. As many queries as are cut into pieces.
  @Test func headsShareKeys() {
    let (heads, queries, keys, size) = (2, 530, 6, 5)
    let layer = Attention(
      heads: heads, queries: queries, keys: keys, size: size, valueSize: size, scale: 1,
      query: Attention.Operand(
        input: 0, tokenStride: heads * size, headStride: size, groupStride: 0),
      key: Attention.Operand(input: 1, tokenStride: size, headStride: 0, groupStride: 0),
      value: Attention.Operand(input: 1, tokenStride: size, headStride: 0, groupStride: 0),
      output: MapShape(vector: heads * queries * size))
    check(layer, [heads * queries * size, keys * size])
  }

  /// Scores of −∞ count for nothing, and a query that reads nothing gives 0.
  @Test func masksMayBeInfinite() {
    let mask = Attention.Mask(input: 1, queryStride: 3, headStride: 0, groupStride: 0)
    let layer = Attention.packed(
      heads: 1, tokens: 3, size: 2, scale: 1, masks: [mask], output: MapShape(vector: 6))
    let network = operands([18, 9], .attention(layer))
    let off = -Float.infinity
    let packed = uniform(18, seed: 2)
    let inputs = packed + [off, 0, off, off, off, off, 0, off, off]
    let found = network.pullback(
      inputs, count: 1, cotangent: [Float](repeating: 1, count: 6), parameters: false)
    #expect(found.output == [packed[10], packed[11], 0, 0, packed[4], packed[5]])
    let unknown = found.inputs.count(where: \.isNaN)
    #expect(unknown == 0)
  }

  /// As large as it is in networks: several parts, whole tiles and cut ones.
  @Test(arguments: [(1, 12, 197, 64), (16, 6, 49, 32)])
  func partsMakeNoDifference(groups: Int, heads: Int, tokens: Int, size: Int) {
    let layer = Attention.packed(
      groups: groups, heads: heads, tokens: tokens, size: size, scale: 0.125,
      output: MapShape(channels: heads * size, height: tokens, width: groups))
    let input = MapShape(channels: 3 * heads * size, height: tokens, width: groups)
    #expect(bitsDiffer(single(.attention(layer), over: input), samples: 3) == nil)
  }
}
