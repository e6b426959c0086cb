-- Question: Which samples excite a neuron, or a group of neurons, most?
-- Notes: score is the mean pre-activation z of the neurons; samples where one is not finite have none and come last. An index
--   of the layer (engram-ingest index) makes it fast over many samples.
-- Keywords: maximally activating, excite, activation, strongest
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :neurons text = 0; the neurons: 3, [3,5,8] or all
-- :limit int = 10; samples shown
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0)
-- Place: 250
-- Columns: run, layer, sample, class, predicted, score

with chosen as (
  select run_id, run, layer_id, layer
  from layers
  where run = coalesce(:run, (select run from default_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1)))
select chosen.run, chosen.layer, predictions.sample, predictions.class, predictions.predicted, found.score
from chosen
cross join engram_top_samples(chosen.run_id, chosen.layer_id, coalesce(:neurons, '0'), coalesce(:limit, 10)) as found
join predictions on predictions.run_id = chosen.run_id and predictions.sample_id = found.sample_id
order by found.rank;
