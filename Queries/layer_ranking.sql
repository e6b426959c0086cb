-- Question: Which layers of all runs separate the classes best?
-- Notes: by separation, in nats per interaction; above_floor is what is left of it without what permuted labels
--   separate, times_floor how often it holds that. place counts within the run.
-- Keywords: best layer
-- :run text of run.name = all runs; the run's name
-- :kind text of entropy.kind = interaction; interaction, neuron or activation
-- Place: 240
-- Columns: run, layer, place, separation, above_floor, times_floor

select run, layer, row_number() over (partition by run_id order by separation desc, layer_position) as place,
  separation, separation - separation_permuted as above_floor,
  separation / nullif(separation_permuted, 0) as times_floor
from separation
where (:run is null or run = :run)
  and kind = coalesce(:kind, 'interaction')
order by separation desc, run_id, layer_position;
