// How large a run will be in the warehouse, judged from the share of active inputs of a few samples.
// Leaves out the tables of samples and measures, which are small.

package import Bits

/// Bytes that a run adds under either storage policy.
package struct SizeEstimate: Equatable, Sendable {
  /// x, z and the significance bits.
  package private(set) var stored = 0
  /// x and z per sample, W and b once.
  package private(set) var derived = 0
  /// The dense bitsets alone, for comparison.
  package private(set) var dense = 0
  /// The class profiles, part of the other two.
  package private(set) var profiles = 0

  /// - Parameters:
  ///   - layers: Every captured layer with the mean number of its nonzero inputs.
  ///   - samples: How many samples the run holds.
  ///   - classes: How many classes keep a profile.
  package init(
    layers: [(shape: LayerShape, activeInputs: Double)], samples: Int, classes: Int
  ) {
    // SQLite's own cost of a blob row: header, key columns, its share of the index.
    let rowOverhead = 60.0
    // A counter takes the least width that holds a class's sample count.
    let perClass = samples / max(1, classes)
    let counterBytes = perClass < 256 ? 1 : perClass < 65536 ? 2 : 4
    for (shape, active) in layers {
      let x = Double((shape.inputs + 7) / 8) + 4 * active
      let z = Double(4 * shape.outputs)
      let activeColumns = active + (shape.hasBias ? 1 : 0)
      let bits =
        16 + Double((shape.columns + 7) / 8) + activeColumns * Double((shape.outputs + 7) / 8)
      let both = Int((x + z + rowOverhead) * Double(samples))
      // Interactions and neurons, under the true and under the permuted labels.
      let counts = 2 * classes * counterBytes * (shape.interactions + shape.outputs)
      stored += both + Int((bits + rowOverhead) * Double(samples)) + counts
      derived += both + 4 * shape.outputs * (shape.inputs + 1) + counts
      dense += (shape.interactions + 7) / 8 * samples
      profiles += counts
    }
  }
}
