// Some samples of a recording computed: of every layer x, z and bits as a warehouse takes them. Reads nothing, so that any thread
// may do it.

internal import Basics
internal import Bits
internal import Warehouse

/// The layers of a recording with what their samples' blobs are made with.
struct RecordedLayers: Sendable {
  struct Layer: Sendable {
    let weights: LayerWeights
    let counter: SignificanceCounter
    /// nil where no bits are kept.
    let encoder: SignificanceEncoder?
    /// The place of the layer whose rectified z is its x.
    let source: Int?
  }

  /// What some samples have of one layer.
  struct Part: Sendable {
    /// Without x where that is the source's rectified z; empty where nothing is kept.
    var blobs = CapturedBlobs(x: [], z: [], bits: [], significant: [])
    var isChained = false
    /// The largest |z − (W x + b)| / Σ|a| of a recorded z, and which sample's it is.
    var deviation = (value: 0.0, sample: 0)
    /// Samples whose z has values that are not finite.
    var infinite: [Int] = []
  }

  let layers: [Layer]
  /// Whether a layer's x can be its source's rectified z.
  let areRectified: Bool

  init(_ layers: [Recording.Layer], bits: Bool, tokens: TokenChoice?) {
    self.layers = layers.map { layer in
      Layer(
        weights: layer.weights,
        counter: SignificanceCounter(
          shape: layer.weights.shape, weight: layer.weights.weight, bias: layer.weights.bias),
        encoder: bits ? layer.weights.encoder : nil,
        source: layer.rectifies.flatMap { name in
          layers.firstIndex { $0.name.hasBytes(of: name) }
        })
    }
    // The mean of rectified tokens is not the rectified mean.
    areRectified = tokens != .mean
  }

  /// Every layer's part of at most `ActiveInputs.mostSamples` samples.
  ///
  /// - Parameters:
  ///   - vectors: What was recorded of every layer; x is there where it is no other layer's rectified z.
  ///   - isKept: Whether blobs are made.
  func parts(_ vectors: [(x: [Float]?, z: [Float]?)], count: Int, isKept: Bool) -> [Part] {
    var (all, parts) = ([[Float]](), [Part]())
    for (layer, own) in zip(layers, vectors) {
      let rectified = areRectified ? layer.source.map { all[$0].map { max($0, 0) } } : nil
      guard let x = own.x ?? rectified else { preconditionFailure("Every layer has its x.") }
      var part = Part()
      // Of a z that is computed here the recorded x is the rectified one but for roundings.
      part.isChained = own.x == nil || x == rectified
      let active = ActiveInputs(x.span, samples: count)
      let z = own.z ?? active.z(layer.weights)
      if own.z != nil { part.deviation = active.deviation(of: z, from: layer.weights) }
      let outputs = layer.weights.shape.outputs
      part.infinite = (0..<count).filter {
        !z[$0 * outputs..<($0 + 1) * outputs].allSatisfy(\.isFinite)
      }
      if isKept {
        part.blobs = layer.blobs(x: x, active, z: z, count: count, isChained: part.isChained)
      }
      all.append(z)
      parts.append(part)
    }
    return parts
  }
}

extension RecordedLayers.Layer {
  fileprivate func blobs(
    x: [Float], _ active: ActiveInputs, z: [Float], count: Int, isChained: Bool
  ) -> CapturedBlobs {
    let (inputs, outputs) = (weights.shape.inputs, weights.shape.outputs)
    var blobs = CapturedBlobs(x: [], z: [], bits: [], significant: [])
    let (x, z) = (x.span, z.span)
    for sample in 0..<count {
      if !isChained {
        blobs.x.append(
          SparseVector.encode(x.extracting(sample * inputs..<(sample + 1) * inputs)))
      }
      blobs.z.append(
        FloatVector.encode(z.extracting(sample * outputs..<(sample + 1) * outputs)))
    }
    guard let encoder else {
      blobs.significant = counter.count(active, z: z)
      return blobs
    }
    blobs.bits = encoder.encode(x: x, z: z, count: count)
    blobs.significant = blobs.bits.map { Significance.popcount(valid: $0, of: weights.shape) }
    return blobs
  }
}

extension ActiveInputs {
  /// samples × outputs, rounded to Float32.
  fileprivate func z(_ weights: LayerWeights) -> [Float] {
    let sums = sums(weights)
    return sums.map { Float($0) }
  }

  /// The largest |z − (W x + b)| / Σ|a|, and which sample's it is: ∞ where one of them alone is finite. Rows of which neither is,
  /// as an x of theirs is not, do not count.
  fileprivate func deviation(
    of z: [Float], from weights: LayerWeights
  ) -> (value: Double, sample: Int) {
    let (sums, scales) = (sums(weights), sums(weights, magnitudes: true))
    var worst = (value: 0.0, sample: 0)
    for (place, sum) in sums.enumerated() {
      let found = Double(z[place])
      guard found != sum, found.isFinite || sum.isFinite else { continue }
      let value = found.isFinite && sum.isFinite ? abs(found - sum) / scales[place] : .infinity
      if value > worst.value { worst = (value, place / weights.shape.outputs) }
    }
    return worst
  }
}
