// The small warehouse with single classes' sparsity, an attacked run, likelihoods and detectors.

import SQLiteKit

extension SmallWarehouse {
  /// `filled` and runs 5 (attacked) and 6 (teacher) of model 2. Runs 3 and 5 are scored under run 2: blur lets half of
  /// each class's samples fall, the attack all. Run 6 has taught detectors that scored 2, 3 and 5.
  static func scored() throws -> Connection {
    let connection = try filled()
    for (run, name, perturbation) in [(5, "attacked", "pgd:eps=8/255"), (6, "teacher", "none")] {
      try connection.run(
        """
        insert into run (run_id, name, model_id, dataset_id, identity, perturbation, preprocessing,
          selection, bitsets, n_samples, permutation_seed, engram_version, cpu_level, started_at,
          completed_at)
        values (?1, ?2, 2, 1, ?1, ?3, 'crop', '{}', 'derived', 6, 42, '0.1.0', 'x86-64-v3',
          '2025', '2026')
        """, .integer(run), .text(name), .text(perturbation))
      try measure(connection, run: run, model: 2)
    }
    try connection.execute(
      """
      insert into sparsity (run_id, layer_id, kind, class_id, n_samples, mean_proportion,
        never_share, always_share, histogram)
      select run_id, layer_id, kind, class.class_id, 2, mean_proportion, never_share, always_share,
        histogram
      from sparsity join class on sparsity.class_id is null;

      with shift (run_id, even, odd) as (values (2, 0, 0), (3, 3, -1), (5, -6, -3))
      insert into likelihood (run_id, profile_run_id, layer_id, kind, grouping, sample_id,
        is_left_out, alpha, own, fit_class_id, fit)
      select run_id, 2, layer_id, kind, 'true', sample_id, 1, 0.5,
        -30 - sample_id + iif(sample_id % 2, odd, even), 1, -1
      from shift join sample join layer on model_id = 2
      join (select 'interaction' as kind union all select 'neuron');

      insert into detector values (1, 'likelihood'), (2, 'likelihood-ratio'), (3, 'pattern-distance'),
        (4, 'max-softmax'), (5, 'energy'), (6, 'mahalanobis');

      with shift (run_id, moved) as (values (2, 0), (3, 1), (5, 3))
      insert into score (run_id, reference_run_id, layer_id, detector_id, sample_id, score)
      select run_id, 6, layer_id, detector_id, sample_id, case detector.name
          when 'likelihood' then -sample_id - moved when 'likelihood-ratio' then -sample_id
          when 'pattern-distance' then -sample_id - moved when 'energy' then sample_id
          when 'max-softmax' then (select confidence from prediction as p
            where p.run_id = shift.run_id and p.sample_id = sample.sample_id)
          else -sample_id - 2 * moved end
      from shift join sample join layer on model_id = 2 join detector
      where detector_id < 4 or layer.position = (select max(position) from layer where model_id = 2);
      """)
    return connection
  }
}
