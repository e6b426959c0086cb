// Normalisation of groups of a map's channels by one sample's own statistics; of single channels, instance normalisation.

internal import CKernels

/// y = (x − mean) / √(variance + ε) · weight + bias, mean and variance over all positions of a group of channels that lie
/// side by side (Wu and He 2018), weight and bias per channel. Statistics are summed in Float64.
package struct GroupNormalisation: Hashable, Sendable {
  /// As many as there are channels for instance normalisation.
  package let groups: Int
  package let epsilon: Double
  package let hasWeight: Bool
  package let hasBias: Bool
  package let output: MapShape

  package init(
    groups: Int, epsilon: Double = 1e-5, hasWeight: Bool = true, hasBias: Bool = true,
    output: MapShape
  ) {
    precondition(output.channels % groups == 0, "Groups have as many channels each.")
    (self.groups, self.epsilon, self.output) = (groups, epsilon, output)
    (self.hasWeight, self.hasBias) = (hasWeight, hasBias)
  }
}

extension GroupNormalisation: LayerKind {
  var name: String { "group normalisation, \(groups) groups" }

  func outputShape(for inputs: [MapShape]) -> MapShape {
    precondition(inputs[0] == output, "A group normalisation keeps the shape.")
    return output
  }

  func parameters(of input: MapShape) -> [LayerParameter] {
    let shape = [output.channels]
    return (hasWeight ? [LayerParameter(name: "weight", role: .weight, shape: shape)] : [])
      + (hasBias ? [LayerParameter(name: "bias", role: .bias, shape: shape)] : [])
  }

  /// Per channel two sums in Float64; mean and inverse deviation of its group; three factors.
  func scratchCount(input: MapShape, output: MapShape) -> Int { 9 * output.channels }

  /// Where a call keeps what it finds, `channels` of each.
  @safe
  private struct Memory {
    let sums: UnsafeMutablePointer<Double>
    let means: Floats
    let inverses: Floats
    let factors: [Floats]

    init(_ call: LayerCall, channels: Int) {
      unsafe sums = UnsafeMutableRawPointer(call.scratch).assumingMemoryBound(to: Double.self)
      unsafe means = call.scratch + 4 * channels
      unsafe inverses = means + channels
      unsafe factors = [
        inverses + channels, inverses + 2 * channels, inverses + 3 * channels,
      ]
    }
  }

  /// Each channel's mean and 1 / √(variance + ε), which are its group's.
  private func findStatistics(_ call: LayerCall, _ memory: Memory) {
    let (positions, channels) = (output.positions, output.channels)
    // The first value of a channel is as near to its mean as the sums need.
    unsafe engram_batch_norm_sums(call.x, positions, channels, call.x, memory.sums)
    let size = channels / groups
    let count = Double(size * positions)
    for group in 0..<groups {
      let range = group * size..<(group + 1) * size
      var mean = 0.0
      for channel in range {
        unsafe mean += Double(call.x[channel]) * Double(positions) + memory.sums[channel]
      }
      mean /= count
      var squares = 0.0
      for channel in range {
        let sum = unsafe memory.sums[channel]
        let shift = unsafe sum / Double(positions) + Double(call.x[channel]) - mean
        unsafe squares += memory.sums[channels + channel] - sum * sum / Double(positions)
        squares += Double(positions) * shift * shift
      }
      let inverse = 1 / (max(0, squares / count) + epsilon).squareRoot()
      for channel in range {
        unsafe memory.means[channel] = Float(mean)
        unsafe memory.inverses[channel] = Float(inverse)
      }
    }
  }

  func forward(_ call: LayerCall) {
    let channels = output.channels
    let memory = Memory(call, channels: channels)
    findStatistics(call, memory)
    for channel in 0..<channels {
      let scale = unsafe memory.inverses[channel] * (call.weight?[channel] ?? 1)
      let bias = unsafe call.bias?[channel] ?? 0
      unsafe memory.factors[0][channel] = scale
      unsafe memory.factors[1][channel] = bias - memory.means[channel] * scale
    }
    unsafe engram_scale_channels(
      call.x, output.positions, channels, memory.factors[0], memory.factors[1], call.y)
  }

  /// With g = weight · dy and x̂ the normalised x, means over a group:
  /// dx = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + ε).
  func backward(_ call: LayerCall) {
    let (positions, channels) = (output.positions, output.channels)
    let memory = Memory(call, channels: channels)
    findStatistics(call, memory)
    unsafe engram_batch_norm_products(
      call.x, call.dy, positions, channels, memory.means, memory.sums)
    let size = channels / groups
    for group in 0..<groups {
      let range = group * size..<(group + 1) * size
      var (mean, product) = (0.0, 0.0)
      for channel in range {
        let weight = unsafe Double(call.weight?[channel] ?? 1)
        unsafe mean += weight * memory.sums[channel]
        unsafe product += weight * memory.sums[channels + channel]
      }
      mean /= Double(size * positions)
      product /= Double(size * positions)
      for channel in range {
        let inverse = unsafe Double(memory.inverses[channel])
        let weight = unsafe Double(call.weight?[channel] ?? 1)
        let slope = inverse * inverse * product
        unsafe memory.factors[0][channel] = Float(inverse * weight)
        unsafe memory.factors[1][channel] = Float(-slope)
        unsafe memory.factors[2][channel] = Float(
          slope * Double(memory.means[channel]) - inverse * mean)
      }
    }
    unsafe call.contribute {
      unsafe engram_mix_channels(
        call.dy, call.x, positions, channels, memory.factors[0], memory.factors[1],
        memory.factors[2], $0)
    }
  }
}
