-- Question: How much does the rank depend on the rule that sets its tolerance?
-- Notes: over the classes of the run.
-- Keywords: tolerance, rule, dimension, sensitivity
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- Place: 160
-- Columns: run, layer, rule, mean_rank, lowest_rank, highest_rank, dimension, n_limited_by_samples

select run, layer, rule, avg(rank) as mean_rank, min(rank) as lowest_rank, max(rank) as highest_rank, dimension,
  sum(limited_by_samples) as n_limited_by_samples
from class_rank
where run = coalesce(:run, (select run from default_run))
group by layer, rule
order by layer, mean_rank desc, rule;
