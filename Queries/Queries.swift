// The saved queries, compiled in from the files beside this one.

extension SavedQuery {
  /// Every saved query, in the order of the catalogue in README.md.
  /// - Throws: `SavedQueryError` where a head is malformed, which a test rules out.
  package static func all() throws(SavedQueryError) -> [SavedQuery] {
    var queries: [SavedQuery] = []
    for (name, bytes) in files {
      queries.append(try SavedQuery(name: name, text: String(decoding: bytes, as: UTF8.self)))
    }
    return queries
  }

  private static var files: [(name: String, bytes: [UInt8])] {
    [
      ("runs", PackageResources.runs_sql),
      ("run_comparison", PackageResources.run_comparison_sql),
      ("run_divergence", PackageResources.run_divergence_sql),
      ("accuracy_by_class", PackageResources.accuracy_by_class_sql),
      ("confusion_matrix", PackageResources.confusion_matrix_sql),
      ("confused_pairs", PackageResources.confused_pairs_sql),
      ("confident_mistakes", PackageResources.confident_mistakes_sql),
      ("sparsity_by_layer", PackageResources.sparsity_by_layer_sql),
      ("sparsity_histogram", PackageResources.sparsity_histogram_sql),
      ("always_on", PackageResources.always_on_sql),
      ("entropy_by_class", PackageResources.entropy_by_class_sql),
      ("kl_matrix", PackageResources.kl_matrix_sql),
      ("separation_by_layer", PackageResources.separation_by_layer_sql),
      ("closest_classes", PackageResources.closest_classes_sql),
      ("rank_by_class", PackageResources.rank_by_class_sql),
      ("rank_ladder", PackageResources.rank_ladder_sql),
      ("entanglement", PackageResources.entanglement_sql),
      ("densest_samples", PackageResources.densest_samples_sql),
      ("similar_samples", PackageResources.similar_samples_sql),
      ("hardest_samples", PackageResources.hardest_samples_sql),
      ("likelihood_comparison", PackageResources.likelihood_comparison_sql),
      ("class_report", PackageResources.class_report_sql),
      ("most_moved_classes", PackageResources.most_moved_classes_sql),
      ("layer_ranking", PackageResources.layer_ranking_sql),
      ("top_samples", PackageResources.top_samples_sql),
      ("nearest_samples", PackageResources.nearest_samples_sql),
      ("misfits", PackageResources.misfits_sql),
      ("suspicious_labels", PackageResources.suspicious_labels_sql),
      ("typical_samples", PackageResources.typical_samples_sql),
      ("separating_interactions", PackageResources.separating_interactions_sql),
      ("silent_neurons", PackageResources.silent_neurons_sql),
      ("detectors", PackageResources.detectors_sql),
      ("detector_curve", PackageResources.detector_curve_sql),
      ("groupings", PackageResources.groupings_sql),
      ("train_test", PackageResources.train_test_sql),
    ]
  }
}
