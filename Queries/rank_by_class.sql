-- Question: What dimension does the manifold of each class have?
-- Notes: rank is the number of singular values above tolerance, which rule sets: 1e-2 is 0.01 of the largest, sigma_max;
--   rank_ladder has every rule. Where limited_by_samples is 1 there are fewer samples than dimensions, and the rank says no more
--   than their number.
-- Keywords: dimension, manifold, dimensionality, tolerance
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :rule text of rank.rule = 1e-2; the rule that sets the tolerance
-- Place: 150
-- Columns: run, layer, class, rule, rank, n_samples, dimension, sigma_max, tolerance, limited_by_samples,
--   participation_ratio, participation_ratio_centred

select run, layer, class, rule, rank, n_samples, dimension, sigma_max, tolerance, limited_by_samples,
  participation_ratio, participation_ratio_centred
from class_rank
where run = coalesce(:run, (select run from default_run))
  and rule = coalesce(:rule, '1e-2')
order by class_position;
