-- Question: How far does each class move between two runs of one model, a clean and an attacked one, say?
-- Notes: KL per interaction in nats, both directions, of the same class in both runs.
-- Keywords: shift, attack, drift, moved, compare
-- :run text of run.name = the first of default_runs that was measured against another; the run's name
-- :other_run text of run.name = all the runs it was measured against; the other run's name
-- :layer text of layer.name = all layers; the layer's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- Place: 30
-- Columns: run, other_run, layer, class, kl_run_to_other, kl_other_to_run

select forth.from_run as run, forth.to_run as other_run, forth.layer, forth.from_class as class,
  forth.kl_per_interaction as kl_run_to_other, back.kl_per_interaction as kl_other_to_run
from run_divergence as forth
left join divergence as back
  on back.from_run_id = forth.to_run_id and back.to_run_id = forth.from_run_id and back.layer_id = forth.layer_id
  and back.kind = forth.kind and back.grouping = 'true'
  and back.from_class_id = forth.to_class_id and back.to_class_id = forth.from_class_id
where forth.from_run = coalesce(:run, (
    select run from default_runs
    where exists (select 1 from divergence where from_run_id = run_id and to_run_id < run_id)
      or exists (select 1 from divergence where from_run_id = run_id and to_run_id > run_id)
    order by place limit 1))
  and (:other_run is null or forth.to_run = :other_run)
  and (:layer is null or forth.layer = :layer)
  and forth.kind = coalesce(:kind, 'interaction')
  and forth.same_class
order by forth.to_run_id, forth.layer_position, forth.from_position;
