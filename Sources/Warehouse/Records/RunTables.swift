// Every table that has rows of runs: the one list that measuring, merging, deleting, verifying and adding up walk. A test
// holds it to the schema. Leaves out run_layer, which is a part of the run itself.

extension RunTable {
  /// In the order in which a merge copies them.
  package static let all = [
    prediction,
    RunTable("unreadable", .samples, key: ["position"]),
    RunTable(
      "run_thumbnail", .samples, key: ["sample_id"],
      ranges: [.count("width", from: 1, upTo: "4096"), .count("height", from: 1, upTo: "4096")]),
    RunTable("activation", .samples, key: ["layer_id", "sample_id"], isOfActivations: true),
    RunTable(
      "significance", .samples, key: ["layer_id", "sample_id"],
      ranges: [
        .count("n_significant", upTo: "layer.n_out * (layer.n_in + layer.has_bias)")
      ]),
    classProfile,
    RunTable(
      "sparsity", .measures, key: ["layer_id", "kind", "class_id"], .ofRun, .everyClassAndTheRun,
      ranges: [
        .count("n_samples", from: 1, upTo: samples), .share("mean_proportion"),
        .share("never_share"), .share("always_share"),
      ]),
    RunTable(
      "entropy", .measures, key: ["layer_id", "kind", "grouping", "class_id"], .ofGroupings,
      .everyClass,
      ranges: [
        .count("n_samples", from: 1, upTo: samples),
        .within(
          "entropy", ValueRange.ofCounts("-1e-9"),
          ValueRange.ofCounts("0.6931471805599454 * \(ValueRange.interactions)", else: "1e100")),
        .within(
          "entropy_per_interaction", ValueRange.ofCounts("-1e-9"),
          ValueRange.ofCounts("0.6931471805599454", else: "1e100")),
        .share("variance_floor", where: ValueRange.isOfActivations),
        .count("left_out", upTo: "layer.n_out"),
      ]),
    divergence,
    RunTable(
      "rank", .measures, key: ["layer_id", "class_id", "rule"], .ofRun,
      ranges: [
        .count("n_samples", from: 1, upTo: samples),
        .within("dimension", "layer.n_in", "layer.n_in"),
        .atLeastZero("sigma_max"), .atLeastZero("tolerance", optional: true),
        .count("rank", upTo: "min(r.n_samples, r.dimension)"),
        .within("limited_by_samples", "r.n_samples < r.dimension", "r.n_samples < r.dimension"),
        .within("participation_ratio", "0", "r.dimension + 1e-6", optional: true),
        .within("participation_ratio_centred", "0", "r.dimension + 1e-6", optional: true),
      ]),
    RunTable(
      "entanglement", .measures, key: ["layer_id", "a_class_id", "b_class_id", "rule"], .ofRun,
      ranges: [
        .count("n_samples_a", from: 1, upTo: samples),
        .count("n_samples_b", from: 1, upTo: samples),
        .within("dimension", "layer.n_in", "layer.n_in"),
        .atLeastZero("sigma_max"), .atLeastZero("tolerance", optional: true),
        .count("rank_a", upTo: "min(r.n_samples_a, r.dimension)"),
        .count("rank_b", upTo: "min(r.n_samples_b, r.dimension)"),
        .count("rank_union", upTo: "min(r.n_samples_a + r.n_samples_b, r.dimension)"),
        .within(
          "entanglement", "r.rank_a + r.rank_b - r.rank_union", "r.rank_a + r.rank_b - r.rank_union"
        ),
        .within(
          "limited_by_samples", "min(r.n_samples_a, r.n_samples_b) < r.dimension",
          "min(r.n_samples_a, r.n_samples_b) < r.dimension"),
        .share("mean_squared_cosine", optional: true),
      ]),
    likelihood,
    score,
    replicate,
    embeddingMethod,
    embedding,
    RunTable(
      "activation_index", .measures, key: ["layer_id", "neuron"], .byItself, .everyNeuron,
      isOfActivations: true,
      ranges: [
        .count("neuron", upTo: "layer.n_out - 1"), .within("n_samples", samples, samples),
        .within("first_position", "0", "r.last_position"),
        .within("last_position", "r.first_position", "9e15"),
      ]),
  ]

