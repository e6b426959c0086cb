-- Question: What dimension does the manifold of each class have?
-- Notes: where limited_by_samples is 1 there are fewer samples than dimensions, and the rank says no more
--   than their number.
-- :run text of run.name = the newest complete run; the run's name
-- :rule text of rank.rule = 1e-2; the rule that sets the tolerance
-- Place: 150
-- Columns: run, layer, class, rank, n_samples, dimension, sigma_max, tolerance, limited_by_samples,
--   participation_ratio, participation_ratio_centred

select run, layer, class, rank, n_samples, dimension, sigma_max, tolerance, limited_by_samples,
  participation_ratio, participation_ratio_centred
from class_rank
where run = coalesce(:run, (select run from newest_run))
  and rule = coalesce(:rule, '1e-2')
order by class_position;
