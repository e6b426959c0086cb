// Scores of a few detectors side by side, for tests that compare them with expressions over a sample's other rows.

/// A table in SQL, a row a sample and layer: likelihood, likelihood_ratio, hamming, energy, mahalanobis, the last two without
/// the sign that makes larger more familiar.
package let wideScores = """
  (select run_id, reference_run_id, layer_id, sample_id,
    max(score) filter (where name = 'likelihood') as likelihood,
    max(score) filter (where name = 'likelihood-ratio') as likelihood_ratio,
    -max(score) filter (where name = 'pattern-distance') as hamming,
    max(score) filter (where name = 'energy') as energy,
    -max(score) filter (where name = 'mahalanobis') as mahalanobis
  from score join detector using (detector_id) group by run_id, reference_run_id, layer_id, sample_id)
  """
