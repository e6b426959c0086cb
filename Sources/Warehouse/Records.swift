// What is known about a model, a data set and a run, apart from their rows of samples. Field by
// field the columns of Schema/README.md.

/// A record and the id of the row that holds it.
@dynamicMemberLookup
package struct Stored<Record: Sendable & Hashable>: Sendable, Hashable {
  package let id: Int
  package let record: Record

  package init(id: Int, record: Record) {
    self.id = id
    self.record = record
  }

  package subscript<T>(dynamicMember field: KeyPath<Record, T>) -> T { record[keyPath: field] }
}

package struct ModelRecord: Sendable, Hashable {
  /// Made unique by a suffix when the model is stored.
  package var name: String
  package var architecture: String
  package var weightsSHA256: String
  package var parameters: Int
  /// "best", "untrained", …; nil when unknown.
  package var state: String?
  /// How it was trained, as JSON.
  package var training: String?

  package init(
    name: String, architecture: String, weightsSHA256: String, parameters: Int,
    state: String? = nil, training: String? = nil
  ) {
    self.name = name
    self.architecture = architecture
    self.weightsSHA256 = weightsSHA256
    self.parameters = parameters
    self.state = state
    self.training = training
  }
}

/// A fully connected layer of a model.
package struct LayerRecord: Sendable, Hashable {
  /// From 0 among the model's fully connected layers.
  package var position: Int
  package var name: String
  package var inputs: Int
  package var outputs: Int
  package var hasBias: Bool

  package init(position: Int, name: String, inputs: Int, outputs: Int, hasBias: Bool) {
    self.position = position
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
  }

  package var columns: Int { inputs + (hasBias ? 1 : 0) }
  package var interactions: Int { outputs * columns }
}

package struct DataSetRecord: Sendable, Hashable {
  package var name: String
  package var fingerprint: String
  package var sampleCount: Int
  /// By position, which is the label.
  package var classes: [ClassRecord]

  package init(name: String, fingerprint: String, sampleCount: Int, classes: [ClassRecord]) {
    self.name = name
    self.fingerprint = fingerprint
    self.sampleCount = sampleCount
    self.classes = classes
  }
}

package struct ClassRecord: Sendable, Hashable {
  package var key: String
  package var name: String

  package init(key: String, name: String) {
    self.key = key
    self.name = name
  }
}

/// How a run keeps its bits: as blobs, or recomputed from x and z.
package enum BitsetPolicy: String, Sendable { case stored, derived }

package struct RunRecord: Sendable, Hashable {
  /// Made unique by a suffix when the run is stored.
  package var name: String
  package var modelID: Int
  package var dataSetID: Int
  /// Hash over everything that changes a bit of the run.
  package var identity: String
  package var perturbation: String
  package var preprocessing: String
  /// Which samples of the data set, as JSON.
  package var selection: String
  package var bitsets: BitsetPolicy
  package var sampleCount: Int
  package var permutationSeed: UInt64
  package var engramVersion: String
  package var cpuLevel: String
  /// UTC, "2026-03-31T12:00:00Z"; set when the run is first stored.
  package internal(set) var startedAt = ""
  /// nil until samples, profiles and measures are all in.
  package internal(set) var completedAt: String?

  package init(
    name: String, modelID: Int, dataSetID: Int, identity: String, perturbation: String = "none",
    preprocessing: String, selection: String, bitsets: BitsetPolicy = .stored, sampleCount: Int,
    permutationSeed: UInt64, engramVersion: String, cpuLevel: String
  ) {
    self.name = name
    self.modelID = modelID
    self.dataSetID = dataSetID
    self.identity = identity
    self.perturbation = perturbation
    self.preprocessing = preprocessing
    self.selection = selection
    self.bitsets = bitsets
    self.sampleCount = sampleCount
    self.permutationSeed = permutationSeed
    self.engramVersion = engramVersion
    self.cpuLevel = cpuLevel
  }
}
