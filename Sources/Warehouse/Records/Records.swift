// What is known about a model, a data set and a run, apart from their rows of samples. Field by
// field the columns of Schema/README.md.

internal import Basics

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

/// A model as its row has it.
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
  /// What it says, by position.
  package var outputs: [ClassRecord]
  /// Where the outputs' keys and names are from; nil where they are known by position alone.
  package var classList: String?

  package init(
    name: String, architecture: String, weightsSHA256: String, parameters: Int,
    state: String? = nil, training: String? = nil, outputs: [ClassRecord],
    classList: String? = nil
  ) {
    self.outputs = outputs
    self.classList = classList
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
  /// The layer whose rectified pre-activations are this layer's input.
  package var rectifies: String?

  package init(
    position: Int, name: String, inputs: Int, outputs: Int, hasBias: Bool, rectifies: String? = nil
  ) {
    self.rectifies = rectifies
    self.position = position
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
  }

  package var columns: Int { inputs + (hasBias ? 1 : 0) }
  package var interactions: Int { outputs * columns }
}

/// A data set as its row and those of its classes have it.
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

/// A class of a data set, or an output of a model, as its row has it, told apart by its bytes.
package struct ClassRecord: Sendable, Hashable {
  package var key: String
  package var name: String

  package init(key: String, name: String) {
    self.key = key
    self.name = name
  }

  /// Equal where the bytes of both are.
  package static func == (a: ClassRecord, b: ClassRecord) -> Bool {
    a.key.hasBytes(of: b.key) && a.name.hasBytes(of: b.name)
  }

  /// Of the bytes.
  package func hash(into hasher: inout Hasher) {
    hasher.combine(ByteText(key))
    hasher.combine(ByteText(name))
  }
}

/// How a run keeps its bits: as blobs, or recomputed from x and z.
package enum BitsetPolicy: String, Sendable, CaseIterable { case stored, derived }

/// Whether every sample's x and z are kept. Where they are not, there are no bits to derive either.
package enum ActivationPolicy: String, Sendable, CaseIterable { case stored, omitted }

/// How a run keeps the counts of interactions: as blobs, or counted anew whenever something is measured.
package enum ProfilePolicy: String, Sendable, CaseIterable { case stored, streamed }

/// Part `index` of `count` of a run, from 1; or, of parts that were merged, `index` to `last`.
package struct Shard: Sendable, Hashable, CustomStringConvertible {
  package var index: Int
  /// `index` for a single part.
  package var last: Int
  package var count: Int

  package init(index: Int, last: Int? = nil, count: Int) {
    let last = last ?? index
    precondition(1 <= index && index <= last && last <= count, "A part is one of its parts")
    self.index = index
    self.last = last
    self.count = count
  }

  /// Samples to a batch; parts begin and end where batches do, so that they compute what the whole run does.
  package static let batch = 256

  /// The positions in a selection of `samples` that belong to this part: batches are dealt out evenly, in order.
  package func range(of samples: Int) -> Range<Int> {
    let batches = (samples + Self.batch - 1) / Self.batch
    func first(_ part: Int) -> Int { min(samples, part * batches / count * Self.batch) }
    return first(index - 1)..<first(last)
  }

  /// The same samples as parts of a run that is cut finer.
  func cut(into times: Int) -> Shard {
    Shard(index: (index - 1) * times + 1, last: last * times, count: count * times)
  }

  package var description: String {
    index == last ? "\(index)/\(count)" : "\(index)-\(last)/\(count)"
  }
}

/// A run as its row has it: what was run over what, and how.
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
  package var profiles: ProfilePolicy
  package var activations = ActivationPolicy.stored
  /// Of the whole selection, also where this is one part of it.
  package var sampleCount: Int
  /// nil for a whole run.
  package var shard: Shard?
  package var permutationSeed: UInt64
  package var engramVersion: String
  package var cpuLevel: String
  /// UTC, "2026-03-31T12:00:00Z"; set when the run is first stored.
  package internal(set) var startedAt = ""
  /// nil until samples, profiles and measures are all in.
  package internal(set) var completedAt: String?

  package init(
    name: String, modelID: Int, dataSetID: Int, identity: String, perturbation: String = "none",
    preprocessing: String, selection: String, bitsets: BitsetPolicy = .stored,
    profiles: ProfilePolicy = .stored, sampleCount: Int, shard: Shard? = nil,
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
    self.profiles = profiles
    self.sampleCount = sampleCount
    self.shard = shard
    self.permutationSeed = permutationSeed
    self.engramVersion = engramVersion
    self.cpuLevel = cpuLevel
  }

  /// Whether bits can be had, stored or derived.
  package var hasBits: Bool { bitsets == .stored || activations == .stored }

  /// Positions in the selection that this run, or part of one, holds.
  package var range: Range<Int> { shard?.range(of: sampleCount) ?? 0..<sampleCount }
}
