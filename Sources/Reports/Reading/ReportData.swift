// What a report shows, read out of a warehouse and free of SQL: runs, and under each its layers and
// classes. Leaves out: reading (ReportReader), judging (Claim), drawing.

package import Warehouse

/// The runs of a report, in the order they are shown, and what was measured between them.
package struct ReportData: Sendable {
  package var runs: [RunReport] = []
  package var between: [BetweenRuns] = []
  package var sameClass: [SameClassDivergence] = []
  package var attacks: [AttackEffect] = []
  package var likelihoods: [LikelihoodComparison] = []
  package var detections: [DetectorComparison] = []
  package var groupings: [GroupedSeparation] = []
  package var slices: [Slice] = []
  /// nil in a report without runs.
  package var focus: FocusReport?
  /// What is in focus where nobody named it; nil without runs.
  package var leading: DefaultRun?
  /// Runs of the warehouse that are not complete.
  package var unfinished: [UnfinishedRun] = []
  package var galleries = Galleries()
  /// Of a page that compares two runs.
  package var pair: RunPair?
  /// Of one run.
  package var maps: [SampleMap] = []
  /// The class of the single-class histograms, of the run in focus where none was named; nil where no run has classes.
  package var className: String?

  package init() {}
}

/// One complete run and everything measured on it.
package struct RunReport: Sendable {
  package var info: RunInfo
  /// The fully connected layers that were captured, first to last.
  package var layers: [LayerReport] = []
  /// Classes with predictions, by position.
  package var accuracies: [ClassAccuracy] = []
  /// Of the inputs of the model's last layer, like `overlaps`.
  package var ranks: [ClassRank] = []
  package var overlaps: [ClassOverlap] = []
  package var replicates: [ReplicateKey: Replicates] = [:]

  package init(info: RunInfo) { self.info = info }
}

/// What is known of a run apart from its measures.
package struct RunInfo: Sendable {
  package var id = 0
  package var name = ""
  package var model = ""
  package var architecture = ""
  package var parameters = 0
  /// untrained, best, overtrained, random, or what else the ingest was told.
  package var state: String?
  package var weightsHash = ""
  /// Position and name of the model's last fully connected layer, captured or not.
  package var lastPosition: Int?
  package var lastLayer: String?
  /// Scalars of the training record in words, "key value" each.
  package var training: [String] = []
  package var dataset = ""
  package var datasetID = 0
  package var perturbation = "none"
  package var preprocessing = ""
  package var selection = ""
  /// Equal for runs over the same samples of a data set, however they were chosen.
  package var sampleSet = ""
  package var bitsets = ""
  package var samples = 0
  /// Over the samples that have a right answer; nil where none has.
  package var accuracy: Double?
  package var loss: Double?
  /// Samples whose class is no output of the network.
  package var foreign = 0
  package var unlabelled = 0
  /// Samples of the data set that could not be read and were left out.
  package var unreadable = 0
  /// "kept" or "omitted": x and z.
  package var activations = ""
  package var permutationSeed = 0
  package var version = ""
  package var cpu = ""
  package var completed = ""

  package init() {}
}

/// How many samples of a class that is an output of the network there are, and how many the network gave that class.
package struct ClassAccuracy: Sendable {
  package let position: Int
  package let name: String
  package let samples: Int
  package let correct: Int

  package init(position: Int, name: String, samples: Int, correct: Int) {
    (self.position, self.name, self.samples, self.correct) = (position, name, samples, correct)
  }
}

/// One fully connected layer and what was measured on it.
package struct LayerReport: Sendable {
  package var position: Int
  package var name: String
  package var inputs: Int
  package var outputs: Int
  package var interaction = KindReport()
  package var neuron = KindReport()
  /// The control: no sparsity, and no relative separation.
  package var activation = KindReport()
  /// The interactions' matrix.
  package var matrix: ClassMatrix? {
    get { interaction.matrix }
    set { interaction.matrix = newValue }
  }

  package subscript(kind: MeasuredKind) -> KindReport {
    get { self[keyPath: Self.path(kind)] }
    set { self[keyPath: Self.path(kind)] = newValue }
  }

  private static func path(_ kind: MeasuredKind) -> WritableKeyPath<LayerReport, KindReport> {
    switch kind {
    case .interaction: \.interaction
    case .neuron: \.neuron
    case .activation: \.activation
    }
  }

  package init(position: Int, name: String, inputs: Int, outputs: Int) {
    (self.position, self.name, self.inputs, self.outputs) = (position, name, inputs, outputs)
  }
}

extension MeasuredKind {
  /// As figures and tables call its things.
  var plural: String {
    switch self {
    case .interaction: "interactions"
    case .neuron: "neurons"
    case .activation: "activations"
    }
  }
}

/// What is measured of interactions, of neurons and of activations.
package struct KindReport: Sendable {
  package var sparsity: SparsityRecord?
  /// Of the report's one class alone.
  package var classSparsity: SparsityRecord?
  package var separation: Separation?
  /// KL per unit between the run's classes, entropy per unit on the diagonal.
  package var matrix: ClassMatrix?

  package init() {}
}

/// Over the samples of all classes together, or of one.
package struct SparsityRecord: Sendable {
  package let mean: Double
  package let never: Double
  package let always: Double
  /// Shares of 20 equal bins of the activation proportion.
  package let histogram: [Double]

  package init(mean: Double, never: Double, always: Double, histogram: [Double]) {
    (self.mean, self.never, self.always, self.histogram) = (mean, never, always, histogram)
  }
}

/// All in nats per interaction.
package struct Separation: Sendable {
  package let separation: Double
  /// The same with the labels permuted: what so few samples separate by chance.
  package let floor: Double?
  package let entropy: Double
  package let relative: Double?

  package init(separation: Double, floor: Double?, entropy: Double, relative: Double?) {
    (self.separation, self.floor) = (separation, floor)
    (self.entropy, self.relative) = (entropy, relative)
  }
}

/// The rank of one class's samples in one layer, by one rule.
package struct ClassRank: Sendable {
  package var layer = ""
  package var position = 0
  package var name = ""
  package var rule = ""
  package var rank = 0
  package var samples = 0
  package var dimension = 0
  package var largest = 0.0
  package var tolerance: Double?
  package var isLimited = false
  package var participation: Double?
  package var centredParticipation: Double?

  package init() {}
}

/// The entanglement of the classes at positions `a` < `b`.
package struct ClassOverlap: Sendable {
  package var layer = ""
  package var a = 0
  package var b = 0
  package var aName = ""
  package var bName = ""
  package var rule = ""
  package var entanglement = 0
  package var ranks = (a: 0, b: 0, union: 0)
  package var isLimited = false
  package var meanSquaredCosine: Double?

  package init() {}
}

/// KL per interaction from the classes of one run to those of another, in one layer.
package struct BetweenRuns: Sendable {
  package let from: Int
  package let to: Int
  package let layerPosition: Int
  package let layer: String
  package var matrix: ClassMatrix

  package init(from: Int, to: Int, layerPosition: Int, layer: String, matrix: ClassMatrix) {
    (self.from, self.to, self.matrix) = (from, to, matrix)
    (self.layerPosition, self.layer) = (layerPosition, layer)
  }
}

/// The rules of the rank ladder, coarse knowledge first, as definitions list them.
package enum RankLadder {
  package static let leading = "1e-2"

  /// `rules` in the order the ladder is read.
  package static func sorted(_ rules: Set<String>) -> [String] {
    let known = ["numpy", "1e-3", "1e-2", "5e-2"]
    return known.filter(rules.contains) + rules.subtracting(known).sorted()
  }
}
