// A graph evaluated node by node with plain loops in Float64. No value shares memory with another,
// and nothing is known of how the engine orders or fuses its work.

import Networks
import Testing
import WeightFiles

/// Values lie channels × height × width, as callers have them. Dropout is left out.
struct GraphOracle {
  typealias Map = (shape: MapShape, values: [Double])

  let architecture: Architecture
  var parameters: [String: [Double]]
  /// Whether batch normalisation takes the statistics of each 32 samples.
  let isTraining: Bool

  init(_ network: Network, isTraining: Bool) {
    architecture = network.architecture
    parameters = network.tensors.mapValues { $0.values.map(Double.init) }
    self.isTraining = isTraining
  }

  /// count × outputs.
  func outputs(_ inputs: [Double], count: Int) -> [Double] {
    blocks(inputs, count).flatMap { $0[$0.count - 1].flatMap(\.values) }
  }

  /// By rectifier, every sample's outputs.
  func rectified(_ inputs: [Double], count: Int) -> [[[Double]]] {
    let blocks = blocks(inputs, count)
    return architecture.nodes.indices.filter { architecture.nodes[$0].layer == .rectifier }.map {
      node in blocks.flatMap { $0[node].map(\.values) }
    }
  }

  private func blocks(_ inputs: [Double], _ count: Int) -> [[[Map]]] {
    stride(from: 0, to: count, by: 32).map { first in
      block(inputs, first..<min(count, first + 32))
    }
  }

  /// By node, every sample's value.
  private func block(_ inputs: [Double], _ samples: Range<Int>) -> [[Map]] {
    let size = architecture.input.count
    var values: [[Map]] = []
    for node in architecture.nodes {
      let sources = node.inputs.map { values[$0] }
      values.append(
        samples.indices.map { sample in
          let at = samples.startIndex.distance(to: sample)
          if node.layer == .input {
            return (architecture.input, Array(inputs[sample * size..<(sample + 1) * size]))
          }
          return apply(node, sources.map { $0[at] })
        })
      if case .batchNormalisation(let layer) = node.layer {
        normalise(&values[values.count - 1], node.name, layer.epsilon)
      }
    }
    return values
  }

  private func apply(_ node: Node, _ inputs: [Map]) -> Map {
    let x = inputs[0]
    if let known = Elementwise.all.first(where: { $0.layer == node.layer }) {
      return (x.shape, x.values.map(known.value))
    }
    switch node.layer {
    case .convolution(let layer): return convolve(node.name, layer.window, 1, x)
    case .groupedConvolution(let layer): return convolve(node.name, layer.window, layer.groups, x)
    case .channelAffine, .parametricRectifier:
      let (weight, bias) = (parameters["\(node.name).weight"]!, parameters["\(node.name).bias"])
      let values = x.values.enumerated().map { i, value in
        let channel = i / x.shape.positions
        guard let bias else { return value > 0 ? value : weight[channel] * value }
        return weight[channel] * value + bias[channel]
      }
      return (x.shape, values)
    case .fullyConnected(let layer):
      let (weight, bias) = (parameters["\(node.name).weight"]!, parameters["\(node.name).bias"]!)
      let z = (0..<layer.outputs).map { o in
        x.values.indices.reduce(bias[o]) { $0 + weight[o * x.values.count + $1] * x.values[$1] }
      }
      return (MapShape(vector: layer.outputs), z)
    case .sum: return (x.shape, zip(x.values, inputs[1].values).map { $0 + $1 })
    case .concatenation:
      let channels = inputs.reduce(0) { $0 + $1.shape.channels }
      let shape = MapShape(channels: channels, height: x.shape.height, width: x.shape.width)
      return (shape, inputs.flatMap(\.values))
    case .flatten: return (MapShape(vector: x.values.count), x.values)
    // Of as many channels: their positions in the same order.
    case .reinterpretation(let layer): return (layer.shape, x.values)
    case .maxPool(let layer):
      return pooled(x, layer.window) { $0.max() ?? 0 }
    case .averagePool(let layer):
      let size = Double(layer.window.height * layer.window.width)
      return pooled(x, layer.window) { $0.reduce(0, +) / size }
    case .adaptiveAveragePool(let layer): return adaptive(x, layer.height, layer.width)
    case .responseNormalisation(let layer): return responseNormalised(x, layer)
    case .shortcut(let layer):
      let before = (layer.channels - x.shape.channels) / 2 * x.shape.positions
      let shape = MapShape(
        channels: layer.channels, height: x.shape.height, width: x.shape.width)
      var values = [Double](repeating: 0, count: shape.count)
      for (i, value) in x.values.enumerated() { values[before + i] = value }
      return (shape, values)
    case .channelScaling(let layer):
      let values = x.values.enumerated().map { i, value in
        let channel = i / x.shape.positions
        return Double(layer.factors[channel]) * value + Double(layer.offsets[channel])
      }
      return (x.shape, values)
    // Statistics are of a whole block: see `block`.
    // A map is pooled to its own size.
    case .dropout, .batchNormalisation, .adaptiveMaxPool, .input: return x
    default:
      Issue.record("the oracle does not know \(node.layer)")
      return x
    }
  }

