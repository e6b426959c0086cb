-- Question: Which pairs of classes share the most dimensions?
-- Notes: entanglement = rank_a + rank_b − rank_union; at coarse rules it can be slightly negative.
-- Keywords: overlap, shared dimensions, subspace
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :rule text of rank.rule = 1e-2; the rule that sets the tolerance
-- :class text of class.name = all pairs; only the pairs of this class
-- Place: 170
-- Columns: run, layer, a_class, b_class, entanglement, rank_a, rank_b, rank_union, dimension,
--   limited_by_samples, mean_squared_cosine

select run, layer, a_class, b_class, entanglement, rank_a, rank_b, rank_union, dimension, limited_by_samples,
  mean_squared_cosine
from class_entanglement
where run = coalesce(:run, (select run from default_run))
  and rule = coalesce(:rule, '1e-2')
  and (:class is null or :class in (a_class, b_class))
order by entanglement desc, a_position, b_position;
