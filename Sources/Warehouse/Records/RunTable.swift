// What is said of a table that has rows of runs: what becomes of its rows when they are measured, merged, deleted, verified
// and added up. RunTables.swift lists them.

internal import SQLiteKit

/// A table whose rows are of one run, or of two.
package struct RunTable: Sendable {
  /// What rows are made of.
  package enum Content: Sendable {
    /// What an ingest stores of every sample.
    case samples
    /// Counts by class, made of the samples.
    case profiles
    /// Made of samples and profiles.
    case measures
  }

  /// What `measure` of a run does with the rows that it measured before.
  package enum Replacement: Sendable {
    /// Nothing: they are the ingest's.
    case never
    /// All rows of the run go.
    case ofRun
    /// Those within the run under the groupings that are measured go.
    case ofGroupings
    /// Whoever writes such rows takes out their predecessors: they are asked for one by one.
    case byItself
  }

  /// How many rows a whole run has.
  package enum Completeness: Sendable {
    /// Told by checks of their own (Verification, VerifyProfiles), or whatever was found.
    case other
    /// One per layer, kind and class with samples, and one per layer and kind for the whole run.
    case everyClassAndTheRun
    /// One per layer, kind and class of every grouping.
    case everyClass
    /// One per layer, kind and ordered pair of classes of every grouping.
    case everyPair
    /// One per sample, for each of these keys that has any.
    case everySample(of: [String])
    /// As many as `n_samples` of this table says, for each of its keys.
    case everySampleOf(String)
    /// One per output of each layer that has any.
    case everyNeuron
    /// As many as one bootstrap makes, for everything that has any.
    case everyReplicate
  }

  package let name: String
  package let content: Content
  /// The run that a row is of.
  package let run: String
  /// The run that it is measured against; nil where there is none.
  package let otherRun: String?
  /// The columns that tell the rows of a run, or of a pair of runs, apart.
  package let key: [String]
  package let replacement: Replacement
  package let completeness: Completeness
  /// Whether its rows say nothing where the run's activations were left out.
  let isOfActivations: Bool
  /// What its numbers may be, keys and checksums aside; those of profiles have a check of their own (VerifyProfiles).
  package let ranges: [ValueRange]
  /// The columns of a key's beginning that, with the layer they name, the bounds of all ranges hang on; empty where these
  /// hang on others as well.
  let boundedBy: [String]

  init(
    _ name: String, _ content: Content, run: String = "run_id", against otherRun: String? = nil,
    key: [String], _ replacement: Replacement = .never, _ completeness: Completeness = .other,
    isOfActivations: Bool = false, ranges: [ValueRange] = [], boundedBy: [String] = []
  ) {
    self.name = name
    self.content = content
    self.run = run
    self.otherRun = otherRun
    self.key = key
    self.replacement = replacement
    self.completeness = completeness
    self.isOfActivations = isOfActivations
    self.ranges = ranges
    self.boundedBy = boundedBy
  }

  /// What an ingest stores, class profiles with it.
  package static let stored = all.filter { $0.content != .measures }
  package static let measured = all.filter { $0.content == .measures }

  /// The columns, beside the runs, that rows measured in one go have in common: a merge takes those over all or none.
  var unit: [String] {
    if case .everyReplicate = completeness { return [] }
    return key.filter {
      ["layer_id", "kind", "grouping", "rule", "detector_id", "method"].contains($0)
    }
  }

  /// Whether its rows are by labels of one kind or another.
  var isGrouped: Bool { key.contains("grouping") }

  /// A condition for the rows of run ?1 alone: of two runs, where both are that one.
  var isWithinRun: String {
    ([run] + (otherRun.map { [$0] } ?? [])).map { "\($0) = ?1" }.joined(separator: " and ")
  }
}

extension Connection {
  /// Takes out the rows of a table that are of a run, or of a run against another one, and have these values in columns of
  /// the table's key; rows of the run within itself where the table is of two runs and no other one is named.
  func takeOut(
    from table: RunTable, run: Int, against other: Int? = nil,
    where key: KeyValuePairs<String, Value> = [:]
  ) throws {
    let runs = [table.run] + (table.otherRun.map { [$0] } ?? [])
    let columns = runs + key.map(\.key)
    let values: [Value] =
      [.integer(run)] + (table.otherRun == nil ? [] : [.integer(other ?? run)]) + key.map(\.value)
    var rows = try prepare(
      "delete from \(table.name) where \(columns.map { "\($0) = ?" }.joined(separator: " and "))")
    try rows.bind(values)
    try rows.run()
  }
}
