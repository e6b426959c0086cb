// Rearrangements against their definition by indices.

import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct RearrangementTests {
  /// y[i] = x[index[i]], and what flows back.
  private func check(_ layer: Rearrangement, _ indices: [Int], fill: Float = 0) {
    let network = single(.rearrangement(layer), over: MapShape(vector: layer.inputCount))
    let inputs = uniform(3 * layer.inputCount, seed: 1)
    let cotangent = uniform(3 * indices.count, seed: 2)
    let expected = (0..<3).flatMap { sample in
      indices.map { $0 < 0 ? fill : inputs[sample * layer.inputCount + $0] }
    }
    var slopes = [Float](repeating: 0, count: inputs.count)
    for (at, slope) in cotangent.enumerated() {
      let (sample, from) = (at / indices.count, indices[at % indices.count])
      if from >= 0 { slopes[sample * layer.inputCount + from] += slope }
    }
    let found = network.pullback(inputs, count: 3, cotangent: cotangent, parameters: false)
    #expect(difference(found.output, expected) == nil)
    #expect(difference(found.inputs, slopes, absolute: 1e-5) == nil)
    #expect(difference(network.forward(inputs, count: 3, threads: 2).logits, expected) == nil)
    #expect(bitsDiffer(network, samples: 3) == nil)
  }

  private func vector(_ count: Int) -> MapShape { MapShape(vector: count) }

  /// Places of a row-major tensor in another order of axes, by their coordinates.
  private func transposed(_ sizes: [Int], _ order: [Int]) -> [Int] {
    let strides = Rearrangement.strides(of: sizes)
    let own = order.map { sizes[$0] }
    return (0..<sizes.reduce(1, *)).map { place in
      var (rest, from) = (place, 0)
      for axis in own.indices.reversed() {
        from += rest % own[axis] * strides[order[axis]]
        rest /= own[axis]
      }
      return from
    }
  }

  @Test(arguments: [
    ([7, 5], [1, 0]), ([3, 17, 33], [0, 2, 1]), ([4, 5, 6, 7], [0, 2, 1, 3]),
    ([4, 5, 6, 7], [3, 1, 0, 2]), ([2, 3, 1, 4], [2, 1, 3, 0]), ([9], [0]),
    ([64, 40, 33], [0, 2, 1]), ([300, 260], [1, 0]), ([2, 7, 2, 7, 48], [0, 2, 1, 3, 4]),
  ])
  func axesChangePlaces(sizes: [Int], order: [Int]) {
    let layer = Rearrangement(
      sizes: sizes, order: order, output: vector(sizes.reduce(1, *)))
    check(layer, transposed(sizes, order))
  }

  @Test func placesAreTakenAlongAxes() {
    // Rolled rows, padded columns, the first and third channel.
    let picks: [[Int]?] = [
      Rearrangement.rolled(5, by: 2), Rearrangement.padded(4, before: 1, after: 2), [2, 0],
    ]
    var indices: [Int] = []
    for row in 0..<5 {
      for column in -1..<6 {
        for channel in [2, 0] {
          let isInside = (0..<4).contains(column)
          indices.append(isInside ? ((row + 3) % 5 * 4 + column) * 3 + channel : -1)
        }
      }
    }
    check(
      Rearrangement(sizes: [5, 4, 3], picks: picks, fill: -7, output: vector(70)), indices,
      fill: -7)
    // Long runs, and a piece that is repeated.
    let wide = Rearrangement(
      sizes: [3, 40_000], picks: [[1, 1, 0], nil], output: vector(120_000))
    check(wide, [1, 1, 0].flatMap { row in (0..<40_000).map { row * 40_000 + $0 } })
  }

  @Test func bordersAreThoseOfPyTorch() {
    #expect(
      Rearrangement.padded(4, before: 2, after: 3, .reflection) == [2, 1, 0, 1, 2, 3, 2, 1, 0])
    #expect(Rearrangement.padded(3, before: 2, after: 1, .edge) == [0, 0, 0, 1, 2, 2])
    #expect(Rearrangement.padded(3, before: 2, after: 1, .wrapped) == [1, 2, 0, 1, 2, 0])
    #expect(Rearrangement.padded(3, before: -1, after: -1) == [1])
    #expect(Rearrangement.rolled(4, by: 1) == [3, 0, 1, 2])
    #expect(Rearrangement.rolled(4, by: -5) == [1, 2, 3, 0])
    #expect(Rearrangement.nearest(3, count: 7) == [0, 0, 0, 1, 1, 2, 2])
    #expect(Rearrangement.nearest(6, count: 4) == [0, 1, 3, 4])
    #expect(Rearrangement.sliced(first: 5, step: -2, count: 3) == [5, 3, 1])
  }

  @Test func pixelsAreShuffled() {
    let layer = Rearrangement.pixelShuffle(height: 2, width: 3, channels: 2, factor: 2)
    var indices: [Int] = []
    for row in 0..<4 {
      for column in 0..<6 {
        for channel in 0..<2 {
          let from = (channel * 2 + row % 2) * 2 + column % 2
          indices.append((row / 2 * 3 + column / 2) * 8 + from)
        }
      }
    }
    // As vectors, so that memory and files have one order.
    check(
      Rearrangement(
        indices: indices.map(Int32.init), inputCount: layer.inputCount, output: vector(48)), indices
    )
    let network = single(
      .rearrangement(layer), over: MapShape(channels: 8, height: 2, width: 3))
    let inputs = uniform(48, seed: 3)
    let found = network.forward(inputs, count: 1).logits
    // Channels outermost on both sides.
    for place in 0..<48 {
      let (channel, row, column) = (place / 24, place / 6 % 4, place % 6)
      let from = (channel * 2 + row % 2) * 2 + column % 2
      #expect(found[place] == inputs[(from * 2 + row / 2) * 3 + column / 2])
    }
  }

  @Test func equalMovesAreEqual() {
    let (a, b) = (
      Rearrangement(sizes: [4, 6], order: [1, 0], output: vector(24)),
      Rearrangement(start: 0, sizes: [6, 4], strides: [1, 6], inputCount: 24, output: vector(24))
    )
    #expect(a == b)
    #expect(a.hashValue == b.hashValue)
    #expect(a != Rearrangement(sizes: [6, 4], order: [1, 0], output: vector(24)))
  }
}
