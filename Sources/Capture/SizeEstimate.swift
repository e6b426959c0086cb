// How large a run will be in the warehouse, judged from the share of active inputs of a few samples: what is kept of
// every sample, predictions, measures, indices and the pages that all of it fills. Leaves out what is measured only
// when it is asked for: detectors, other groupings, resampling.

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

  /// x, z, W, b, the significance bits, profiles, predictions and measures.
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

  /// - Parameters:
  ///   - classes: Those with samples.
  ///   - keyBytes: Of a sample's key, on average.
  package init(
    layers: [Layer], samples: Int, classes: Int, profiles wanted: ProfilePolicy? = nil,
    keyBytes: Int = 16
  ) {
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
    let records = Self.records(layers, samples: samples, classes: classes, keyBytes: keyBytes)
    let (large, small) = (Pages(.large), Pages(.small))
    stored = profiles + records + large.ofEveryTable
    derived = profiles + records + small.ofEveryTable
    for layer in layers {
      let (shape, active) = (layer.shape, layer.activeInputs)
      let x = layer.isChained ? 0 : Double((shape.inputs + 7) / 8) + 4 * active
      let vectors = x + Double(4 * shape.outputs)
      let activeColumns = active + (shape.hasBias ? 1 : 0)
      let bits =
        16 + Double((shape.columns + 7) / 8) + activeColumns * Double((shape.outputs + 7) / 8)
      let weights = 4 * shape.outputs * (shape.inputs + 1)
      bitsPerSample += Int(bits)
      stored += weights
      stored += Int(
        (large.row(vectors) + large.row(bits) + Self.vectorKeys + Self.bitKeys) * Double(samples))
      derived += weights + Int((small.row(vectors) + Self.vectorKeys) * Double(samples))
      dense += (shape.interactions + 7) / 8 * samples
    }
  }

  /// Bytes of an entry of the unique index over run, layer and sample; bits have one over densities, too.
  private static let (vectorKeys, bitKeys) = (16.0, 32.0)

  /// Rows of numbers and short texts, with their indices: samples and predictions, and the measures of every layer and
  /// kind of profile. Their sizes are those of rows in a warehouse.
  private static func records(
    _ layers: [Layer], samples: Int, classes: Int, keyBytes: Int
  ) -> Int {
    let (sample, prediction, likelihood) = (45 + 2 * keyBytes, 82, 128)
    let (divergence, entropy, sparsity, overlap, rank) = (145, 110, 700, 120, 130)
    let groupings = 2
    var bytes = samples * (sample + prediction)
    for layer in layers {
      bytes += 2 * (classes + 1) * sparsity
      // Of interactions, of neurons, and of these as Gaussians.
      for counters in [layer.shape.interactions, layer.shape.outputs, layer.shape.outputs] {
        let work = Double(counters) * Double(samples) * Double(classes)
        if work <= Warehouse.mostUnaskedScores { bytes += samples * likelihood }
        bytes += groupings * classes * (classes * divergence + entropy)
      }
    }
    // Of the last layer's inputs, by six rules.
    return bytes + 6 * (classes * rank + classes * (classes - 1) / 2 * overlap)
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

/// How rows fill SQLite's pages. https://sqlite.org/fileformat2.html#b_tree_pages
private struct Pages {
  private let size: Double

  init(_ size: Warehouse.PageSize) { self.size = Double(size.rawValue) }

  /// Bytes of a row with a blob of so many bytes, some keys before it. A row that fits a page stays in one, so few rows
  /// to a page leave the rest of it empty; of a longer one the pages behind the first are full, and what is left fills
  /// an eighth to a whole page, packed so that a seventh of a page is lost.
  func row(_ blob: Double) -> Double {
    let row = blob + 20
    guard row <= size - 27 else { return row + size / 7 }
    let perPage = (size - 8) / row
    return size / (perPage < 8 ? perPage.rounded(.down) : perPage)
  }

  /// The last page of every table and index, half empty.
  var ofEveryTable: Int { 70 * Int(size) }
}
