// How likely the patterns of a run are under the class profiles of a clean one, beside the clean run's own. Leaves
// out: reading (LikelihoodReader), drawing.

/// One layer and kind of a run that was scored under another. Likelihoods are mean ln L per unit, in nats.
package struct LikelihoodComparison: Sendable {
  /// Id of the run whose profiles and own samples are the measure.
  package let clean: Int
  package let other: Int
  package let layerPosition: Int
  package let layer: String
  /// interaction, neuron or activation.
  package let kind: String
  package var classes: [ClassLikelihood] = []

  package init(clean: Int, other: Int, layerPosition: Int, layer: String, kind: String) {
    (self.clean, self.other, self.kind) = (clean, other, kind)
    (self.layerPosition, self.layer) = (layerPosition, layer)
  }
}

/// Of one class, under the clean profile of that class.
package struct ClassLikelihood: Sendable {
  package let position: Int
  package let name: String
  package let samples: Int
  package let clean: Double
  package let other: Double
  /// The share of the samples in both runs whose likelihood is lower in the other; nil where they share none.
  package let fell: Double?

  package init(
    position: Int, name: String, samples: Int, clean: Double, other: Double, fell: Double?
  ) {
    (self.position, self.name, self.samples) = (position, name, samples)
    (self.clean, self.other, self.fell) = (clean, other, fell)
  }

  package var difference: Double { other - clean }
}
