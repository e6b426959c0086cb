// Every table that has rows of runs, and what becomes of its rows: the one list that measuring, merging, deleting,
// verifying and adding up walk. A test holds it to the schema. Leaves out run_layer, which is a part of the run itself.

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

  private init(
    _ name: String, _ content: Content, run: String = "run_id", against otherRun: String? = nil,
    key: [String], _ replacement: Replacement = .never, _ completeness: Completeness = .other
  ) {
    self.name = name
    self.content = content
    self.run = run
    self.otherRun = otherRun
    self.key = key
    self.replacement = replacement
    self.completeness = completeness
  }

  /// In the order in which a merge copies them.
  package static let all = [
    RunTable("prediction", .samples, key: ["sample_id"]),
    RunTable("unreadable", .samples, key: ["position"]),
    RunTable("activation", .samples, key: ["layer_id", "sample_id"]),
    RunTable("significance", .samples, key: ["layer_id", "sample_id"]),
    RunTable(
      "class_profile", .profiles, key: ["layer_id", "kind", "grouping", "class_id", "block"]),
    RunTable(
      "sparsity", .measures, key: ["layer_id", "kind", "class_id"], .ofRun, .everyClassAndTheRun),
    RunTable(
      "entropy", .measures, key: ["layer_id", "kind", "grouping", "class_id"], .ofGroupings,
      .everyClass),
    RunTable(
      "divergence", .measures, run: "from_run_id", against: "to_run_id",
      key: ["layer_id", "kind", "grouping", "from_class_id", "to_class_id"], .ofGroupings,
      .everyPair),
    RunTable("rank", .measures, key: ["layer_id", "class_id", "rule"], .ofRun),
    RunTable(
      "entanglement", .measures, key: ["layer_id", "a_class_id", "b_class_id", "rule"], .ofRun),
    RunTable(
      "likelihood", .measures, against: "profile_run_id",
      key: ["layer_id", "kind", "grouping", "sample_id"], .byItself,
      .everySample(of: ["profile_run_id", "layer_id", "kind", "grouping"])),
    RunTable(
      "detector", .measures, against: "reference_run_id", key: ["layer_id", "sample_id"],
      .byItself, .everySample(of: ["reference_run_id", "layer_id"])),
    RunTable(
      "replicate", .measures,
      key: ["layer_id", "kind", "measure", "rule", "class_id", "replicate"],
      .byItself, .everyReplicate),
  ]

  /// What an ingest stores, class profiles with it.
  package static let stored = all.filter { $0.content != .measures }
  package static let measured = all.filter { $0.content == .measures }

  /// The columns, beside the runs, that rows measured in one go have in common: a merge takes those over all or none.
  var unit: [String] {
    if case .everyReplicate = completeness { return [] }
    return key.filter { ["layer_id", "kind", "grouping", "rule"].contains($0) }
  }

  /// A condition for the rows of run ?1 alone: of two runs, where both are that one.
  var isWithinRun: String {
    ([run] + (otherRun.map { [$0] } ?? [])).map { "\($0) = ?1" }.joined(separator: " and ")
  }
}
