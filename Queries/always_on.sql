-- Question: What share of the interactions, and of the neurons, is significant in every sample of a class?
-- Keywords: saturated, constant, always active
-- :run text of run.name = the newest complete clean run of a trained network; the run's name
-- :layer text of layer.name = all layers; the layer's name
-- Place: 100
-- Columns: run, layer, class, n_samples, interactions, neurons

select run, layer, class, n_samples,
  max(always_share) filter (where kind = 'interaction') as interactions,
  max(always_share) filter (where kind = 'neuron') as neurons
from class_sparsity
where run = coalesce(:run, (select run from default_run))
  and (:layer is null or layer = :layer)
group by layer_position, class_position
order by layer_position, class_position;