  private func normalise(_ maps: inout [Map], _ name: String, _ epsilon: Double) {
    let area = maps[0].shape.positions
    for channel in 0..<maps[0].shape.channels {
      let own = channel * area..<(channel + 1) * area
      var mean = parameters["\(name).running_mean"]![channel]
      var variance = parameters["\(name).running_var"]![channel]
      if isTraining {
        let all = maps.flatMap { $0.values[own] }
        mean = all.reduce(0, +) / Double(all.count)
        variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)
      }
      let scale = parameters["\(name).weight"]![channel] / (variance + epsilon).squareRoot()
      for sample in maps.indices {
        for i in own {
          maps[sample].values[i] =
            (maps[sample].values[i] - mean) * scale + parameters["\(name).bias"]![channel]
        }
      }
    }
  }

  /// Of a window of stride 1, the positions of the input under it, with those in the window.
  private func taps(
    _ window: Window, _ shape: MapShape, _ row: Int, _ column: Int
  ) -> [(input: Int, tap: Int)] {
    (0..<window.height * window.width).compactMap { tap in
      let y = row + tap / window.width * window.rowDilation - window.padding.top
      let x = column + tap % window.width * window.columnDilation - window.padding.left
      guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { return nil }
      return (y * shape.width + x, tap)
    }
  }

  private func convolve(_ name: String, _ window: Window, _ groups: Int, _ x: Map) -> Map {
    let weight = parameters["\(name).weight"]!
    let (shape, area) = (x.shape, x.shape.positions)
    let size = window.height * window.width
    let inputs = shape.channels / groups
    let outputs = weight.count / size / inputs
    let bias = parameters["\(name).bias"] ?? [Double](repeating: 0, count: outputs)
    var y = bias.flatMap { [Double](repeating: $0, count: area) }
    for position in 0..<area {
      let taps = taps(window, shape, position / shape.width, position % shape.width)
      for o in 0..<outputs {
        var sum = 0.0
        let first = o / (outputs / groups) * inputs
        for c in 0..<inputs {
          let kernel = (o * inputs + c) * size
          for (input, tap) in taps {
            sum += weight[kernel + tap] * x.values[(first + c) * area + input]
          }
        }
        y[o * area + position] += sum
      }
    }
    return (MapShape(channels: outputs, height: shape.height, width: shape.width), y)
  }

  private func pooled(_ x: Map, _ window: Window, _ pool: ([Double]) -> Double) -> Map {
    let (shape, area) = (x.shape, x.shape.positions)
    let values = (0..<shape.count).map { i in
      let position = i % area
      return pool(
        taps(window, shape, position / shape.width, position % shape.width)
          .map { x.values[i / area * area + $0.input] })
    }
    return (shape, values)
  }

  private func adaptive(_ x: Map, _ height: Int, _ width: Int) -> Map {
    let shape = x.shape
    func bin(_ index: Int, _ count: Int, _ size: Int) -> Range<Int> {
      index * size / count..<((index + 1) * size + count - 1) / count
    }
    let values = (0..<shape.channels * height * width).map { i in
      let rows = bin(i / width % height, height, shape.height)
      let columns = bin(i % width, width, shape.width)
      let channel = i / (height * width) * shape.positions
      let all = rows.flatMap { row in columns.map { x.values[channel + row * shape.width + $0] } }
      return all.reduce(0, +) / Double(all.count)
    }
    return (MapShape(channels: shape.channels, height: height, width: width), values)
  }

  private func responseNormalised(_ x: Map, _ layer: ResponseNormalisation) -> Map {
    let (area, half) = (x.shape.positions, layer.size / 2)
    let values = x.values.indices.map { i in
      let channel = i / area
      let near = max(0, channel - half)...min(x.shape.channels - 1, channel + half)
      let squares = near.reduce(0.0) { sum, c in
        let value = x.values[c * area + i % area]
        return sum + value * value
      }
      let divisor = Double(layer.k) + Double(layer.alpha) / Double(layer.size) * squares
      return x.values[i] / (divisor.squareRoot() * divisor.squareRoot().squareRoot())
    }
    return (x.shape, values)
  }
}
