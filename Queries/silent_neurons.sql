-- Question: Which neurons are dead, or always on, in every sample of a run?
-- Notes: a neuron is on where z > 0. n_samples are those of all classes.
-- Keywords: dead, inactive, unused, never active, never fire, zero, constant
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = all layers; the layer's name
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0)
-- Place: 310
-- Columns: run, layer, neuron, state, n_samples

select run, layer, neuron, iif(n_on = 0, 'dead', 'always on') as state, n_samples
from (
  select layers.run, layers.position, layers.layer, cell.output as neuron, sum(cell.count) as n_on,
    sum(class_profile.n_samples) as n_samples
  from layers
  join class_profile using (run_id, layer_id)
  cross join engram_counts_rows(class_profile.counts) as cell
  where layers.run = coalesce(:run, (select run from default_run))
    and (:layer is null or layers.layer = :layer)
    and kind = 'neuron' and grouping = 'true'
  group by layers.position, cell.output)
where n_on = 0 or n_on = n_samples
order by position, neuron;
