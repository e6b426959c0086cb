-- Question: Which samples excite a neuron, or a group of neurons, most?
-- Notes: score is the mean pre-activation z of the neurons, an output's position or a JSON array of them.
-- Keywords: maximally activating, excite, activation, strongest
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = the run's last layer; the layer's name
-- :neurons text = 0; the neurons: 3 or [3,5,8]
-- :limit int = 10; samples shown
-- Needs: the engram functions (engram-query has them; elsewhere load libengram0)
-- Place: 250
-- Columns: run, layer, sample, class, predicted, score

with chosen as (
  select run_id, run, layer_id, layer
  from layers
  where run = coalesce(:run, (select run from default_run))
    and layer = coalesce(:layer, (
    select layer from layers where run = coalesce(:run, (select run from default_run)) order by position desc limit 1))),
neuron as (select value as i from json_each(iif(json_valid(:neurons), :neurons, '0')))
select chosen.run, chosen.layer, predictions.sample, predictions.class, predictions.predicted,
  (select avg(engram_element(activation.z, i)) from neuron) as score
from chosen
join activation using (run_id, layer_id)
join predictions using (run_id, sample_id)
order by score desc, predictions.position
limit coalesce(:limit, 10);