  static let prediction = RunTable(
    "prediction", .samples, key: ["sample_id"],
    ranges: [
      .share("confidence"), .atLeastZero("loss", where: hasAnswer),
      .within("correct", isTrueClass, isTrueClass, where: hasAnswer),
    ])
  static let classProfile = RunTable(
    "class_profile", .profiles, key: ["layer_id", "kind", "grouping", "class_id", "block"])
  static let divergence = RunTable(
    "divergence", .measures, run: "from_run_id", against: "to_run_id",
    key: ["layer_id", "kind", "grouping", "from_class_id", "to_class_id"], .ofGroupings,
    .everyPair,
    ranges: [
      .positive("alpha", where: ValueRange.isOfCounts),
      .share("variance_floor", where: ValueRange.isOfActivations), .atLeastZero("kl"),
      .atLeastZero("kl_per_interaction"),
    ])
  /// Of samples, by class profiles.
  package static let likelihood = RunTable(
    "likelihood", .measures, against: "profile_run_id",
    key: ["layer_id", "kind", "grouping", "sample_id"], .byItself,
    .everySample(of: ["profile_run_id", "layer_id", "kind", "grouping"]),
    ranges: [
      .count("is_left_out", upTo: "1"), .positive("alpha", where: ValueRange.isOfCounts),
      .share("variance_floor", where: ValueRange.isOfActivations),
      .logProbability("own", summedOver: ValueRange.interactions, optional: true),
      .logProbability("predicted", summedOver: ValueRange.interactions, optional: true),
      .logProbability("other", summedOver: ValueRange.interactions, optional: true),
      .logProbability("fit", summedOver: ValueRange.interactions),
    ], boundedBy: ["profile_run_id", "layer_id", "kind"])
  /// Of samples, by detectors.
  package static let score = RunTable(
    "score", .measures, against: "reference_run_id",
    key: ["layer_id", "detector_id", "sample_id"], .byItself,
    .everySample(of: ["reference_run_id", "layer_id", "detector_id"]),
    ranges: [.finite("score", optional: true)])
  /// Measures over resampled samples.
  package static let replicate = RunTable(
    "replicate", .measures,
    key: ["layer_id", "kind", "measure", "rule", "class_id", "replicate"],
    .byItself, .everyReplicate,
    ranges: [
      .finite("value"), .count("n_replicates", from: 1, upTo: "1000000"),
      .count("replicate", upTo: "r.n_replicates - 1"),
      .within("n_blocks", "1", samples, optional: true),
    ])

  static let embeddingMethod = RunTable(
    "embedding_method", .measures, key: ["layer_id", "method"], .byItself,
    ranges: [
      .count("n_samples", from: 1, upTo: samples),
      .share("x_share", optional: true), .share("y_share", optional: true),
      .within("perplexity", "1", "1e6", optional: true),
      .within("iterations", "0", "1e6", optional: true),
      .atLeastZero("divergence", optional: true),
    ])
  static let embedding = RunTable(
    "embedding", .measures, key: ["layer_id", "method", "sample_id"], .byItself,
    .everySampleOf("embedding_method"), ranges: [.finite("x"), .finite("y")])

  /// How many samples the run ?1 has, which the rows are of: counted once for all of them.
  static let samples = "(select count(*) from prediction as p where p.run_id = ?1)"
  /// Whether an output of the run's model stands for the class of a prediction's sample.
  private static let hasAnswer = """
    (select (run.model_id, sample.class_id) in (
        select output.model_id, class_output.class_id
        from class_output join class as output on output.class_id = class_output.output_id)
      from run, sample where run.run_id = r.run_id and sample.sample_id = r.sample_id)
    """
  /// Whether a prediction is the sample's class.
  private static let isTrueClass =
    "(select sample.class_id = r.class_id from sample where sample.sample_id = r.sample_id)"
}
