// How large a run will be in the warehouse, judged from the share of active inputs of a few samples.
// Leaves out the tables of samples and measures, which are small.

package import Bits
package import Networks
package import Warehouse

/// Bytes that a run adds under either storage policy.
package struct SizeEstimate: Equatable, Sendable {
  /// A captured layer with the mean number of its nonzero inputs.
  package struct Layer: Sendable {
    package var shape: LayerShape
    package var activeInputs: Double
    /// Its input is the rectified output of another captured layer, and not kept.
    package var isChained: Bool

    package init(shape: LayerShape, activeInputs: Double, isChained: Bool = false) {
      self.shape = shape
      self.activeInputs = activeInputs
      self.isChained = isChained
    }
  }

  /// x, z, W, b, the significance bits and the profiles.
  package private(set) var stored = 0
  /// The same without the bits.
  package private(set) var derived = 0
  /// The dense bitsets alone, for comparison.
  package private(set) var dense = 0
  /// The class profiles, part of the first two.
  package private(set) var profiles = 0
  /// The bits of a sample in all layers.
  package private(set) var bitsPerSample = 0
  /// How the counts of interactions are kept.
  package private(set) var policy: ProfilePolicy

  /// Runs above it are derived by default: 4 GiB.
  package static let mostStored = 4 << 30
  /// Counts of interactions above it are streamed by default: 256 MiB. While they are counted they take up to
  /// four times that in memory.
  package static let mostProfiles = 256 << 20

  package init(layers: [Layer], samples: Int, classes: Int, profiles wanted: ProfilePolicy? = nil) {
    // SQLite's own cost of a blob row: header, key columns, its share of the index.
    let rowOverhead = 60.0
    // A counter takes the least width that holds a class's sample count.
    let perClass = samples / max(1, classes)
    let counterBytes = perClass < 256 ? 1 : perClass < 65536 ? 2 : 4
    let (interactions, neurons) = layers.reduce((0, 0)) {
      ($0.0 + $1.shape.interactions, $0.1 + $1.shape.outputs)
    }
    // Under the true and under the permuted labels.
    let counts = 2 * classes * counterBytes
    policy = wanted ?? (counts * interactions <= Self.mostProfiles ? .stored : .streamed)
    profiles = counts * (neurons + (policy == .stored ? interactions : 0))
    stored = profiles
    derived = profiles
    for layer in layers {
      let (shape, active) = (layer.shape, layer.activeInputs)
      let x = layer.isChained ? 0 : Double((shape.inputs + 7) / 8) + 4 * active
      let z = Double(4 * shape.outputs)
      let activeColumns = active + (shape.hasBias ? 1 : 0)
      let bits =
        16 + Double((shape.columns + 7) / 8) + activeColumns * Double((shape.outputs + 7) / 8)
      let both =
        Int((x + z + 2 * rowOverhead) * Double(samples)) + 4 * shape.outputs * (shape.inputs + 1)
      bitsPerSample += Int(bits)
      stored += both + Int(bits * Double(samples))
      derived += both
      dense += (shape.interactions + 7) / 8 * samples
    }
  }

  /// Of every fully connected layer of an architecture, as long as nothing is known but the share of active inputs.
  package init(_ summary: ArchitectureSummary, samples: Int, activeShare: Double) {
    self.init(
      layers: summary.fullyConnected.map {
        Layer(
          shape: LayerShape(outputs: $0.output.count, inputs: $0.inputs, hasBias: true),
          activeInputs: activeShare * Double($0.inputs))
      }, samples: samples, classes: summary.layers.last?.output.count ?? 1)
  }

  package func bytes(_ policy: BitsetPolicy) -> Int { policy == .stored ? stored : derived }
}
