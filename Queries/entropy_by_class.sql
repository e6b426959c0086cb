-- Question: How disordered is each class in each layer, in nats?
-- :run text of run.name = the newest complete run; the run's name
-- :layer text of layer.name = all layers; the layer's name
-- :kind text of sparsity.kind = interaction; interaction or neuron
-- Place: 110
-- Columns: run, layer, class, n_samples, entropy, entropy_per_interaction

select run, layer, class, n_samples, entropy, entropy_per_interaction
from class_entropy
where run = coalesce(:run, (select run from newest_run))
  and (:layer is null or layer = :layer)
  and kind = coalesce(:kind, 'interaction')
order by layer_position, class_position;
