-- Question: Which classes moved most between two runs of one model?
-- Notes: mean and largest KL per interaction over the layers, in nats, from the run to the other run of the same class.
-- Keywords: drift, shift, changed
-- :run text of run.name = the first of default_runs that was measured against another; the run's name
-- :other_run text of run.name = all the runs it was measured against; the other run's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- :limit int = 10; classes shown
-- Place: 230
-- Columns: run, other_run, class, mean_kl, largest_kl, layer_of_largest

select from_run as run, to_run as other_run, from_class as class, avg(kl_per_interaction) as mean_kl,
  max(kl_per_interaction) as largest_kl, layer as layer_of_largest
from run_divergence
where from_run = coalesce(:run, (
    select run from default_runs
    where exists (select 1 from divergence where from_run_id = run_id and to_run_id < run_id)
      or exists (select 1 from divergence where from_run_id = run_id and to_run_id > run_id)
    order by place limit 1))
  and (:other_run is null or to_run = :other_run)
  and kind = coalesce(:kind, 'interaction')
  and same_class
group by from_run_id, to_run_id, from_position
order by mean_kl desc, to_run_id, from_position
limit coalesce(:limit, 10);
