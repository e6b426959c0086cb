// Pooling by every rule against its definition: values and gradients, in double precision.

import Basics
import NetworkTestSupport
import Networks
import TestSupport
import Testing

struct PoolingTests {
  static let input = MapShape(channels: 35, height: 9, width: 7)
  static let windows: [Window] = [false, true].flatMap { roundsUp in
    [
      Window(height: 3, width: 3, stride: 2, padding: Padding(1), roundsUp: roundsUp),
      Window(height: 2, width: 2, stride: 2, roundsUp: roundsUp),
      Window(
        height: 3, width: 2, stride: 2, columnStride: 3, padding: Padding(1), roundsUp: roundsUp),
      Window(height: 5, width: 4, stride: 4, padding: Padding(2), roundsUp: roundsUp),
      Window(
        height: 3, width: 3, stride: 3, padding: Padding(top: 0, left: 1, bottom: 1, right: 0),
        roundsUp: roundsUp),
    ]
  }

  /// A window's elements by rows, and how many there would be with padding.
  private struct Place {
    var elements: [Int] = []
    var padded = 0
  }

  /// PyTorch's rules, written out: a window that begins behind the map and the padding before it is none.
  private func places(_ window: Window) -> (height: Int, width: Int, places: [Place]) {
    let input = Self.input
    func starts(
      _ size: Int, _ before: Int, _ after: Int, _ reach: Int, _ stride: Int
    ) -> [Int] {
      var starts: [Int] = []
      var start = -before
      while window.roundsUp
        ? start < size && start - stride + reach < size + after || starts.isEmpty
        : start + reach <= size + after
      {
        starts.append(start)
        start += stride
      }
      return starts
    }
    let padding = window.padding
    let tops = starts(
      input.height, padding.top, padding.bottom, (window.height - 1) * window.rowDilation + 1,
      window.stride)
    let lefts = starts(
      input.width, padding.left, padding.right, (window.width - 1) * window.columnDilation + 1,
      window.columnStride)
    var places: [Place] = []
    for top in tops {
      for left in lefts {
        var place = Place()
        for tap in 0..<window.height * window.width {
          let y = top + tap / window.width * window.rowDilation
          let x = left + tap % window.width * window.columnDilation
          if y < input.height + padding.bottom, x < input.width + padding.right {
            place.padded += 1
          }
          guard (0..<input.height).contains(y), (0..<input.width).contains(x) else { continue }
          place.elements.append(y * input.width + x)
        }
        places.append(place)
      }
    }
    return (tops.count, lefts.count, places)
  }

  private func values() -> [Float] {
    var generator = SplitMix64(seed: 3)
    return generator.permutation(2 * Self.input.count).map { -1 - 0.1 * Float($0) }
  }

  private func check(
    _ layer: Layer, _ places: [Place], _ share: (Place, [Double]) -> [Double]
  ) {
    let network = single(layer, over: Self.input)
    let inputs = values()
    let (maps, area) = (2 * Self.input.channels, Self.input.positions)
    let cotangent = uniform(maps * places.count, seed: 4)
    let found = network.pullback(inputs, count: 2, cotangent: cotangent)
    #expect(found.output.count == maps * places.count)
    var output: [Float] = []
    var gradient = [Double](repeating: 0, count: inputs.count)
    for map in 0..<maps {
      for place in places {
        let own = place.elements.map { Double(inputs[map * area + $0]) }
        let shares = share(place, own)
        let dy = Double(cotangent[output.count])
        for (at, share) in zip(place.elements, shares) { gradient[map * area + at] += share * dy }
        output.append(Float(zip(own, shares).reduce(0) { $0 + $1.0 * $1.1 }))
      }
    }
    #expect(relativeError(found.output, output) < 1e-6)
    #expect(relativeError(found.inputs, gradient.map { Float($0) }) < 1e-6)
  }

  @Test(arguments: windows)
  func averages(_ window: Window) {
    let places = places(window).places
    for countsPadding in [false, true] {
      for divisor in [nil, 7] {
        let pool = AveragePool(window: window, countsPadding: countsPadding, divisor: divisor)
        check(.averagePool(pool), places) { place, own in
          let count = divisor ?? (countsPadding ? place.padded : own.count)
          return own.map { _ in 1 / Double(count) }
        }
      }
    }
  }

  @Test(
    arguments: windows + [
      Window(height: 3, width: 3, rowDilation: 2, columnDilation: 3, padding: Padding(1)),
      Window(
        height: 2, width: 3, stride: 2, columnStride: 1, rowDilation: 3, columnDilation: 2,
        padding: Padding(1), roundsUp: true),
    ])
  func maxima(_ window: Window) {
    check(.maxPool(MaxPool(window: window)), places(window).places) { _, own in
      let best = own.max()
      return own.map { $0 == best ? 1 : 0 }
    }
  }

  @Test(arguments: [(1, 1), (3, 2), (4, 5), (9, 7), (10, 9)])
  func maximaOfBins(height: Int, width: Int) {
    func bin(_ index: Int, _ count: Int, _ size: Int) -> Range<Int> {
      index * size / count..<((index + 1) * size + count - 1) / count
    }
    let places = (0..<height * width).map { i in
      let columns = bin(i % width, width, Self.input.width)
      return Place(
        elements: bin(i / width, height, Self.input.height).flatMap { row in
          columns.map { row * Self.input.width + $0 }
        })
    }
    check(.adaptiveMaxPool(AdaptiveMaxPool(height: height, width: width)), places) { _, own in
      let best = own.max()
      return own.map { $0 == best ? 1 : 0 }
    }
  }
}
