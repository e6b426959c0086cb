-- Question: Do a network's patterns follow the true labels, its predictions, or the labels it was trained on?
-- Notes: separation, the mean off-diagonal KL per interaction in nats, with the run's samples grouped by each; by_permuted
--   is the floor. engram-ingest measure WAREHOUSE --run RUN --by predicted (and --by assigned) measures what is null.
-- Keywords: random labels, memorisation, memorization, assigned, predicted
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- Place: 340
-- Columns: run, layer, by_true, by_predicted, by_assigned, by_permuted

select run, layer, max(separation) filter (where grouping = 'true') as by_true,
  max(separation) filter (where grouping = 'predicted') as by_predicted,
  max(separation) filter (where grouping = 'assigned') as by_assigned,
  max(separation) filter (where grouping = 'permuted') as by_permuted
from separation_by_grouping
where run = coalesce(:run, (select run from default_run))
  and kind = coalesce(:kind, 'interaction')
group by layer_position
order by layer_position;
