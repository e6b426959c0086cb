// What an ingest hands over: batches of samples, and in the end the classes' counts.

/// Consecutive samples of a run's selection with everything computed about them. All arrays are as
/// long as `positions`; values are by sample.
package struct Batch: Sendable {
  /// In the data set, ascending, also from batch to batch.
  package var positions: [Int]
  package var keys: [String]
  /// True classes, as positions in the data set's classes; nil for samples without a label.
  package var classes: [Int?]
  /// The classes that the permuted labels give.
  package var permuted: [Int?]
  /// The classes of the labels that the network was trained on; nil for samples it was not, as far as is known.
  package var assigned: [Int?]
  /// Outputs of the network.
  package var predicted: [Int]
  /// The softmax of the predicted output.
  package var confidence: [Double]
  /// Cross-entropy against the true class, in nats; nil where that is no output.
  package var loss: [Double?]
  package var layers: [Layer]
  /// Samples of the selection that have no place in the arrays.
  package var unreadable: [Unreadable]
  /// Of samples that have none yet, else nil; empty where there are none to keep.
  package var pictures: [Picture?]
  /// What an attacked or shifted run made of them; else empty.
  package var perturbedPictures: [Picture?]

  /// Of the layers' blobs.
  var bytes: Int {
    layers.reduce(0) { sum, layer in
      [layer.x, layer.z, layer.bits].joined().reduce(sum) { $0 + $1.count }
    }
  }

  /// A sample whose image could not be read.
  package struct Unreadable: Sendable, Hashable {
    /// In the data set.
    package var position: Int
    package var key: String
    /// "expected …, found …".
    package var reason: String

    package init(position: Int, key: String, reason: String) {
      self.position = position
      self.key = key
      self.reason = reason
    }
  }

  /// What a batch has of one layer.
  package struct Layer: Sendable {
    package var layerID: Int
    /// Sparse vectors; empty where x is the rectified z of an earlier layer of the batch.
    package var x: [[UInt8]]
    /// Plain Float32 values.
    package var z: [[UInt8]]
    /// Stored forms; empty where bits are derived.
    package var bits: [[UInt8]]
    /// Numbers of set bits.
    package var significant: [Int]

    package init(
      layerID: Int, x: [[UInt8]], z: [[UInt8]], bits: [[UInt8]] = [], significant: [Int]
    ) {
      precondition(
        (x.isEmpty || x.count == z.count) && (bits.isEmpty || bits.count == z.count)
          && significant.count == z.count, "ragged layer")
      self.layerID = layerID
      self.x = x
      self.z = z
      self.bits = bits
      self.significant = significant
    }
  }

  package init(
    positions: [Int], keys: [String], classes: [Int?], permuted: [Int?], assigned: [Int?]? = nil,
    predicted: [Int], confidence: [Double], loss: [Double?], layers: [Layer],
    unreadable: [Unreadable] = [], pictures: [Picture?] = [], perturbedPictures: [Picture?] = []
  ) {
    let count = positions.count
    let assigned = assigned ?? positions.map { _ in nil }
    precondition(
      keys.count == count && classes.count == count && permuted.count == count
        && assigned.count == count && predicted.count == count
        && confidence.count == count && loss.count == count, "ragged batch")
    precondition(
      [pictures, perturbedPictures].allSatisfy { $0.isEmpty || $0.count == count },
      "as many pictures as samples, or none")
    precondition(
      layers.allSatisfy { $0.z.count == count },
      "a layer of another length than its batch")
    self.positions = positions
    self.keys = keys
    self.classes = classes
    self.permuted = permuted
    self.assigned = assigned
    self.predicted = predicted
    self.confidence = confidence
    self.loss = loss
    self.layers = layers
    self.unreadable = unreadable
    self.pictures = pictures
    self.perturbedPictures = perturbedPictures
  }
}

/// What is counted: interactions that are significant, or neurons with z > 0.
package enum ProfileKind: String, Sendable, CaseIterable {
  case interaction, neuron

  var measured: MeasuredKind {
    switch self {
    case .interaction: .interaction
    case .neuron: .neuron
    }
  }
}

/// What measures are of.
package enum MeasuredKind: String, Sendable, CaseIterable {
  case interaction, neuron
  /// The pre-activations of a class as independent Gaussians: the control beside what is counted.
  case activation
}

/// One block of one class's counts.
package struct ClassProfile: Sendable {
  package var layerID: Int
  package var kind: ProfileKind
  package var grouping: ProfileGrouping
  /// Position of the class in the data set.
  package var classPosition: Int
  package var block: Int
  package var samples: Int
  /// A counts blob.
  package var counts: [UInt8]

  package init(
    layerID: Int, kind: ProfileKind, grouping: ProfileGrouping, classPosition: Int, block: Int,
    samples: Int, counts: [UInt8]
  ) {
    self.layerID = layerID
    self.kind = kind
    self.grouping = grouping
    self.classPosition = classPosition
    self.block = block
    self.samples = samples
    self.counts = counts
  }
}
